"""Keeps to an account's limit of requests a second. Whoever pays goes before whoever only asks."""

import asyncio

MAX_PRIORITY_WAIT_S = 30.0  # less than what a job's lease has to spare for its paid request


class RateLimiter:
    """Evenly spaced starts. None: no limit."""

    def __init__(self, per_s: float | None) -> None:
        self._gap_s = 1.0 / per_s if per_s else 0.0
        self._next = 0.0
        self._next_paid = 0.0

    async def acquire(self) -> None:
        """Wait for a turn."""
        now = asyncio.get_running_loop().time()
        at = max(now, self._next)
        self._next = at + self._gap_s
        if at > now:
            await asyncio.sleep(at - now)

    async def acquire_priority(self) -> bool:
        """Wait for a turn behind other paid requests only; False, and nothing taken, where that would be too long.

        Free requests that wait already keep their places, so these may come a little closer together than asked.
        """
        now = asyncio.get_running_loop().time()
        at = max(now, self._next_paid)
        if at - now > MAX_PRIORITY_WAIT_S:
            return False
        self._next_paid = at + self._gap_s
        self._next = max(self._next, now) + self._gap_s
        if at > now:
            await asyncio.sleep(at - now)
        return True
