"""Discord's limits on IDENTIFY: a number a day, and one per bucket in 5 s. Too many in a day reset the bot's token.

Here for a process that holds all shards; `shared_identifies.py` is for several gateways.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import discord

from bot.ports.clock import Clock
from bot.ports.identifies import GatewayFacts

log = logging.getLogger("retake.client")

MIN_LEFT = 50  # reserved for the host's own attempts
SPACING_S = 5.0  # source: reference/discord.md 5
EXPIRY_MARGIN_S = 1.0


def reset_text(at: float) -> str:
    """Return a time in UTC seconds as text for the host."""
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M:%S} UTC"


def warn_if_few(facts: GatewayFacts) -> None:
    """Tell the host if too few gateway sessions are left today."""
    if facts.remaining < MIN_LEFT:
        log.error(
            "only %d of %d gateway sessions are left today: not connecting before %s",
            facts.remaining, facts.total, reset_text(facts.resets_at),
        )  # fmt: skip


class NoIdentifiesLeft(discord.GatewayNotFound):
    """Too few IDENTIFYs are left today. A kind of GatewayNotFound, so that discord.py tries the shard again later."""


class IdentifyLimit:
    """Counts and spaces IDENTIFYs. `fetch` reads `GET /gateway/bot`."""

    def __init__(self, clock: Clock, fetch: Callable[[], Awaitable[GatewayFacts]]) -> None:
        self._clock = clock
        self._fetch = fetch
        self._left = 0
        self._resets_at = 0.0  # UTC seconds
        self._buckets = 1
        self._turns: defaultdict[int, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._last: dict[int, float] = {}  # by bucket, monotonic seconds

    @property
    def exhausted_until(self) -> float | None:
        """Return the time of the reset in UTC seconds if too few IDENTIFYs are left, else None."""
        return self._resets_at if self._left < MIN_LEFT and self._clock.now() < self._resets_at else None

    async def refresh(self) -> GatewayFacts:
        """Read from Discord what is left. Raise discord.py's errors."""
        facts = await self._fetch()
        self._left, self._buckets, self._resets_at = facts.remaining, max(1, facts.max_concurrency), facts.resets_at
        warn_if_few(facts)
        return facts

    async def wait(self) -> None:
        """Wait until IDENTIFYs may be sent."""
        while (until := self.exhausted_until) is not None:
            await self._clock.sleep(until - self._clock.now() + EXPIRY_MARGIN_S)
            await self.refresh()

    async def take(self, shard_id: int) -> None:
        """Wait for the turn of the shard's bucket and count one IDENTIFY. Raise NoIdentifiesLeft."""
        bucket = shard_id % self._buckets
        async with self._turns[bucket]:
            if bucket in self._last:
                await self._clock.sleep(max(0.0, self._last[bucket] + SPACING_S - self._clock.monotonic()))
            if self._left < MIN_LEFT:
                await self.refresh()
            if self._left < MIN_LEFT:
                raise NoIdentifiesLeft
            self._left -= 1
            self._last[bucket] = self._clock.monotonic()
