"""The *Remix this?* confirmation below a reply. It survives restarts and expires."""

import asyncio
import logging

import discord

from bot.background import wait_for_event
from bot.chat.components.buttons import JobAction, JobButton, custom_ids
from bot.chat.components.interactions import DISCORD_ERRORS
from bot.chat.text.escape import escape
from bot.i18n import _
from bot.jobs.job import Job, Kind
from bot.jobs.money import dollars
from bot.ordering.quote import PreparedRequest, Request
from bot.ports.clock import Clock
from bot.ports.repositories import PendingConfirmation, PendingConfirmations

log = logging.getLogger("retake.chat")

OPEN_FOR_S = 120.0
LOOK_EVERY_S = 30.0
SEND_TRIES = 3
_LOOK_BACK = 200  # messages


class Confirmations:
    """Asks for confirmation and deletes the message when it's answered or expires."""

    def __init__(self, client: discord.Client, confirmations: PendingConfirmations, clock: Clock) -> None:
        self._client = client
        self._confirmations = confirmations
        self._clock = clock
        self._new = asyncio.Event()

    async def ask(self, message: discord.Message, job: Job, prepared: PreparedRequest) -> None:
        """Ask the author of a reply, once, whether to make the video."""
        request, quote = prepared.request, prepared.quote
        confirmation = PendingConfirmation(
            order_message_id=message.id,
            message_id=None,
            channel_id=message.channel.id,
            guild_id=job.guild_id,
            user_id=message.author.id,
            job_id=job.id,
            expires_at=self._clock.now() + OPEN_FOR_S,
        )
        if not await self._confirmations.open(confirmation):
            return
        view = discord.ui.View(timeout=None)
        asked, yes = _words(request)
        view.add_item(JobButton(job.id, JobAction.YES, label=yes))
        view.add_item(JobButton(job.id, JobAction.NO))
        text = f"{asked} ≈ {dollars(quote.price_micros)}"
        if quote.choice.note:
            text += f"\n-# {escape(quote.choice.note)}"
        for left in range(SEND_TRIES - 1, -1, -1):  # one nonce: a lost response doesn't post it twice
            try:
                sent = await message.channel.send(
                    text,
                    view=view,
                    reference=message.to_reference(fail_if_not_exists=False),
                    mention_author=False,
                    nonce=f"q{message.id}",
                )
            except DISCORD_ERRORS as error:
                log.info("a confirmation was not posted", extra={"why": type(error).__name__})
                if not left or isinstance(error, discord.Forbidden | discord.NotFound):
                    await self._confirmations.close(message.id)
                    return
                await self._clock.sleep(1.0)
            else:
                await self._confirmations.set_message(message.id, sent.id)
                self._new.set()
                return

    async def close(self, order_message_id: int) -> None:
        """Delete the confirmation of a reply."""
        confirmation = await self._confirmations.close(order_message_id)
        if confirmation is not None:
            await self._expire(confirmation)

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
        for confirmation in await self._confirmations.expired(now):
            await self._expire(
                confirmation
            )  # the row goes last, so that a crash in between is repaired at the next start
            await self._confirmations.close(confirmation.order_message_id)
        due = await self._confirmations.next_expiry()
        return LOOK_EVERY_S if due is None else min(LOOK_EVERY_S, max(0.0, due - self._clock.now()))


def _words(request: Request) -> tuple[str, str]:
    """Return the confirmation's text and the label of its button."""
    match request.kind:
        case Kind.REMIX:
            return _("Remix this?"), _("Remix")
        case Kind.EXTEND:
            return _("Extend this?"), _("Extend")
        case Kind.GENERATE:
            return _("Make this video again?"), _("Make")
