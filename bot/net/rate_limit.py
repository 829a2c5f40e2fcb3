"""Rate limiter for an account's requests per second. Paid requests take priority over free ones."""

import asyncio

from bot.ports.provider import MAX_PRIORITY_WAIT_S


class RateLimiter:
    """Spaces the starts of requests evenly. In memory only."""

    def __init__(self, requests_per_s: float | None) -> None:
        """`requests_per_s` of None means no limit."""
        self._interval_s = 1.0 / requests_per_s if requests_per_s else 0.0
        self._next = 0.0
        self._next_priority = 0.0

    async def acquire(self) -> None:
        """Wait until a request may start."""
        now = asyncio.get_running_loop().time()
        start = max(now, self._next)
        self._next = start + self._interval_s
        if start > now:
            await asyncio.sleep(start - now)

    async def acquire_priority(self) -> bool:
        """Wait behind other paid requests only. Return False at once if the wait would be too long.

        Free requests that already wait keep their start times, so requests may briefly exceed the rate.
        """
        now = asyncio.get_running_loop().time()
        start = max(now, self._next_priority)
        if start - now > MAX_PRIORITY_WAIT_S:
            return False
        self._next_priority = start + self._interval_s
        self._next = max(self._next, now) + self._interval_s
        if start > now:
            await asyncio.sleep(start - now)
        return True
