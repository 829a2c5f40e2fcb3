"""What the client puts together for its cogs, once it is logged in."""

from dataclasses import dataclass

import discord

from bot.chat.component_router import ComponentRouter
from bot.chat.data_deletion import DataDeletion
from bot.chat.delivery.budget_alerts import BudgetAlerts
from bot.chat.permissions.video_access import VideoAccess
from bot.chat.requests.confirmations import Confirmations
from bot.chat.requests.job_actions import JobActionHandler
from bot.chat.requests.reply_handler import ReplyHandler
from bot.chat.requests.submission import RequestSubmission
from bot.chat.requests.video_lookup import VideoLookup
from bot.chat.settings_panel.controller import SettingsPanel
from bot.chat.views.family_tree import FamilyTrees
from bot.chat.views.paginated_lists import PaginatedLists
from bot.chat.views.thumbnails import Thumbnails
from bot.chat.views.usage_report import UsageReports
from bot.ordering.service import JobService
from bot.ports.repositories import Repositories
from bot.worker.context import JobContext
from bot.worker.retention import RetentionSweep


@dataclass(slots=True, kw_only=True)
class ChatServices:
    """Everything that answers people."""

    books: Repositories
    sources: VideoLookup
    pages: PaginatedLists
    asking: Confirmations
    answers: ReplyHandler
    thumbs: Thumbnails
    families: FamilyTrees
    panel: SettingsPanel
    office: ComponentRouter
    usage: UsageReports
    sweep: RetentionSweep


def build_chat_services(
    client: discord.Client,
    parts: JobContext,
    desk: JobService,
    orders: RequestSubmission,
    access: VideoAccess,
    presses: JobActionHandler,
    alarms: BudgetAlerts,
    books: Repositories,
) -> ChatServices:
    """Put it together."""
    asking = Confirmations(client, books.questions, parts.clock)
    thumbs = Thumbnails(parts.files.clips.with_name("thumbs"))
    panel, usage = SettingsPanel(parts, books), UsageReports(parts, books)
    sweep = RetentionSweep(parts, books.memory, desk.give_up, thumbs.drop_id)
    mydata = DataDeletion(client, parts, books, desk, sweep)
    return ChatServices(
        panel=panel,
        usage=usage,
        sweep=sweep,
        office=ComponentRouter(parts, books, access, alarms, panel, mydata),
        thumbs=thumbs,
        families=FamilyTrees(parts, access, books, thumbs),
        books=books,
        sources=VideoLookup(parts, desk, access, books),
        pages=PaginatedLists(parts, access, books),
        asking=asking,
        answers=ReplyHandler(client, parts, desk, orders, access, presses, books, asking),
    )
