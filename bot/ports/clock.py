"""Port: time, so that tests can control it."""

import asyncio
import time
from typing import Protocol

_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def elapsed_s() -> float:
    """Return seconds that never decrease, and on Linux go on while the machine is suspended, from an arbitrary zero."""
    return time.clock_gettime(_CLOCK)


class Clock(Protocol):
    """Wall time for what is stored, monotonic time for waits."""

    def now(self) -> float:
        """Return UTC seconds since 1970, which never decrease during the process."""

    def monotonic(self) -> float:
        """Return seconds that never decrease, from an arbitrary zero. A suspended machine's time counts."""

    async def sleep(self, seconds: float) -> None: ...


class SystemClock:
    """The system's time. A wall clock that is set back is not followed, so ages are never too small."""

    def __init__(self) -> None:
        self._start = time.time(), elapsed_s()

    def now(self) -> float:
        wall, monotonic = self._start
        now = time.time()
        lived = wall + elapsed_s() - monotonic
        if now > lived + 1.0:
            self._start = now, elapsed_s()  # the clock was set forward: follow it
        return max(now, lived)

    def monotonic(self) -> float:
        return elapsed_s()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
