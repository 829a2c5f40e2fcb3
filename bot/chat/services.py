"""The container of all chat services. Built once in `app.py`; cogs and the client dispatch to it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import discord

from bot.catalogue.offers import Offers
from bot.chat.component_router import ComponentRouter
from bot.chat.data_deletion import DataDeletion
from bot.chat.delivery.budget_alerts import BudgetAlerts
from bot.chat.delivery.publisher import DiscordPublisher
from bot.chat.permissions.request_policy import PromptModerator, RequestPolicy
from bot.chat.permissions.video_access import VideoAccess
from bot.chat.requests.abuse_report import AbuseReports
from bot.chat.requests.confirmations import Confirmations
from bot.chat.requests.job_actions import JobActionHandler
from bot.chat.requests.job_details import JobDetails
from bot.chat.requests.reply_handler import ReplyHandler
from bot.chat.requests.submission import RequestSubmission
from bot.chat.requests.video_lookup import VideoLookup
from bot.chat.settings_panel.controller import SettingsPanel
from bot.chat.views.family_tree import FamilyTrees
from bot.chat.views.paginated_lists import PaginatedLists
from bot.chat.views.thumbnails import Thumbnails
from bot.chat.views.usage_report import UsageReports
from bot.foreground import ForegroundGate
from bot.jobs.limits import HostBudget
from bot.ordering.service import JobService
from bot.ports.clock import Clock
from bot.ports.job_store import JobStore
from bot.ports.repositories import Repositories


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatServices:
    """What cogs and the client may use. `clips` is the folder of downloaded clips."""

    clock: Clock
    store: JobStore
    offers: Offers
    repositories: Repositories
    clips: Path
    foreground: ForegroundGate
    job_service: JobService
    submission: RequestSubmission
    job_actions: JobActionHandler
    job_details: JobDetails
    reply_handler: ReplyHandler
    confirmations: Confirmations
    video_lookup: VideoLookup
    lists: PaginatedLists
    family_trees: FamilyTrees
    thumbnails: Thumbnails
    usage: UsageReports
    settings_panel: SettingsPanel
    component_router: ComponentRouter
    abuse_reports: AbuseReports
    budget_alerts: BudgetAlerts

    async def close(self) -> None:
        """Cancel the background tasks."""
        await self.thumbnails.close()
        await self.budget_alerts.close()


def build_chat_services(
    client: discord.Client,
    *,
    clock: Clock,
    store: JobStore,
    offers: Offers,
    repositories: Repositories,
    clips: Path,
    foreground: ForegroundGate,
    host_budget: HostBudget,
    job_service: JobService,
    publisher: DiscordPublisher,
    moderator: PromptModerator | None,
    thumbnails: Thumbnails,
    delete_member: Callable[[int], Awaitable[int]],
) -> ChatServices:
    """Build the handlers. `delete_member` deletes what is stored about a user id and returns the number of videos."""
    video_access = VideoAccess()
    budget_alerts = BudgetAlerts(client, store=store, clock=clock, repositories=repositories, host_budget=host_budget)
    policy = RequestPolicy(repositories.servers, clock, moderator)
    submission = RequestSubmission(job_service, publisher, policy, budget_alerts)
    details = JobDetails(store=store, offers=offers, clips=clips, job_service=job_service, video_access=video_access)
    job_actions = JobActionHandler(
        store=store, clock=clock, offers=offers, job_service=job_service,
        submission=submission, video_access=video_access, details=details,
    )  # fmt: skip
    confirmations = Confirmations(client, repositories.confirmations, clock)
    settings_panel = SettingsPanel(clock=clock, offers=offers, repositories=repositories)
    abuse_reports = AbuseReports(
        store=store, clock=clock, servers=repositories.servers, video_access=video_access,
        notify_server=budget_alerts.tell_server,
    )  # fmt: skip
    data_deletion = DataDeletion(
        client, clock=clock, repositories=repositories, job_service=job_service, delete_member=delete_member
    )
    return ChatServices(
        clock=clock,
        store=store,
        offers=offers,
        repositories=repositories,
        clips=clips,
        foreground=foreground,
        job_service=job_service,
        submission=submission,
        job_actions=job_actions,
        job_details=details,
        reply_handler=ReplyHandler(
            client, store=store, clock=clock, job_service=job_service, submission=submission,
            video_access=video_access, job_actions=job_actions, details=details,
            repositories=repositories, confirmations=confirmations,
        ),
        confirmations=confirmations,
        video_lookup=VideoLookup(
            store=store, clock=clock, job_service=job_service, video_access=video_access, repositories=repositories
        ),
        lists=PaginatedLists(
            store=store, offers=offers, clips=clips, video_access=video_access, repositories=repositories
        ),
        family_trees=FamilyTrees(
            offers=offers, clips=clips, video_access=video_access, repositories=repositories, thumbnails=thumbnails
        ),
        thumbnails=thumbnails,
        usage=UsageReports(clock=clock, offers=offers, host_budget=host_budget, repositories=repositories),
        settings_panel=settings_panel,
        component_router=ComponentRouter(settings_panel, data_deletion, abuse_reports),
        abuse_reports=abuse_reports,
        budget_alerts=budget_alerts,
    )  # fmt: skip
