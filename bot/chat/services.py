"""What the client puts together for its cogs, once it is logged in."""

from dataclasses import dataclass

import discord

from bot.chat.component_router import Office
from bot.chat.data_deletion import MyData
from bot.chat.delivery.budget_alerts import Alarms
from bot.chat.permissions.video_access import Access
from bot.chat.requests.confirmations import Asking
from bot.chat.requests.job_actions import JobPresses
from bot.chat.requests.reply_handler import Answers
from bot.chat.requests.submission import Orders
from bot.chat.requests.video_lookup import Sources
from bot.chat.settings_panel.controller import Panel
from bot.chat.views.family_tree import Families
from bot.chat.views.paginated_lists import Pages
from bot.chat.views.thumbnails import Thumbs
from bot.chat.views.usage_report import Usage
from bot.ordering.service import Desk
from bot.ports.repositories import Books
from bot.worker.context import Parts
from bot.worker.retention import Sweep


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
