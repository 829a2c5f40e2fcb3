"""Handle replies to our videos. Stateless: the reply message itself is the only record."""

import logging

import discord

from bot.chat.components.buttons import JobAction
from bot.chat.components.interactions import (
    Interaction,
    acknowledge,
    member_of,
    reply_privately,
)
from bot.chat.discord_errors import unexpected_error
from bot.chat.permissions.video_access import AccessLevel, VideoAccess, moderates
from bot.chat.requests.attached_pictures import is_picture
from bot.chat.requests.confirmations import DELETE, Confirmations, asked_of, channel_of
from bot.chat.requests.deletion import VideoDeletion
from bot.chat.requests.gifs import GifReplies
from bot.chat.requests.improvements import Improvements
from bot.chat.requests.job_actions import JobActionHandler
from bot.chat.requests.job_details import JobDetails
from bot.chat.requests.reply_answers import answer_reply
from bot.chat.requests.reply_parser import Exact, Order, Prompt, Reading, Talk, change_of, read_reply
from bot.chat.requests.reply_requests import ReplyRequests
from bot.chat.requests.submission import RequestSubmission
from bot.chat.requests.video_imports import VideoImports
from bot.chat.text import list_text
from bot.chat.text.escape import error_text
from bot.i18n import use_locale
from bot.jobs.errors import (
    BadWish,
    NotYourQuestion,
    SourceNotFound,
)
from bot.jobs.ids import new_code
from bot.jobs.job import Job
from bot.jobs.rejections import QuestionAnswered, QuestionClosed
from bot.jobs.server_settings import ReplyMode, ServerSettings
from bot.ordering.quote import PreparedRequest, Request
from bot.ordering.service import JobService
from bot.ports.clock import Clock
from bot.ports.job_store import JobStore
from bot.ports.repositories import PendingConfirmation, Repositories

log = logging.getLogger("retake.chat")

SENTENCE_STAYS_S = 120.0


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
        deletion: VideoDeletion,
        imports: VideoImports,
        requests: ReplyRequests,
        improvements: Improvements,
        gifs: GifReplies,
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
        self._deletion = deletion
        self._imports = imports
        self._requests = requests
        self._improvements = improvements
        self._gifs = gifs

    async def handle_reply(
        self, message: discord.Message, member: discord.Member, job: Job, *, late: bool = False
    ) -> None:
        """Handle a reply with text to a job's status or result message.

        `late`: it was written while the bot was offline, so it's never acted on without a question.
        """
        with use_locale(await self._locale(member)):
            await self._answer(message, member, job, late=late)

    async def handle_mention(self, message: discord.Message, member: discord.Member, *, late: bool = False) -> None:
        """Handle a reply to a member's message that names the bot. A prompt is an order to remix the video in it.

        `late` is as for `handle_reply`.
        """
        with use_locale(await self._locale(member)):
            prompt, settings = change_of(self._read(message)), await self._job_service.settings(member.guild.id)
            if prompt is None or settings.reply_mode is ReplyMode.OFF:
                return
            answered_id = message.reference.message_id if message.reference is not None else None
            try:
                job = await self._imports.of_link(message.channel.id, answered_id or 0, member, message.channel)
            except BadWish as error:
                if not (isinstance(prompt, Prompt) and prompt.talk):
                    await answer_reply(message, error_text(error), stays_s=SENTENCE_STAYS_S)
                return
            await self._answer(message, member, job, late=late)

    async def _locale(self, member: discord.Member) -> str:
        """Return the author's last known locale, or the server's: a message doesn't carry one."""
        known = await self._repositories.members.locale(member.guild.id, member.id)
        return known or member.guild.preferred_locale.value

    async def _answer(self, message: discord.Message, member: discord.Member, job: Job, *, late: bool) -> None:
        reading = self._read(message)
        settings = await self._job_service.settings(job.guild_id)
        if isinstance(reading, Talk) or settings.reply_mode is ReplyMode.OFF:
            return
        if job.imported and change_of(reading) is None:
            return  # commands are about videos of ours
        try:
            if isinstance(reading, Exact) and reading.word not in ("again", "longer"):
                await self._command(message, member, job, reading)
            else:
                await self._order(message, member, job, reading, settings, late=late)
        except BadWish as error:
            await answer_reply(message, error_text(error), stays_s=SENTENCE_STAYS_S)
        except Exception as error:
            # Kept alive: the event handler. The member gets an error code.
            code = new_code()
            log.exception("a reply failed", extra={"code": code})
            await answer_reply(message, error_text(unexpected_error(error, code)), stays_s=SENTENCE_STAYS_S)

    def _read(self, message: discord.Message) -> Reading:
        own_id = self._client.user.id if self._client.user is not None else 0
        pictures = bool(message.attachments) and all(map(is_picture, message.attachments))
        return read_reply(message.content, own_id, pictures=pictures)

    async def _order(
        self,
        message: discord.Message,
        member: discord.Member,
        job: Job,
        reading: Order,
        settings: ServerSettings,
        *,
        late: bool,
    ) -> None:
        """Submit what a reply orders, or ask first. Raise BadWish."""
        request = await self._requests.of_reply(message, member, job, reading)
        try:
            await self._ask_or_submit(message, member, job, reading, request, settings, late=late)
        except BadWish as error:
            view = await self._submission.drafts.save(member, request, error)
            await answer_reply(message, error_text(error), stays_s=SENTENCE_STAYS_S, view=view)

    async def _ask_or_submit(
        self,
        message: discord.Message,
        member: discord.Member,
        job: Job,
        reading: Order,
        request: Request,
        settings: ServerSettings,
        *,
        late: bool,
    ) -> None:
        prepared = await self._submission.prepare_message(message, member, request, settings)
        short, talk = (reading.short, reading.talk) if isinstance(reading, Prompt) else (False, False)
        asks = settings.asks_first(short=short, talk=talk, price_micros=prepared.quote.price_micros)
        if late or reading.unsure or asks:
            await self._confirmations.ask(message, job, asked_of(reading, request), prepared)
        else:
            await self._submit(message, member, prepared)

    async def _submit(self, message: discord.Message, member: discord.Member, prepared: PreparedRequest) -> None:
        await self._repositories.members.record(member.guild.id, member.id, member.display_name, self._clock.now())
        await self._submission.submit_message(message, member, prepared)

    async def _command(self, message: discord.Message, member: discord.Member, job: Job, exact: Exact) -> None:
        here = message.channel
        may_moderate = moderates(member, job, here)
        match exact.word:
            case "info":
                await answer_reply(message, await self._details.details(job, member, here, for_host=False))
            case "gif":
                await self._gifs.answer(message, member, job)
            case "help":
                await answer_reply(message, list_text.reply_help(), stays_s=SENTENCE_STAYS_S)
            case "cancel":
                await self._video_access.allowed(job, member, here, AccessLevel.SEE)
                await self._job_actions.stop(member, job, moderates=may_moderate)
            case _:
                await self._video_access.allowed(job, member, here, AccessLevel.SEE)
                self._deletion.check(member, job, moderates=may_moderate)
                await self._confirmations.ask(message, job, DELETE, None)

    async def on_button(self, interaction: Interaction, job_id: str, verb: JobAction) -> None:
        """Handle a button of a confirmation. Only the reply's author may press them."""
        try:
            job = await self._store.job(job_id)
            if job is None or interaction.message is None:
                raise SourceNotFound
            member = member_of(interaction, job)
            reference = interaction.message.reference
            order_id = (reference.message_id if reference is not None else None) or 0
            question = await self._repositories.confirmations.find(interaction.message.id, order_id)
            if question is None or question.job_id != job.id:
                raise QuestionClosed if await self._store.by_source_message(order_id) is None else QuestionAnswered
            if question.user_id != member.id:
                raise NotYourQuestion
            if verb is JobAction.IMPROVE:
                await self._improve(interaction, member, job, question)
                return
            await acknowledge(interaction)
            answered = True
            if verb is JobAction.YES and question.expires_at > self._clock.now():
                answered = await self._confirmed(member, job, question)
            if answered:
                await self._confirmations.close(question.order_message_id)
        except BadWish as error:
            await reply_privately(interaction, error_text(error))

    async def _confirmed(self, member: discord.Member, job: Job, question: PendingConfirmation) -> bool:
        """Do what a question asked about. Return whether its message is no longer needed. Raise BadWish.

        The reply is read again, and its current text counts; if that is another kind of video or has another price,
        it's asked about again.
        """
        channel = channel_of(member, question)
        if question.asked == DELETE:
            self._deletion.check(member, job, moderates=moderates(member, job, channel))
            done = await self._deletion.delete(job)
            await self._confirmations.show_done(question, job, done.text, done.undo)
            return False
        message = await self._confirmations.fetch_order(channel, question.order_message_id)
        reading = self._read(message)
        request = await self._requests.of_reply(message, member, job, reading)
        settings = await self._job_service.settings(member.guild.id)
        prepared = await self._submission.prepare_message(message, member, request, settings)
        asked = asked_of(reading, request)
        if (asked, prepared.quote.price_micros) != (question.asked, question.price_micros):
            await self._confirmations.ask_again(question, job, asked, prepared)
            return False
        await self._submit(message, member, prepared)
        return True

    async def _improve(
        self, interaction: Interaction, member: discord.Member, job: Job, question: PendingConfirmation
    ) -> None:
        """Offer better words for what a reply asks for, in the question's place. Raise BadWish."""
        await self._improvements.defer(interaction)
        if question.expires_at <= self._clock.now():
            raise QuestionClosed
        message = await self._confirmations.fetch_order(channel_of(member, question), question.order_message_id)
        request = await self._requests.of_reply(message, member, job, self._read(message))
        if not await self._confirmations.close(question.order_message_id):
            raise QuestionAnswered
        await self._improvements.from_interaction(interaction, request)

    async def on_reply_deleted(self, message_id: int) -> None:
        """Handle a deleted reply: cancel its job unless the paid request has been sent."""
        await self._confirmations.close(message_id)
        job = await self._store.by_source_message(message_id)
        if job is not None:
            await self._job_actions.withdraw(job)
