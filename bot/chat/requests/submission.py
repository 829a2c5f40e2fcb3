"""From a Discord event to an accepted job: look, write down, answer, go. In this order, whatever the event was."""

import logging

import discord

from bot.chat.components.buttons import JobAction, buttons
from bot.chat.components.interactions import DISCORD_ERRORS, Interaction
from bot.chat.delivery.budget_alerts import BudgetAlerts
from bot.chat.delivery.publisher import DiscordPublisher
from bot.chat.permissions import video_access
from bot.chat.permissions.request_policy import RequestPolicy
from bot.chat.text import job_text
from bot.i18n import current_locale
from bot.jobs.errors import BadWish, NotAnImage
from bot.jobs.job import Job, RequestOrigin
from bot.jobs.status import JobStatus, Queued, WaitingForSource
from bot.ordering.quote import Request
from bot.ordering.service import JobService
from bot.worker.context import JobContext
from bot.worker.engine import Worker

log = logging.getLogger("retake.chat")

_PICTURE_TYPES = ("image/png", "image/jpeg", "image/webp")
_PICTURE_LIMIT_MB = 10


def check_image(file: discord.Attachment | None) -> str | None:
    """The link of a picture that may be one. Raises NotAnImage for what surely is none."""
    if file is None:
        return None
    kind = (file.content_type or "").partition(";")[0].lower()
    if kind not in _PICTURE_TYPES or file.size > _PICTURE_LIMIT_MB * 1_000_000:
        raise NotAnImage(filename=job_text.plain(file.filename), limit_mb=_PICTURE_LIMIT_MB)
    return file.url


class RequestSubmission:
    """What the commands, buttons and replies share."""

    def __init__(
        self,
        context: JobContext,
        job_service: JobService,
        engine: Worker,
        publisher: DiscordPublisher,
        gate: RequestPolicy | None = None,
        budget_alerts: BudgetAlerts | None = None,
    ) -> None:
        self._context = context
        self._job_service = job_service
        self._engine = engine
        self._publisher = publisher
        self._gate = gate
        self._budget_alerts = budget_alerts

    async def from_interaction(self, interaction: Interaction, request: Request) -> Job | None:
        """Take an order from a command, a button or a modal. Raises BadWish before anything is written."""
        video_access.check_own(interaction.app_permissions, interaction.channel)
        member = interaction.user
        if interaction.guild_id is None or interaction.channel_id is None or not isinstance(member, discord.Member):
            raise BadWish
        await self.check(member, interaction.channel, request)
        asked = RequestOrigin(
            user_id=member.id,
            guild_id=interaction.guild_id,
            channel_id=interaction.channel_id,
            interaction_id=interaction.id,
            interaction_token=interaction.token,
            role_ids=tuple(role.id for role in member.roles),
            locale=current_locale(),
        )
        job = await self._job_service.create(asked, request)
        if job is None:
            return None  # Discord delivered the event twice; the first one is being answered
        try:
            answer = await interaction.response.send_message(
                self._first_line(job, request.source), view=buttons(job, JobAction.CANCEL)
            )
        except (*DISCORD_ERRORS, discord.InteractionResponded) as error:
            log.info("the answer is unclear", extra={"job": job.code, "why": type(error).__name__})
            await self._defer_to_engine(job)
            return None
        return await self._activate(job, answer.message_id)

    async def from_message(self, message: discord.Message, member: discord.Member, request: Request) -> Job | None:
        """Take an order from a reply; one that was fetched does not know its author as a member, so that is told.

        Raises BadWish before anything is written.
        """
        if message.guild is None or not isinstance(message.channel, discord.abc.GuildChannel | discord.Thread):
            raise BadWish
        video_access.check_own(message.channel.permissions_for(message.guild.me), message.channel)
        await self.check(member, message.channel, request)
        asked = RequestOrigin(
            user_id=member.id,
            guild_id=message.guild.id,
            channel_id=message.channel.id,
            source_message_id=message.id,
            role_ids=tuple(role.id for role in member.roles),
            locale=current_locale(),
        )
        job = await self._job_service.create(asked, request)
        if job is None:
            return None
        try:
            status_id = await self._publisher.first_line(job, self._first_status(request.source))
        except DISCORD_ERRORS as error:
            log.info("the answer is unclear", extra={"job": job.code, "why": type(error).__name__})
            await self._defer_to_engine(job)
            return None
        return await self._activate(job, status_id)

    async def check(self, member: discord.Member, channel: object, request: Request) -> None:
        """Whether the server's rules allow this order. Raises BadWish."""
        if self._gate is not None:
            await self._gate.check(member, channel, request.prompt)

    def _first_line(self, job: Job, source: Job | None) -> str:
        return self._publisher.lines.text(job, self._first_status(source))

    def _first_status(self, source: Job | None) -> JobStatus:
        if source is not None and not source.ended:
            return WaitingForSource(source_code=source.code)
        return Queued(place=1, length=1)

    async def _activate(self, job: Job, status_id: int | None) -> Job | None:
        if status_id is None:
            await self._defer_to_engine(job)
            return None
        accepted = await self._job_service.confirm(job, status_id)
        if accepted is None:
            await self._job_service.attach_late_status(job.id, status_id)
        self._engine.wake_up()
        if self._budget_alerts is not None:
            self._budget_alerts.schedule_check(job)
        return accepted

    async def _defer_to_engine(self, job: Job) -> None:
        """Whether our answer counts is Discord's to say: the loop asks it."""
        await self._context.reschedule(job, 1.0)
        self._engine.wake_up()
