"""What becomes of a reply to one of our videos. Nothing but the reply itself is remembered, and Discord keeps that."""

import logging

import discord

from bot.chat.components.buttons import JobAction
from bot.chat.components.interactions import DISCORD_ERRORS, Interaction, acknowledge, member_of, reply_privately
from bot.chat.permissions.video_access import AccessLevel, VideoAccess
from bot.chat.requests.confirmations import Confirmations
from bot.chat.requests.job_actions import JobActionHandler
from bot.chat.requests.reply_parser import Exact, Prompt, Reading, Talk, read_reply
from bot.chat.requests.submission import RequestSubmission, check_image
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
from bot.jobs.job import Job, Kind, new_code
from bot.jobs.rejections import QuestionClosed
from bot.jobs.server_settings import ReplyMode
from bot.ordering.quote import Request
from bot.ordering.service import JobService
from bot.ports.repositories import Repositories
from bot.worker.context import JobContext

log = logging.getLogger("retake.chat")

SENTENCE_STAYS_S = 120.0

Channel = discord.abc.GuildChannel | discord.Thread


class ReplyHandler:
    """Reads replies, and does what they say for whoever may have it done."""

    def __init__(
        self,
        client: discord.Client,
        context: JobContext,
        job_service: JobService,
        submission: RequestSubmission,
        video_access: VideoAccess,
        job_actions: JobActionHandler,
        repositories: Repositories,
        confirmations: Confirmations,
    ) -> None:
        self._client = client
        self._context = context
        self._job_service = job_service
        self._submission = submission
        self._video_access = video_access
        self._job_actions = job_actions
        self._repositories = repositories
        self._confirmations = confirmations

    async def handle_reply(self, message: discord.Message, member: discord.Member, job: Job) -> None:
        """A person has replied to a job's status or result, and its words reached us."""
        with use_locale(await self._locale(member)):
            await self._answer(message, member, job)

    async def _locale(self, member: discord.Member) -> str:
        """A message does not say its author's language: as it was last seen, else the server's."""
        known = await self._repositories.people.locale(member.guild.id, member.id)
        return known or member.guild.preferred_locale.value

    async def _answer(self, message: discord.Message, member: discord.Member, job: Job) -> None:
        reading = self._read(message)
        rules = await self._repositories.servers.rules(job.guild_id)
        if isinstance(reading, Talk) or rules.reply_mode is ReplyMode.OFF:
            return
        try:
            if isinstance(reading, Exact) and reading.word != "again":
                await self._say_or_do(message, member, job, reading)
                return
            request = (await self._request(message, member, job, reading)).under(rules)
            await self._submission.check(member, message.channel, request)
            quote = self._job_service.quote(request)
            short = isinstance(reading, Prompt) and reading.short and not reading.extend
            if rules.asks_first(short=short, price_micros=quote.price_micros):
                await self._confirmations.ask(message, job, request, quote)
            else:
                await self._order(message, member, request)
        except BadWish as error:
            await self._say(message, error.sentence(), stays_s=SENTENCE_STAYS_S)
        except Exception:
            # Kept alive: the event handler. The person is told that it is our fault.
            code = new_code()
            log.exception("a reply failed", extra={"code": code})
            await self._say(message, RetakeError(code=code).sentence(), stays_s=SENTENCE_STAYS_S)

    def _read(self, message: discord.Message) -> Reading:
        return read_reply(message.content, self._client.user.id if self._client.user is not None else 0)

    async def _request(self, message: discord.Message, member: discord.Member, job: Job, reading: Reading) -> Request:
        """The order that a reply means. Raises BadWish."""
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

    async def _order(self, message: discord.Message, member: discord.Member, request: Request) -> None:
        await self._repositories.people.seen(member.guild.id, member.id, member.display_name, self._context.clock.now())
        await self._submission.from_message(message, member, request)

    async def _say_or_do(self, message: discord.Message, member: discord.Member, job: Job, exact: Exact) -> None:
        here = message.channel
        moderates = isinstance(here, Channel) and here.permissions_for(member).manage_messages
        match exact.word:
            case "info":
                await self._say(message, await self._job_actions.details.details(job, member, here, for_host=False))
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
        """[Remix] or [Not now] below a reply: for its author alone, in whichever process."""
        try:
            job = await self._context.store.job(job_id)
            if job is None or interaction.message is None:
                raise SourceNotFound
            member = member_of(interaction, job)
            reference = interaction.message.reference
            order_id = (reference.message_id if reference is not None else None) or 0
            question = await self._repositories.questions.find(interaction.message.id, order_id)
            if question is None or question.job_id != job.id:
                raise QuestionClosed
            if question.user_id != member.id:
                raise NotYours
            await acknowledge(interaction)
            if verb is JobAction.YES and question.expires_at > self._context.clock.now():
                await self._confirmed(member, job, question.channel_id, question.order_message_id)
            await self._confirmations.close(question.order_message_id)
        except BadWish as error:
            await reply_privately(interaction, error.sentence())

    async def _confirmed(self, member: discord.Member, job: Job, channel_id: int, order_id: int) -> None:
        """Read the author's message again, as it is now, and do what it says. Raises BadWish."""
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
        await self._order(message, member, request)

    async def on_reply_deleted(self, message_id: int) -> None:
        """A reply was deleted: what it asked for is cancelled as long as it costs nothing."""
        await self._confirmations.close(message_id)
        job = await self._context.store.by_order(message_id)
        if job is not None:
            await self._job_actions.withdraw(job)
