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

    repositories: Repositories
    video_lookup: VideoLookup
    pages: PaginatedLists
    confirmations: Confirmations
    reply_handler: ReplyHandler
    thumbnails: Thumbnails
    family_trees: FamilyTrees
    panel: SettingsPanel
    component_router: ComponentRouter
    usage: UsageReports
    sweep: RetentionSweep


def build_chat_services(
    client: discord.Client,
    context: JobContext,
    job_service: JobService,
    submission: RequestSubmission,
    video_access: VideoAccess,
    job_actions: JobActionHandler,
    budget_alerts: BudgetAlerts,
    repositories: Repositories,
) -> ChatServices:
    """Put it together."""
    confirmations = Confirmations(client, repositories.questions, context.clock)
    thumbnails = Thumbnails(context.files.clips.with_name("thumbs"))
    panel, usage = SettingsPanel(context, repositories), UsageReports(context, repositories)
    sweep = RetentionSweep(context, repositories.memory, job_service.give_up, thumbnails.drop_id)
    data_deletion = DataDeletion(client, context, repositories, job_service, sweep)
    return ChatServices(
        panel=panel,
        usage=usage,
        sweep=sweep,
        component_router=ComponentRouter(context, repositories, video_access, budget_alerts, panel, data_deletion),
        thumbnails=thumbnails,
        family_trees=FamilyTrees(context, video_access, repositories, thumbnails),
        repositories=repositories,
        video_lookup=VideoLookup(context, job_service, video_access, repositories),
        pages=PaginatedLists(context, video_access, repositories),
        confirmations=confirmations,
        reply_handler=ReplyHandler(
            client, context, job_service, submission, video_access, job_actions, repositories, confirmations
        ),
    )
