"""Turn a Discord event into an accepted job: prepare, insert, answer, confirm, in this order for every event."""

import logging

import discord

from bot.chat.components.buttons import JobAction, buttons
from bot.chat.components.interactions import DISCORD_ERRORS, Interaction
from bot.chat.delivery.budget_alerts import BudgetAlerts
from bot.chat.delivery.publisher import DiscordPublisher
from bot.chat.permissions import video_access
from bot.chat.permissions.request_policy import RequestPolicy
from bot.i18n import current_locale
from bot.jobs.errors import BadWish, NotAnImage
from bot.jobs.job import Job, RequestOrigin
from bot.jobs.server_settings import ServerSettings
from bot.jobs.status import JobStatus, Queued, WaitingForSource
from bot.ordering.quote import PreparedRequest, Request
from bot.ordering.service import JobService

log = logging.getLogger("retake.chat")

_PICTURE_TYPES = ("image/png", "image/jpeg", "image/webp")
_PICTURE_LIMIT_MB = 10


def check_image(file: discord.Attachment | None) -> str | None:
    """Return an attachment's link if it may be an image, None without an attachment. Raise NotAnImage otherwise."""
    if file is None:
        return None
    kind = (file.content_type or "").partition(";")[0].lower()
    if kind not in _PICTURE_TYPES or file.size > _PICTURE_LIMIT_MB * 1_000_000:
        raise NotAnImage(filename=file.filename, limit_mb=_PICTURE_LIMIT_MB)
    return file.url


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
    ) -> None:
        self._job_service = job_service
        self._publisher = publisher
        self._policy = policy
        self._budget_alerts = budget_alerts

    async def prepare_interaction(self, interaction: Interaction, request: Request) -> PreparedRequest:
        """Prepare the request of a command, a button or a form. Raise BadWish; nothing is written."""
        video_access.check_own(interaction.app_permissions, interaction.channel)
        if interaction.channel_id is None or not isinstance(interaction.user, discord.Member):
            raise BadWish
        settings = await self.allow(interaction.user, interaction.channel, request.prompt)
        return self._job_service.prepare(settings, request)

    async def prepare_message(
        self, message: discord.Message, member: discord.Member, request: Request, settings: ServerSettings
    ) -> PreparedRequest:
        """Prepare the request of a reply, under settings that were just read. Raise BadWish; nothing is written.

        A fetched message doesn't know its author as a member, so the member is given.
        """
        if message.guild is None or not isinstance(message.channel, discord.abc.GuildChannel | discord.Thread):
            raise BadWish
        video_access.check_own(message.channel.permissions_for(message.guild.me), message.channel)
        await self._policy.check(settings, member, message.channel, request.prompt)
        return self._job_service.prepare(settings, request)

    async def allow(self, member: discord.Member, channel: object, prompt: str) -> ServerSettings:
        """Read the server's settings and check a prompt against them. Raise BadWish if they forbid the request."""
        settings = await self._job_service.settings(member.guild.id)
        await self._policy.check(settings, member, channel, prompt)
        return settings

    async def from_interaction(self, interaction: Interaction, request: Request) -> Job | None:
        """Prepare and submit the request of a command, a button or a form. Raise BadWish before anything is written."""
        return await self.submit_interaction(interaction, await self.prepare_interaction(interaction, request))

    async def submit_interaction(self, interaction: Interaction, prepared: PreparedRequest) -> Job | None:
        """Create the job of a prepared request and answer with its status message.

        Return None if there is no accepted job: a duplicate event, or an answer that Discord may not have taken.
        """
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
        job = await self._job_service.create(origin, prepared)
        if job is None:
            return None
        try:
            text = self._publisher.lines.text(job, _first_status(prepared.request.source))
            answer = await interaction.response.send_message(text, view=buttons(job, JobAction.CANCEL))
        except (*DISCORD_ERRORS, discord.InteractionResponded) as error:
            log.info("the answer is unclear", extra={"job": job.code, "why": type(error).__name__})
            await self._job_service.defer(job)
            return None
        return await self._activate(job, answer.message_id, prepared.settings)

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
        job = await self._job_service.create(origin, prepared)
        if job is None:
            return None
        try:
            status_id = await self._publisher.first_line(job, _first_status(prepared.request.source))
        except DISCORD_ERRORS as error:
            log.info("the answer is unclear", extra={"job": job.code, "why": type(error).__name__})
            await self._job_service.defer(job)
            return None
        return await self._activate(job, status_id, prepared.settings)

    async def _activate(self, job: Job, status_id: int | None, settings: ServerSettings) -> Job | None:
        if status_id is None:
            await self._job_service.defer(job)
            return None
        accepted = await self._job_service.confirm(job, status_id)
        if accepted is None:
            await self._job_service.attach_late_status(job.id, status_id)
        self._budget_alerts.schedule_check(job, settings)
        return accepted


def _first_status(source: Job | None) -> JobStatus:
    if source is not None and not source.ended:
        return WaitingForSource(source_code=source.code)
    return Queued(place=1, length=1)
