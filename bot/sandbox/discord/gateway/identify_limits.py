"""Limits on IDENTIFY: one per bucket in 5 seconds, and a number a day."""

import math
from typing import Literal

from bot.sandbox.discord.errors import Json
from bot.sandbox.discord.state.snowflake import Clock

PER_DAY, DAY_S, SPACING_S = 1000, 24 * 3600.0, 5.0  # source: discord.md 5
IdentifyVerdict = Literal["allowed", "too_soon", "exhausted"]


class IdentifyLimits:
    """Counts IDENTIFYs over all shards. `spacing_s` 0 lets a bucket identify at any time."""

    def __init__(self, clock: Clock, *, spacing_s: float) -> None:
        self._clock = clock
        self.spacing_s = spacing_s
        self.total = PER_DAY
        self.max_concurrency = 1
        self.too_soon = 0  # that were refused
        self.smallest_gap_s = math.inf  # between two of one bucket
        self._used = 0
        self._day_ends = 0.0
        self._last: dict[int, float] = {}

    def take(self, shard: int) -> IdentifyVerdict:
        """Count an IDENTIFY of a shard. One that comes too soon counts as well."""
        now = self._clock.now()
        self._roll(now)
        if self._used >= self.total:
            return "exhausted"
        self._used += 1
        bucket = shard % self.max_concurrency
        before, self._last[bucket] = self._last.get(bucket), now
        if before is None:
            return "allowed"
        self.smallest_gap_s = min(self.smallest_gap_s, now - before)
        if now - before >= self.spacing_s:
            return "allowed"
        self.too_soon += 1
        return "too_soon"

    def leave(self, remaining: int) -> None:
        """Set how many IDENTIFYs are left today."""
        self._roll(self._clock.now())
        self._used = self.total - remaining

    def session_start_limit(self) -> Json:
        """Return the object of the same name in `GET /gateway/bot`; `reset_after` is in milliseconds."""
        now = self._clock.now()
        self._roll(now)
        return {
            "total": self.total,
            "remaining": max(0, self.total - self._used),
            "reset_after": round((self._day_ends - now) * 1000),
            "max_concurrency": self.max_concurrency,
        }

    def _roll(self, now: float) -> None:
        if now >= self._day_ends:
            self._used, self._day_ends = 0, now + DAY_S
