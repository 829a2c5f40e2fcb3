"""The seam to time, so that a test may own it."""

import asyncio
import time
from typing import Protocol


class Clock(Protocol):
    """Wall time for what is kept, monotonic time for what is waited for."""

    def now(self) -> float:
        """UTC seconds since 1970."""

    def monotonic(self) -> float:
        """Seconds that never go back; their zero means nothing."""

    async def sleep(self, seconds: float) -> None: ...


class SystemClock:
    """The machine's own time."""

    def now(self) -> float:
        return time.time()

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
