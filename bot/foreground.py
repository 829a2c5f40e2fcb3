"""People before files: for a moment after somebody has asked for something, whatever can wait does."""

import asyncio
import time
from collections.abc import Callable

MOMENT_S = 0.15  # in which whoever has asked is answered
LONGEST_S = 0.5  # of rest, however many ask


class Courtesy:
    """Knows whether somebody has just asked. Clips and polls rest meanwhile, then work for as long as they rested."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._began = 0.0
        self._until = 0.0

    def someone_asks(self) -> None:
        now = self._monotonic()
        if now >= self._until:
            if now < 2 * self._until - self._began:
                return
            self._began = now
        self._until = min(now + MOMENT_S, self._began + LONGEST_S)

    def left_s(self) -> float:
        """For so long whatever can wait should."""
        return max(0.0, self._until - self._monotonic())

    async def rest(self) -> None:
        if left_s := self.left_s():
            await asyncio.sleep(left_s)

    def rest_in_thread(self) -> None:
        if left_s := self.left_s():
            time.sleep(left_s)
