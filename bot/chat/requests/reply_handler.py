"""Handle replies to our videos. Stateless: the reply message itself is the only record."""

import logging

import discord

from bot.chat.components.buttons import JobAction
from bot.chat.components.interactions import DISCORD_ERRORS, Interaction, acknowledge, member_of, reply_privately
from bot.chat.permissions.video_access import AccessLevel, VideoAccess
from bot.chat.requests.confirmations import Confirmations
from bot.chat.requests.job_actions import JobActionHandler
from bot.chat.requests.job_details import JobDetails
from bot.chat.requests.reply_parser import Exact, Prompt, Reading, Talk, read_reply
from bot.chat.requests.submission import RequestSubmission, check_image
from bot.chat.text.escape import error_text
from bot.i18n import use_locale
from bot.jobs.errors import (
    BadWish,
    DiscordSilent,
    NothingToDelete,
    NotYours,
    OrderGone,
    RetakeError,
    SourceNotFound,
    TooLate,
)
from bot.jobs.ids import new_code
from bot.jobs.job import Job, Kind
from bot.jobs.rejections import QuestionClosed
from bot.jobs.server_settings import ReplyMode
from bot.ordering.quote import PreparedRequest, Request
from bot.ordering.service import JobService
from bot.ports.clock import Clock
from bot.ports.job_store import JobStore
from bot.ports.repositories import Repositories

log = logging.getLogger("retake.chat")

SENTENCE_STAYS_S = 120.0

Channel = discord.abc.GuildChannel | discord.Thread


class ReplyHandler:
    """Acts on replies, after checking the author's access."""

    def __init__(
        self,
        client: discord.Client,
        *,
        store: JobStore,
        clock: Clock,
        job_service: JobService,
        submission: RequestSubmission,
        video_access: VideoAccess,
        job_actions: JobActionHandler,
        details: JobDetails,
        repositories: Repositories,
        confirmations: Confirmations,
    ) -> None:
        self._client = client
        self._store = store
        self._clock = clock
        self._job_service = job_service
        self._submission = submission
        self._video_access = video_access
        self._job_actions = job_actions
        self._details = details
        self._repositories = repositories
        self._confirmations = confirmations

    async def handle_reply(self, message: discord.Message, member: discord.Member, job: Job) -> None:
        """Handle a reply with text to a job's status or result message."""
        with use_locale(await self._locale(member)):
            await self._answer(message, member, job)

    async def _locale(self, member: discord.Member) -> str:
        """Return the author's last known locale, or the server's: a message doesn't carry one."""
        known = await self._repositories.members.locale(member.guild.id, member.id)
        return known or member.guild.preferred_locale.value

    async def _answer(self, message: discord.Message, member: discord.Member, job: Job) -> None:
        reading = self._read(message)
        settings = await self._job_service.settings(job.guild_id)
        if isinstance(reading, Talk) or settings.reply_mode is ReplyMode.OFF:
            return
        try:
            if isinstance(reading, Exact) and reading.word != "again":
                await self._say_or_do(message, member, job, reading)
                return
            request = await self._request(message, member, job, reading)
            prepared = await self._submission.prepare_message(message, member, request, settings)
            short = isinstance(reading, Prompt) and reading.short and not reading.extend
            if settings.asks_first(short=short, price_micros=prepared.quote.price_micros):
                await self._confirmations.ask(message, job, prepared)
            else:
                await self._submit(message, member, prepared)
        except BadWish as error:
            await self._say(message, error_text(error), stays_s=SENTENCE_STAYS_S)
        except Exception:
            # Kept alive: the event handler. The member gets an error code.
            code = new_code()
            log.exception("a reply failed", extra={"code": code})
            await self._say(message, error_text(RetakeError(code=code)), stays_s=SENTENCE_STAYS_S)

    def _read(self, message: discord.Message) -> Reading:
        return read_reply(message.content, self._client.user.id if self._client.user is not None else 0)

    async def _request(self, message: discord.Message, member: discord.Member, job: Job, reading: Reading) -> Request:
        """Return the request that a reply describes. Raise BadWish."""
        match reading:
            case Prompt():
                source = await self._video_access.allowed(job, member, message.channel)
                return Request(
                    kind=Kind.EXTEND if reading.extend else Kind.REMIX,
                    prompt=reading.text,
                    image_url=check_image(next(iter(message.attachments), None)),
                    source=source,
                )
            case Exact(word="again"):
                return await self._job_actions.repeat_request(member, message.channel, job)
            case _:
                raise OrderGone

    async def _submit(self, message: discord.Message, member: discord.Member, prepared: PreparedRequest) -> None:
        await self._repositories.members.record(member.guild.id, member.id, member.display_name, self._clock.now())
        await self._submission.submit_message(message, member, prepared)

    async def _say_or_do(self, message: discord.Message, member: discord.Member, job: Job, exact: Exact) -> None:
        here = message.channel
        moderates = isinstance(here, Channel) and here.permissions_for(member).manage_messages
        match exact.word:
            case "info":
                await self._say(message, await self._details.details(job, member, here, for_host=False))
            case "cancel":
                await self._video_access.allowed(job, member, here, AccessLevel.SEE)
                await self._job_actions.stop(member, job, moderates=moderates)
            case _:
                await self._video_access.allowed(job, member, here, AccessLevel.SEE)
                await self._delete(member, job, moderates=moderates)

    async def _delete(self, member: discord.Member, job: Job, *, moderates: bool) -> None:
        if member.id != job.user_id and not moderates:
            raise NotYours
        if job.post.result_message_id is None:
            raise TooLate if job.ended else NothingToDelete
        channel_id = job.post.result_channel_id or job.channel_id
        channel = self._client.get_partial_messageable(channel_id, guild_id=job.guild_id)
        await self._job_service.record_deletion(job.id)
        try:
            await channel.get_partial_message(job.post.result_message_id).delete()
        except DISCORD_ERRORS as error:
            log.info("a result was not deleted", extra={"job": job.code, "why": type(error).__name__})

    async def _say(self, message: discord.Message, sentence: str, *, stays_s: float | None = None) -> None:
        try:
            await message.channel.send(
                sentence,
                reference=message.to_reference(fail_if_not_exists=False),
                mention_author=False,
                suppress_embeds=True,
                delete_after=stays_s,  # type: ignore[arg-type]  # None is what the library's own default is
            )
        except DISCORD_ERRORS as error:
            log.info("an answer was not taken", extra={"why": type(error).__name__})

    async def on_button(self, interaction: Interaction, job_id: str, verb: JobAction) -> None:
        """Handle [Remix] or [Not now] of a confirmation. Only the reply's author may press them."""
        try:
            job = await self._store.job(job_id)
            if job is None or interaction.message is None:
                raise SourceNotFound
            member = member_of(interaction, job)
            reference = interaction.message.reference
            order_id = (reference.message_id if reference is not None else None) or 0
            question = await self._repositories.confirmations.find(interaction.message.id, order_id)
            if question is None or question.job_id != job.id:
                raise QuestionClosed
            if question.user_id != member.id:
                raise NotYours
            await acknowledge(interaction)
            if verb is JobAction.YES and question.expires_at > self._clock.now():
                await self._confirmed(member, job, question.channel_id, question.order_message_id)
            await self._confirmations.close(question.order_message_id)
        except BadWish as error:
            await reply_privately(interaction, error_text(error))

    async def _confirmed(self, member: discord.Member, job: Job, channel_id: int, order_id: int) -> None:
        """Read the reply again and submit its current text. Raise BadWish."""
        channel = member.guild.get_channel_or_thread(channel_id)
        if channel is None or isinstance(channel, discord.CategoryChannel | discord.ForumChannel):
            raise SourceNotFound
        try:
            message = await channel.fetch_message(order_id)
        except discord.NotFound as error:
            await self._confirmations.close(order_id)
            raise OrderGone from error
        except DISCORD_ERRORS as error:
            raise DiscordSilent from error
        request = await self._request(message, member, job, self._read(message))
        settings = await self._job_service.settings(member.guild.id)
        prepared = await self._submission.prepare_message(message, member, request, settings)
        await self._submit(message, member, prepared)

    async def on_reply_deleted(self, message_id: int) -> None:
        """Handle a deleted reply: cancel its job unless the paid request has been sent."""
        await self._confirmations.close(message_id)
        job = await self._store.by_source_message(message_id)
        if job is not None:
            await self._job_actions.withdraw(job)
