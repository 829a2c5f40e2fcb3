"""The *Remix this?* confirmation below a reply. It survives restarts and expires."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace

import discord

from bot.background import wait_for_event
from bot.chat.components.buttons import JobAction, JobButton, buttons, custom_ids
from bot.chat.components.interactions import DISCORD_ERRORS, is_gone, is_refusal
from bot.chat.requests.reply_parser import Animate, Exact, Reading
from bot.chat.text.escape import escape
from bot.i18n import _
from bot.jobs.errors import DiscordSilent, OrderGone, SourceNotFound
from bot.jobs.job import Job, Kind
from bot.jobs.money import dollars
from bot.jobs.undo import UNDELETE_S
from bot.ordering.quote import PreparedRequest, Request
from bot.ports.clock import Clock
from bot.ports.repositories import PendingConfirmation, PendingConfirmations
from bot.ports.shards import all_servers

log = logging.getLogger("retake.chat")

OPEN_FOR_S = 120.0
LOOK_EVERY_S = 30.0
SEND_TRIES = 3
AGAIN, DELETE, ANIMATE = "again", "delete", "animate"  # what is asked beside the kinds of videos
_LOOK_BACK = 200  # messages

Place = discord.TextChannel | discord.VoiceChannel | discord.StageChannel | discord.Thread  # with messages


class Confirmations:
    """Asks for confirmation and deletes the message when it's answered or expires.

    `improves`: the host has a writer that can be asked for better words first. `is_ours` returns whether a server is
    on the shards of this process.
    """

    def __init__(
        self,
        client: discord.Client,
        confirmations: PendingConfirmations,
        clock: Clock,
        *,
        improves: bool = False,
        is_ours: Callable[[int], bool] = all_servers,
    ) -> None:
        self._client = client
        self._confirmations = confirmations
        self._clock = clock
        self._improves = improves
        self._is_ours = is_ours
        self._new = asyncio.Event()

    async def ask(self, message: discord.Message, job: Job, asked: str, prepared: PreparedRequest | None) -> None:
        """Ask the author of a reply, once, whether to do what was `asked`: a kind of video or a constant of above."""
        confirmation = PendingConfirmation(
            order_message_id=message.id,
            message_id=None,
            channel_id=message.channel.id,
            guild_id=job.guild_id,
            user_id=message.author.id,
            job_id=job.id,
            expires_at=self._clock.now() + OPEN_FOR_S,
            asked=asked,
            price_micros=prepared.quote.price_micros if prepared is not None else None,
        )
        if not await self._confirmations.open(confirmation):
            return
        for left in range(SEND_TRIES - 1, -1, -1):  # one nonce: a lost response doesn't post it twice
            try:
                sent = await message.channel.send(
                    _text(job, asked, prepared),
                    view=self._view(job, asked),
                    reference=message.to_reference(fail_if_not_exists=False),
                    mention_author=False,
                    nonce=f"q{message.id}",
                )
            except DISCORD_ERRORS as error:
                log.info("a confirmation was not posted", extra={"why": type(error).__name__})
                if not left or is_refusal(error):
                    await self._confirmations.close(message.id)
                    return
                await self._clock.sleep(1.0)
            else:
                await self._confirmations.set_message(message.id, sent.id)
                self._new.set()
                return

    async def ask_again(
        self, confirmation: PendingConfirmation, job: Job, asked: str, prepared: PreparedRequest
    ) -> None:
        """Ask about what the edited reply asks for now, in the same message. Raise Discord's errors."""
        text = _("Your message has changed.") + " " + _text(job, asked, prepared)
        await self._message(confirmation).edit(content=text, view=self._view(job, asked))
        changed = replace(confirmation, asked=asked, price_micros=prepared.quote.price_micros)
        await self._confirmations.change(replace(changed, expires_at=self._clock.now() + OPEN_FOR_S))

    async def show_done(self, confirmation: PendingConfirmation, job: Job, text: str, undo: JobAction | None) -> None:
        """Say in the confirmation's message what was done, for as long as it can be undone."""
        await self._confirmations.change(replace(confirmation, expires_at=self._clock.now() + UNDELETE_S))
        self._new.set()
        try:
            view = buttons(job, undo) if undo is not None else None
            await self._message(confirmation).edit(content=text, view=view)
        except DISCORD_ERRORS as error:
            log.info("a confirmation was not edited", extra={"why": type(error).__name__})

    def _message(self, confirmation: PendingConfirmation) -> discord.PartialMessage:
        channel = self._client.get_partial_messageable(confirmation.channel_id, guild_id=confirmation.guild_id)
        return channel.get_partial_message(confirmation.message_id or 0)

    async def close(self, order_message_id: int) -> bool:
        """Delete the confirmation of a reply. Return False if it was deleted before."""
        confirmation = await self._confirmations.close(order_message_id)
        if confirmation is not None:
            await self._expire(confirmation)
        return confirmation is not None

    async def fetch_order(self, channel: discord.abc.Messageable, order_message_id: int) -> discord.Message:
        """Fetch the reply that a confirmation is about. Raise OrderGone, which also closes it, or DiscordSilent."""
        try:
            return await channel.fetch_message(order_message_id)
        except DISCORD_ERRORS as error:
            if is_gone(error):
                await self.close(order_message_id)
                raise OrderGone from error
            raise DiscordSilent from error

    def _view(self, job: Job, asked: str) -> discord.ui.View:
        view = discord.ui.View(timeout=None)
        view.add_item(JobButton(job.id, JobAction.YES, label=_words(asked)[1]))
        if self._improves and asked not in (AGAIN, DELETE, ANIMATE):
            view.add_item(JobButton(job.id, JobAction.IMPROVE))
        view.add_item(JobButton(job.id, JobAction.NO))
        return view

    async def _expire(self, confirmation: PendingConfirmation) -> None:
        channel = self._client.get_partial_messageable(confirmation.channel_id, guild_id=confirmation.guild_id)
        try:
            message_id = confirmation.message_id or await self._lost(channel, confirmation.order_message_id)
            if message_id is not None:
                await channel.get_partial_message(message_id).delete()
        except DISCORD_ERRORS as error:
            log.info("a confirmation was not deleted", extra={"why": type(error).__name__})

    async def _lost(self, channel: discord.PartialMessageable, order_message_id: int) -> int | None:
        """Find our confirmation below a reply if its message id wasn't stored before a crash."""
        after, me = discord.Object(id=order_message_id), self._client.user
        async for message in channel.history(after=after, limit=_LOOK_BACK, oldest_first=True):
            ours = me is not None and message.author.id == me.id and message.reference is not None
            asks = any(each.endswith(f":{JobAction.YES}") for each in custom_ids(message))
            if ours and asks and message.reference and message.reference.message_id == order_message_id:
                return message.id
        return None

    async def run(self) -> None:
        """Delete expired confirmations, including those of earlier processes, until cancelled."""
        while True:
            self._new.clear()
            try:
                wait_s = await self._sweep()
            except Exception:
                # Kept alive: the sweep. It's retried after the interval.
                log.exception("could not delete expired confirmations")
                wait_s = LOOK_EVERY_S
            await wait_for_event(self._new, wait_s)

    async def _sweep(self) -> float:
        now = self._clock.now()
        for confirmation in await self._open():
            if confirmation.expires_at > now:
                break
            # The row goes last, so that a crash in between is repaired at the next start.
            await self._expire(confirmation)
            await self._confirmations.close(confirmation.order_message_id)
        left = await self._open()
        return min(LOOK_EVERY_S, max(0.0, left[0].expires_at - self._clock.now())) if left else LOOK_EVERY_S

    async def _open(self) -> list[PendingConfirmation]:
        """List the open confirmations on the servers of this process, the first to expire first."""
        return [each for each in await self._confirmations.all() if self._is_ours(each.guild_id)]


def _text(job: Job, asked: str, prepared: PreparedRequest | None) -> str:
    if prepared is None:
        return _("Delete this video ({code})?").format(code=job.code)
    quote = prepared.quote
    text = f"{_words(asked)[0]} ≈ {dollars(quote.price_micros)}"
    return f"{text}\n-# {escape(quote.choice.note)}" if quote.choice.note else text


def _words(asked: str) -> tuple[str, str]:
    """Return the confirmation's question and the label of its button."""
    match asked:
        case Kind.REMIX:
            return _("Remix this?"), _("Remix")
        case Kind.EXTEND:
            return _("Extend this?"), _("Extend")
        case Kind.GENERATE:
            return _("Make a new video of this?"), _("Make")
        case "delete":
            return "", _("Delete")
        case "animate":
            return _("Animate this?"), _("Animate")
        case _:
            return _("Make this video again?"), _("Make")


def channel_of(member: discord.Member, question: PendingConfirmation) -> Place:
    """Return the channel of a question. Raise SourceNotFound if there is none."""
    channel = member.guild.get_channel_or_thread(question.channel_id)
    if channel is None or isinstance(channel, discord.CategoryChannel | discord.ForumChannel):
        raise SourceNotFound
    return channel


def asked_of(reading: Reading, request: Request) -> str:
    """Return what a confirmation of a reply asks about."""
    if isinstance(reading, Animate):
        return ANIMATE
    return AGAIN if isinstance(reading, Exact) and reading.word == "again" else request.kind.value
