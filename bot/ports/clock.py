"""Port: time, so that a test can control it."""

import asyncio
import time
from typing import Protocol


class Clock(Protocol):
    """Wall time for stored values, monotonic time for waiting."""

    def now(self) -> float:
        """Return UTC seconds since 1970. Never goes back during a process."""

    def monotonic(self) -> float:
        """Return monotonic seconds with an arbitrary zero."""

    async def sleep(self, seconds: float) -> None: ...


class SystemClock:
    """The machine's time. A wall clock that is set back isn't followed, so ages are never underestimated."""

    def __init__(self) -> None:
        self._start = time.time(), time.monotonic()

    def now(self) -> float:
        wall, monotonic = self._start
        now = time.time()
        lived = wall + time.monotonic() - monotonic
        if now > lived + 1.0:
            self._start = now, time.monotonic()  # set forward: the new time counts from here
        return max(now, lived)

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
