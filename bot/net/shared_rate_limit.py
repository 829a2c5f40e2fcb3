"""Rate limiter for an account that several workers use. The slots come from the database.

A paid request takes a slot of its own. Polls take slots for as many as wait, at most a fifth of a second's; there is no
request to the database without one to the provider.
"""

import asyncio
import logging
from collections import deque
from dataclasses import dataclass

from bot.net.rate_limit import RateLimiter
from bot.ports.pace import Pace
from bot.ports.provider import MAX_PRIORITY_WAIT_S

log = logging.getLogger("retake.jobs")

BATCHES_PER_S = 5
MAX_LATE_S = 0.15  # a slot that is reached later is dropped, or else a late process would catch up all at once
MAX_MISSED = 5  # in a row
RETRY_S = 5.0  # after the database wasn't reached


class SharedRateLimiter:
    """Keeps all processes together at the account's rate. Paid requests wait only for slots that are already taken.

    While the database isn't reached, polls go on at this worker's share, and paid requests aren't sent.
    """

    def __init__(self, account: str, requests_per_s: float, pace: Pace, workers: int) -> None:
        self._account = account
        self._interval_s = 1.0 / requests_per_s
        self._batch = max(1, int(requests_per_s / BATCHES_PER_S))
        self._pace = pace
        self._share = RateLimiter(requests_per_s / workers)
        self._slots: deque[_Slot] = deque()
        self._next_poll = asyncio.Lock()
        self._waiting_polls = 0
        self._ask_again_at = 0.0

    async def acquire(self) -> None:
        """Wait until a poll may start."""
        self._waiting_polls += 1
        try:
            async with self._next_poll:
                for _ in range(MAX_MISSED):
                    if await (await self._next_slot()).reach():
                        break
        finally:
            self._waiting_polls -= 1

    async def acquire_priority(self) -> bool:
        """Wait until a paid request may start. Return False at once if the wait would be too long, or is unknown."""
        until = _now() + MAX_PRIORITY_WAIT_S
        for _ in range(MAX_MISSED):
            try:
                asked_at = _now()
                wait_s = await self._pace.take_paid_slot(self._account, self._interval_s, until - asked_at)
                answered_at = _now()
            except Exception as error:  # noqa: BLE001
                # Kept alive: the job. Nothing was sent, and it is sent later.
                log.warning("no slot for a paid request", extra={"account": self._account, "why": type(error).__name__})
                return False
            if wait_s is None:
                return False
            if await _Slot(asked_at + wait_s, answered_at + wait_s).reach():
                break
        return True

    async def _next_slot(self) -> "_Slot":
        """Return when the next poll may start."""
        while self._slots:
            if not (slot := self._slots.popleft()).is_missed():
                return slot
        if _now() >= self._ask_again_at:
            try:
                self._slots.extend(await self._take(min(self._batch, self._waiting_polls)))
                return self._slots.popleft()
            except Exception as error:  # noqa: BLE001
                # Kept alive: the polls. Each worker keeps to its share meanwhile.
                log.info("polling without the database", extra={"account": self._account, "why": type(error).__name__})
                self._ask_again_at = _now() + RETRY_S
        await self._share.acquire()
        return _Slot(_now(), _now())

    async def _take(self, slots: int) -> "list[_Slot]":
        """Take slots for polls."""
        asked_at = _now()
        wait_s = await self._pace.take_slots(self._account, self._interval_s, slots)
        waits_s = [wait_s + each * self._interval_s for each in range(slots)]
        answered_at = _now()
        return [_Slot(asked_at + each_s, answered_at + each_s) for each_s in waits_s]


@dataclass(frozen=True, slots=True)
class _Slot:
    """When a request may start: between two times of the event loop's clock, since asking took a while."""

    earliest: float
    latest: float

    def is_missed(self) -> bool:
        return _now() > self.earliest + MAX_LATE_S

    async def reach(self) -> bool:
        """Wait for the slot. Return False if it is missed."""
        if (wait_s := self.latest - _now()) > 0:
            await asyncio.sleep(wait_s)
        return not self.is_missed()


def _now() -> float:
    return asyncio.get_running_loop().time()
