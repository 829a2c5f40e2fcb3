"""People before files: for a moment after somebody has asked for something, whatever can wait does."""

import asyncio
import time
from collections.abc import Callable

ACTIVE_FOR_S = 0.15  # in which whoever has asked is answered
MAX_WAIT_S = 0.5  # of rest, however many ask


class ForegroundGate:
    """Knows whether somebody has just asked. Clips and polls rest meanwhile, then work for as long as they rested."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._began = 0.0
        self._until = 0.0

    def mark_active(self) -> None:
        now = self._monotonic()
        if now >= self._until:
            if now < 2 * self._until - self._began:
                return
            self._began = now
        self._until = min(now + ACTIVE_FOR_S, self._began + MAX_WAIT_S)

    def remaining_s(self) -> float:
        """For so long whatever can wait should."""
        return max(0.0, self._until - self._monotonic())

    async def wait_idle(self) -> None:
        if left_s := self.remaining_s():
            await asyncio.sleep(left_s)

    def wait_idle_sync(self) -> None:
        if left_s := self.remaining_s():
            time.sleep(left_s)
