"""Port: time, so that tests can control it."""

import asyncio
import time
from typing import Protocol


class Clock(Protocol):
    """Wall time for what is stored, monotonic time for waits."""

    def now(self) -> float:
        """Return UTC seconds since 1970, which never decrease during the process."""

    def monotonic(self) -> float:
        """Return seconds that never decrease, from an arbitrary zero."""

    async def sleep(self, seconds: float) -> None: ...


class SystemClock:
    """The system's time. A wall clock that is set back is not followed, so ages are never too small."""

    def __init__(self) -> None:
        self._start = time.time(), time.monotonic()

    def now(self) -> float:
        wall, monotonic = self._start
        now = time.time()
        lived = wall + time.monotonic() - monotonic
        if now > lived + 1.0:
            self._start = now, time.monotonic()  # the clock was set forward: follow it
        return max(now, lived)

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
