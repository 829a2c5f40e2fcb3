"""What the client puts together for its cogs, once it is logged in."""

from dataclasses import dataclass

import discord

from bot.chat.access import Access
from bot.chat.alarms import Alarms
from bot.chat.answers import Answers
from bot.chat.asking import Asking
from bot.chat.family import Families
from bot.chat.mydata import MyData
from bot.chat.office import Office
from bot.chat.orders import Orders
from bot.chat.pages import Pages
from bot.chat.panel import Panel
from bot.chat.presses import JobPresses
from bot.chat.sources import Sources
from bot.chat.thumbs import Thumbs
from bot.chat.usage import Usage
from bot.jobs.books import Books
from bot.jobs.desk import Desk
from bot.jobs.memory import Sweep
from bot.jobs.parts import Parts


@dataclass(slots=True, kw_only=True)
class Room:
    """Everything that answers people."""

    books: Books
    sources: Sources
    pages: Pages
    asking: Asking
    answers: Answers
    thumbs: Thumbs
    families: Families
    panel: Panel
    office: Office
    usage: Usage
    sweep: Sweep


def furnish(
    client: discord.Client,
    parts: Parts,
    desk: Desk,
    orders: Orders,
    access: Access,
    presses: JobPresses,
    alarms: Alarms,
    books: Books,
) -> Room:
    """Put it together."""
    asking = Asking(client, books.questions, parts.clock)
    thumbs = Thumbs(parts.files.clips.with_name("thumbs"))
    panel, usage = Panel(parts, books), Usage(parts, books)
    sweep = Sweep(parts, books.memory, desk.give_up, thumbs.drop_id)
    mydata = MyData(client, parts, books, desk, sweep)
    return Room(
        panel=panel,
        usage=usage,
        sweep=sweep,
        office=Office(parts, books, access, alarms, panel, mydata),
        thumbs=thumbs,
        families=Families(parts, access, books, thumbs),
        books=books,
        sources=Sources(parts, desk, access, books),
        pages=Pages(parts, access, books),
        asking=asking,
        answers=Answers(client, parts, desk, orders, access, presses, books, asking),
    )
