"""Turn a Discord event into an accepted job: prepare, insert, answer, confirm, in this order for every event."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial

import discord

from bot.chat.components.buttons import JobAction, buttons
from bot.chat.components.interactions import DISCORD_ERRORS, Interaction, announce, answer_privately, has_expired
from bot.chat.delivery.budget_alerts import BudgetAlerts
from bot.chat.delivery.first_status import is_final
from bot.chat.delivery.publisher import DiscordPublisher
from bot.chat.delivery.status_messages import view_for
from bot.chat.permissions import video_access
from bot.chat.permissions.request_policy import RequestPolicy
from bot.chat.requests.draft_keeper import DraftKeeper
from bot.chat.requests.video_imports import VideoImports
from bot.chat.styles import Styles
from bot.i18n import _, current_locale
from bot.jobs.errors import BadWish
from bot.jobs.job import Job, RequestOrigin
from bot.jobs.rejections import AnswerExpired
from bot.jobs.server_settings import ServerSettings
from bot.jobs.status import JobStatus, Queued, Undoable, WaitingForSource
from bot.ordering.quote import PreparedRequest, Request
from bot.ordering.service import JobService

log = logging.getLogger("retake.chat")

Create = Callable[[RequestOrigin], Awaitable[Job | None]]


class RequestSubmission:
    """The one way in for commands, forms, buttons and replies: prepare a request, then submit it.

    A prepared request has passed the permission check, the server's settings, moderation and the catalogue, each once.
    """

    def __init__(
        self,
        job_service: JobService,
        publisher: DiscordPublisher,
        policy: RequestPolicy,
        budget_alerts: BudgetAlerts,
        drafts: DraftKeeper,
        imports: VideoImports,
        styles: Styles,
    ) -> None:
        self._job_service = job_service
        self._publisher = publisher
        self._policy = policy
        self._budget_alerts = budget_alerts
        self.drafts = drafts
        self._imports = imports
        self._styles = styles

    async def prepare_interaction(self, interaction: Interaction, request: Request) -> PreparedRequest:
        """Prepare the request of a command, a button or a form. Raise BadWish; nothing is written."""
        video_access.check_own(interaction.app_permissions, interaction.channel)
        await video_access.check_thread(interaction.app_permissions, interaction.channel)
        if interaction.channel_id is None or not isinstance(interaction.user, discord.Member):
            raise BadWish
        member = interaction.user
        settings = await self._job_service.settings(member.guild.id)
        request = await self._styles.apply(request, member, settings)
        await self._policy.check(settings, member, interaction.channel, request.prompt, request.applied)
        return await self._prepare(settings, request, partial(announce, interaction))

    async def prepare_message(
        self, message: discord.Message, member: discord.Member, request: Request, settings: ServerSettings
    ) -> PreparedRequest:
        """Prepare the request of a reply, under settings that were just read. Raise BadWish; nothing is written.

        A fetched message doesn't know its author as a member, so the member is given.
        """
        if message.guild is None or not isinstance(message.channel, discord.abc.GuildChannel | discord.Thread):
            raise BadWish
        own = message.channel.permissions_for(message.guild.me)
        video_access.check_own(own, message.channel)
        await video_access.check_thread(own, message.channel)
        request = await self._styles.apply(request, member, settings)
        await self._policy.check(settings, member, message.channel, request.prompt, request.applied)
        return await self._prepare(settings, request)

    async def _prepare(
        self, settings: ServerSettings, request: Request, announce: Callable[[], Awaitable[None]] | None = None
    ) -> PreparedRequest:
        """Quote a request. A member's own video is copied first, because the quote depends on its length.

        A request that can't be made from a video of any length is refused before the copy.
        """
        prepared = self._job_service.prepare(settings, request)
        if request.source is None or await self._imports.is_copied(request.source):
            return prepared
        if announce is not None:
            await announce()
        source = await self._imports.copied(request.source)
        return self._job_service.prepare(settings, replace(request, source=source))

    async def allow(self, member: discord.Member, channel: object, prompt: str) -> ServerSettings:
        """Read the server's settings and check a prompt against them. Raise BadWish if they forbid the request."""
        settings = await self._job_service.settings(member.guild.id)
        await self._policy.check(settings, member, channel, prompt)
        return settings

    async def from_interaction(self, interaction: Interaction, request: Request) -> Job | None:
        """Prepare and submit the request of a command or a form. If it's refused, answer so and keep its words."""
        try:
            return await self.submit_interaction(interaction, await self.prepare_interaction(interaction, request))
        except BadWish as error:
            await self.drafts.refuse(interaction, request, error)
            return None

    async def submit_interaction(self, interaction: Interaction, prepared: PreparedRequest) -> Job | None:
        """Create the job of a prepared request, answer its author alone, and post its status message.

        Return None if there is no accepted job: a duplicate event, or an answer that Discord may not have taken.
        Raise AnswerExpired if Discord certainly hasn't taken it.
        """
        create = partial(self._job_service.create, prepared=prepared)
        return await self._submit(interaction, create, _first_status(prepared.request.source), prepared.settings)

    async def submit_film(
        self,
        interaction: Interaction,
        create: Create,
        settings: ServerSettings,
    ) -> Job | None:
        """Create the job of a film and answer, as `submit_interaction` does for a video."""
        return await self._submit(interaction, create, Queued(place=1, length=1), settings)

    async def _submit(
        self,
        interaction: Interaction,
        create: Create,
        status: JobStatus,
        settings: ServerSettings,
    ) -> Job | None:
        member = interaction.user
        if interaction.guild_id is None or interaction.channel_id is None or not isinstance(member, discord.Member):
            raise BadWish
        origin = RequestOrigin(
            user_id=member.id,
            guild_id=interaction.guild_id,
            channel_id=interaction.channel_id,
            interaction_id=interaction.id,
            interaction_token=interaction.token,
            role_ids=tuple(role.id for role in member.roles),
            locale=current_locale(),
        )
        await self._publisher.lines.lost_places.remember_parent(interaction.channel)
        job = await create(origin)
        if job is None:
            return None
        try:
            stop = JobAction.STOP if job.bundle.bundle_id is None else JobAction.CANCEL  # of all takes
            answer_id = await answer_privately(interaction, _taken(job), buttons(job, stop))
            self._publisher.lines.lost_places.remember(job.id, interaction)
        except (*DISCORD_ERRORS, discord.InteractionResponded) as error:
            log.info("the answer is unclear", extra={"job": job.code, "why": type(error).__name__})
            if has_expired(error):
                await self._job_service.abandon(job)
                raise AnswerExpired from error
            await self._job_service.defer(job)
            return None
        if answer_id is None:
            await self._job_service.defer(job)
            return None
        answered = await self._job_service.record_answer(job, answer_id)
        if answered is None:
            return None
        return await self._activate(answered, await self._post_status(answered, status), settings)

    async def _post_status(self, job: Job, status: JobStatus) -> int | None:
        """Post the status message of an answered command. Return its id, or None if Discord's answer is unclear.

        Where Discord refuses it, the private answer shows the status instead.
        """
        try:
            return await self._publisher.first_status.post(job, status)
        except DISCORD_ERRORS as error:
            log.info("no status message", extra={"job": job.code, "why": type(error).__name__})
            if not is_final(error):
                return None
        lines = self._publisher.lines
        only_here = _("I can't post this status in the channel, so only you see it, and replies to it don't reach me.")
        await lines.lost_places.show(job, status, f"{lines.text(job, status)}\n-# {only_here}", view_for(job, status))
        return job.post.status_message_id

    async def submit_message(
        self, message: discord.Message, member: discord.Member, prepared: PreparedRequest
    ) -> Job | None:
        """Create the job of a prepared reply and post its status message. Return None as `submit_interaction` does."""
        origin = RequestOrigin(
            user_id=member.id,
            guild_id=member.guild.id,
            channel_id=message.channel.id,
            source_message_id=message.id,
            role_ids=tuple(role.id for role in member.roles),
            locale=current_locale(),
        )
        create = partial(self._job_service.create, prepared=prepared)
        return await self.submit_posted(origin, message.channel, create, prepared.settings, prepared.request.source)

    async def submit_posted(
        self,
        origin: RequestOrigin,
        channel: object,
        create: Create,
        settings: ServerSettings,
        source: Job | None = None,
    ) -> Job | None:
        """Create a job and post its status message, which no interaction asks for. Return None as above."""
        await self._publisher.lines.lost_places.remember_parent(channel)
        job = await create(origin)
        if job is None:
            return None
        try:
            status_id = await self._publisher.first_status.post(job, _reply_status(job, source))
        except DISCORD_ERRORS as error:
            log.info("the answer is unclear", extra={"job": job.code, "why": type(error).__name__})
            await self._job_service.defer(job)
            return None
        return await self._activate(job, status_id, settings)

    async def _activate(self, job: Job, status_id: int | None, settings: ServerSettings) -> Job | None:
        if status_id is None:
            await self._job_service.defer(job)
            return None
        accepted = await self._job_service.confirm(job, status_id)
        if accepted is None:
            await self._job_service.attach_late_status(job.id, status_id)
        self._budget_alerts.schedule_check(job, settings)
        return accepted


def _taken(job: Job) -> str:
    """Return the private answer to a command."""
    return _("I'm on it: {code}. Its status message comes next: reply to it with a change, or with `cancel`.").format(
        code=job.code
    )


def _first_status(source: Job | None) -> JobStatus:
    if source is not None and not source.ended:
        return WaitingForSource(source_code=source.code)
    return Queued(place=1, length=1)


def _reply_status(job: Job, source: Job | None) -> JobStatus:
    return _first_status(source) if job.send_after is None else Undoable(until=job.send_after)
