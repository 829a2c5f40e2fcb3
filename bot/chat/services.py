"""The container of all chat services. Built once in `app.py`; cogs and the client dispatch to it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import discord

from bot.catalogue.offers import Offers
from bot.chat.component_router import ComponentRouter
from bot.chat.contests.contests import Contests
from bot.chat.data_deletion import DataDeletion
from bot.chat.delivery.attachments import Attachments
from bot.chat.delivery.budget_alerts import BudgetAlerts
from bot.chat.delivery.gif_posts import GifPosts
from bot.chat.delivery.host_messages import HostMessages
from bot.chat.delivery.publisher import DiscordPublisher
from bot.chat.films.film_dialog import FilmDialog
from bot.chat.films.film_director import FilmDirector
from bot.chat.films.film_maker import FilmMaker
from bot.chat.films.film_requests import FilmRequests
from bot.chat.gallery.build import build_gallery
from bot.chat.gallery.gallery import Gallery
from bot.chat.gallery.stars import Stars
from bot.chat.gallery.top import TopVideos
from bot.chat.gateway.presence import ServerPresence
from bot.chat.permissions.request_policy import PromptModerator, RequestPolicy
from bot.chat.permissions.video_access import VideoAccess
from bot.chat.requests.abuse_report import AbuseReports
from bot.chat.requests.comparisons import ComparisonHandler
from bot.chat.requests.confirmations import Confirmations
from bot.chat.requests.deletion import VideoDeletion
from bot.chat.requests.draft_keeper import DraftKeeper
from bot.chat.requests.drafts import RefusedRequests
from bot.chat.requests.file_handover import FileHandover
from bot.chat.requests.gifs import GifReplies
from bot.chat.requests.improvements import Improvements
from bot.chat.requests.job_actions import JobActionHandler
from bot.chat.requests.job_details import JobDetails
from bot.chat.requests.picture_videos import PictureVideos
from bot.chat.requests.reply_events import ReplyEvents
from bot.chat.requests.reply_handler import ReplyHandler
from bot.chat.requests.reply_requests import ReplyRequests
from bot.chat.requests.submission import RequestSubmission
from bot.chat.requests.takes import Takes
from bot.chat.requests.video_imports import VideoImports
from bot.chat.requests.video_lookup import VideoLookup
from bot.chat.requests.writing import Writing
from bot.chat.settings_panel.controller import SettingsPanel
from bot.chat.styles import Styles
from bot.chat.views.family_tree import FamilyTrees
from bot.chat.views.help_pages import HelpPages
from bot.chat.views.paginated_lists import PaginatedLists
from bot.chat.views.thumbnails import Thumbnails
from bot.chat.views.usage_report import UsageReports
from bot.chat.welcome import Welcome
from bot.foreground import ForegroundGate
from bot.jobs.limits import HostBudget
from bot.ordering.service import JobService
from bot.ports.clock import Clock
from bot.ports.file_store import FileStore
from bot.ports.job_store import JobStore
from bot.ports.repositories import Repositories
from bot.ports.shards import ShardRange, all_servers
from bot.ports.writer import PromptWriter


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
    styles: Styles
    job_actions: JobActionHandler
    comparisons: ComparisonHandler
    job_details: JobDetails
    reply_handler: ReplyHandler
    reply_events: ReplyEvents
    refused_requests: RefusedRequests
    improvements: Improvements
    picture_videos: PictureVideos
    confirmations: Confirmations
    video_imports: VideoImports
    video_lookup: VideoLookup
    films: FilmRequests
    film_dialog: FilmDialog
    film_director: FilmDirector
    lists: PaginatedLists
    help_pages: HelpPages
    family_trees: FamilyTrees
    thumbnails: Thumbnails
    usage: UsageReports
    settings_panel: SettingsPanel
    component_router: ComponentRouter
    abuse_reports: AbuseReports
    budget_alerts: BudgetAlerts
    welcome: Welcome
    stars: Stars
    gallery: Gallery
    top: TopVideos
    contests: Contests
    presence: ServerPresence

    async def close(self) -> None:
        """Cancel the background tasks."""
        await self.thumbnails.close()
        await self.budget_alerts.close()
        await self.job_details.close()
        await self.video_imports.close()
        await self.stars.close()


def build_chat_services(
    client: discord.Client,
    *,
    clock: Clock,
    store: JobStore,
    offers: Offers,
    repositories: Repositories,
    clips: Path,
    file_store: FileStore,
    foreground: ForegroundGate,
    host_budget: HostBudget,
    host_messages: HostMessages,
    job_service: JobService,
    publisher: DiscordPublisher,
    attachments: Attachments,
    moderator: PromptModerator | None,
    writer: PromptWriter | None,
    thumbnails: Thumbnails,
    delete_member: Callable[[int], Awaitable[int]],
    shards: ShardRange | None = None,
) -> ChatServices:
    """Build the handlers. `delete_member` deletes what is stored about a user id and returns the number of videos.

    `shards`: those of this process, if other gateways hold the rest.
    """
    is_ours = shards.has if shards is not None else all_servers
    video_access = VideoAccess()
    budget_alerts = BudgetAlerts(
        client, store=store, clock=clock, repositories=repositories,
        host_budget=host_budget, host_messages=host_messages,
    )  # fmt: skip
    policy = RequestPolicy(repositories.servers, clock, moderator)
    video_imports = VideoImports(
        client, store=store, clock=clock, clips=clips, file_store=file_store, attachments=attachments,
        job_service=job_service, video_access=video_access, members=repositories.members,
        gallery=repositories.gallery,
    )  # fmt: skip
    styles = Styles(repositories.styles, offers, clock)
    submission = RequestSubmission(
        job_service, publisher, policy, budget_alerts, DraftKeeper(repositories.drafts, clock), video_imports, styles
    )
    files = FileHandover(store=store, clock=clock, clips=clips, file_store=file_store)
    details = JobDetails(
        store=store, clock=clock, offers=offers, files=files, job_service=job_service, video_access=video_access
    )
    gif_posts = GifPosts(client, store, clock)
    gallery, stars, contests = build_gallery(
        client, store=store, clock=clock, offers=offers, repositories=repositories, job_service=job_service,
        attachments=attachments, clips=clips, video_access=video_access,
    )  # fmt: skip
    deletion = VideoDeletion(
        client, clock=clock, clips=clips, file_store=file_store, job_service=job_service, publisher=publisher,
        store=store, title_of=offers.title_for, gallery=gallery, gif_posts=gif_posts,
    )  # fmt: skip
    comparisons = ComparisonHandler(
        client, store=store, clock=clock, comparisons=repositories.comparisons, video_access=video_access,
        title_of=offers.title_for, is_ours=is_ours,
    )  # fmt: skip
    job_actions = JobActionHandler(
        store=store, clock=clock, offers=offers, job_service=job_service,
        submission=submission, video_access=video_access, details=details, deletion=deletion,
        gallery=repositories.gallery,
        takes=Takes(store=store, clock=clock, job_service=job_service), comparisons=comparisons,
    )  # fmt: skip
    confirmations = Confirmations(
        client, repositories.confirmations, clock, improves=writer is not None, is_ours=is_ours
    )
    settings_panel = SettingsPanel(clock=clock, offers=offers, repositories=repositories, styles=styles)
    abuse_reports = AbuseReports(
        store=store, clock=clock, servers=repositories.servers, video_access=video_access,
        notify_server=budget_alerts.tell_server,
    )  # fmt: skip
    data_deletion = DataDeletion(
        client, clock=clock, repositories=repositories, job_service=job_service, gallery=gallery,
        gif_posts=gif_posts, delete_member=delete_member, update_contest_results=contests.results.work_off,
    )  # fmt: skip
    refused_requests = RefusedRequests(
        store=store, drafts=repositories.drafts, clock=clock, offers=offers, submission=submission,
        video_access=video_access,
    )  # fmt: skip
    writing = Writing(writer, repositories.writer_ledger, clock, host_budget) if writer is not None else None
    improvements = Improvements(
        store=store, clock=clock, submission=submission, requests=refused_requests, writing=writing
    )
    reply_handler = ReplyHandler(
        client, store=store, clock=clock, job_service=job_service, submission=submission,
        video_access=video_access, job_actions=job_actions, details=details,
        repositories=repositories, confirmations=confirmations, deletion=deletion, imports=video_imports,
        requests=ReplyRequests(video_access, job_actions, styles), improvements=improvements,
        gifs=GifReplies(
            store=store, clock=clock, clips=clips, file_store=file_store, publisher=publisher,
            video_access=video_access, posts=gif_posts,
        ),
    )  # fmt: skip
    film_maker = FilmMaker(
        films=repositories.films, store=store, clock=clock, job_service=job_service, submission=submission,
        policy=policy, access=video_access, host_budget=host_budget,
    )  # fmt: skip
    help_pages = HelpPages(offers, repositories.servers)
    video_lookup = VideoLookup(
        store=store, clock=clock, job_service=job_service, video_access=video_access, repositories=repositories,
        imports=video_imports,
    )  # fmt: skip
    return ChatServices(
        clock=clock,
        store=store,
        offers=offers,
        repositories=repositories,
        clips=clips,
        foreground=foreground,
        job_service=job_service,
        submission=submission,
        styles=styles,
        job_actions=job_actions,
        comparisons=comparisons,
        job_details=details,
        reply_handler=reply_handler,
        refused_requests=refused_requests,
        improvements=improvements,
        picture_videos=PictureVideos(
            client, drafts=repositories.drafts, clock=clock, offers=offers, job_service=job_service,
            submission=submission, video_access=video_access,
        ),
        reply_events=ReplyEvents(
            client, store=store, clock=clock, job_service=job_service, reply_handler=reply_handler,
            repositories=repositories, shards=shards,
        ),
        confirmations=confirmations,
        video_imports=video_imports,
        video_lookup=video_lookup,
        films=FilmRequests(
            job_service=job_service, submission=submission, policy=policy, imports=video_imports, lookup=video_lookup,
            access=video_access, store=store, clock=clock, host_budget=host_budget,
        ),
        lists=PaginatedLists(
            store=store, offers=offers, clips=clips, file_store=file_store, video_access=video_access,
            repositories=repositories,
        ),
        film_dialog=FilmDialog(
            films=repositories.films, clock=clock, job_service=job_service, policy=policy, maker=film_maker
        ),
        film_director=FilmDirector(client, films=repositories.films, store=store, clock=clock, maker=film_maker),
        help_pages=help_pages,
        family_trees=FamilyTrees(
            offers=offers, clips=clips, video_access=video_access, repositories=repositories, thumbnails=thumbnails
        ),
        thumbnails=thumbnails,
        usage=UsageReports(clock=clock, offers=offers, host_budget=host_budget, repositories=repositories),
        settings_panel=settings_panel,
        component_router=ComponentRouter(settings_panel, data_deletion, abuse_reports, help_pages, contests),
        abuse_reports=abuse_reports,
        budget_alerts=budget_alerts,
        welcome=Welcome(store=store, clock=clock, repositories=repositories),
        stars=stars,
        gallery=gallery,
        top=TopVideos(repositories.stars, video_access, clock),
        contests=contests,
        presence=ServerPresence(repositories.presence, clock),
    )  # fmt: skip
