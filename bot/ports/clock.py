"""The seam to time, so that a test may own it."""

import asyncio
import time
from typing import Protocol


class Clock(Protocol):
    """Wall time for what is kept, monotonic time for what is waited for."""

    def now(self) -> float:
        """UTC seconds since 1970; never goes back while the process lives."""

    def monotonic(self) -> float:
        """Seconds that never go back; their zero means nothing."""

    async def sleep(self, seconds: float) -> None: ...


class SystemClock:
    """The machine's own time. A wall clock that is set back is not followed: ages may only be overrated."""

    def __init__(self) -> None:
        self._start = time.time(), time.monotonic()

    def now(self) -> float:
        wall, monotonic = self._start
        now = time.time()
        lived = wall + time.monotonic() - monotonic
        if now > lived + 1.0:
            self._start = now, time.monotonic()  # set forward: from here on that counts
        return max(now, lived)

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
