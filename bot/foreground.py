"""Pause background I/O briefly so that interactions are answered first."""

import asyncio
import time
from collections.abc import Callable

ACTIVE_FOR_S = 0.15  # time to answer an interaction
MAX_WAIT_S = 0.5  # longest pause, even under constant load


class ForegroundGate:
    """Tells background work when to pause. After a pause it may run for as long as it paused."""

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
        """Seconds that background work should still wait."""
        return max(0.0, self._until - self._monotonic())

    async def wait_idle(self) -> None:
        if left_s := self.remaining_s():
            await asyncio.sleep(left_s)

    def wait_idle_sync(self) -> None:
        if left_s := self.remaining_s():
            time.sleep(left_s)
