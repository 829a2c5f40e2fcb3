"""Rate limiter for an account that several workers use. The slots come from the database.

A paid request takes a slot of its own. Polls take slots for as many as wait, at most a fifth of a second's. While slots
are free at once, they also take those of the polls that will follow before the slots are too late.

In any second, no more requests start than the rate allows. A slot is used at most `MAX_LATE_S` late, so those that are
used in a second were planned in `1 + MAX_LATE_S` seconds, in which `SPACING` leaves no more slots than that. Where the
database or this process is slower than that, slots may be used later, and the schedule leaves as much time free behind
them: fewer polls start then, but they do.
"""

import asyncio
import logging
import random
from collections import deque
from dataclasses import dataclass

from bot.net.rate_limit import RateLimiter
from bot.ports.pace import Pace
from bot.ports.provider import MAX_PRIORITY_WAIT_S

log = logging.getLogger("retake.jobs")

BATCHES_PER_S = 5
MAX_LATE_S = 0.09  # a slot that is reached later is missed, unless it was taken to be used later
LONGEST_LATE_S = 6.0  # of such a slot
ON_TIME_S = 0.9 * MAX_LATE_S  # from then on, the next slots may be used later
AHEAD_S = 2 * MAX_LATE_S  # in which polls are expected: twice as long as a slot lasts, since they don't come evenly
SPACING = 1.1  # times the interval of the rate
POLLS_AHEAD_S, MOST_AHEAD_S = 1.0, 3.0  # polls take no slots further ahead, so that paid requests don't wait for long
PATIENCE_S = 0.5  # by which polls that have found no slot look further ahead, so that each worker gets some
RETRY_SLOT_S = 1.0  # after there was no slot for polls
MAX_MISSED = 5  # in a row; then a request starts without a slot
RETRY_S = 5.0  # after the database wasn't reached


class SharedRateLimiter:
    """Keeps all processes together at the account's rate. Paid requests wait only for slots that are already taken.

    While the database isn't reached, polls go on at this worker's share, and paid requests aren't sent.
    """

    def __init__(self, account: str, requests_per_s: float, pace: Pace, workers: int) -> None:
        self._account = account
        self._interval_s = SPACING / requests_per_s
        self._batch = max(1, int(requests_per_s / BATCHES_PER_S))
        self._pace = pace
        self._share = RateLimiter(requests_per_s / workers)
        self._slots: deque[_Slot] = deque()
        self._late_s = MAX_LATE_S  # how late the slots may be used that are taken now
        self._next_poll = asyncio.Lock()
        self._waiting_polls = 0
        self._last_second: deque[float] = deque()  # when polls started
        self._is_free = False  # whether the last slots could be used at once
        self._ask_again_at = 0.0

    async def acquire(self) -> None:
        """Wait until a poll may start."""
        self._waiting_polls += 1
        try:
            async with self._next_poll:
                await self._reach_next()
        finally:
            self._waiting_polls -= 1
        self._last_second.append(_now())

    async def acquire_priority(self) -> bool:
        """Wait until a paid request may start. Return False at once if the wait would be too long, or is unknown."""
        until = _now() + MAX_PRIORITY_WAIT_S
        for _ in range(MAX_MISSED):
            try:
                slots = await self._take(1, within_s=until - _now())
            except Exception as error:  # noqa: BLE001
                # Kept alive: the job. Nothing was sent, and it is sent later.
                log.warning("no slot for a paid request", extra={"account": self._account, "why": type(error).__name__})
                return False
            if not slots:
                return False
            if await self._reach(slots[0]):
                break
        return True

    async def _reach_next(self) -> None:
        """Wait for the slot of a poll, or at this worker's share for as long as the slots come too late."""
        for _ in range(MAX_MISSED):
            if (slot := await self._next_slot()) is None:
                break
            if await self._reach(slot):
                return
            self._slots.clear()  # they came by the same slow answer
        await self._share.acquire()

    async def _reach(self, slot: "_Slot") -> bool:
        """Wait for a slot. Return False if it is missed."""
        came_at = _now()
        if (wait_s := slot.latest - came_at) > 0:
            await asyncio.sleep(wait_s)
        overslept_s = _now() - max(came_at, slot.latest)
        delay_s = slot.latest - slot.earliest + overslept_s
        if delay_s < ON_TIME_S:
            self._late_s = MAX_LATE_S
        else:  # twice the delay, but growing slowly, since that may happen only once
            self._late_s = max(MAX_LATE_S, min(2 * delay_s, 2 * self._late_s, LONGEST_LATE_S))
        return not slot.is_missed()

    async def _next_slot(self) -> "_Slot | None":
        """Return when the next poll may start, or None if the database isn't reached."""
        while self._slots:
            if not (slot := self._slots.popleft()).is_missed():
                return slot
        if _now() < self._ask_again_at:
            return None
        try:
            self._slots.extend(await self._take_for_polls())
        except Exception as error:  # noqa: BLE001
            # Kept alive: the polls. Each worker keeps to its share meanwhile.
            log.info("polling without the database", extra={"account": self._account, "why": type(error).__name__})
            self._ask_again_at = _now() + RETRY_S
            return None
        return self._slots.popleft()

    async def _take_for_polls(self) -> "list[_Slot]":
        """Take slots for polls, as soon as some are near enough."""
        within_s = POLLS_AHEAD_S
        while True:
            slots = min(self._batch, self._waiting_polls + self._soon())
            if found := await self._take(slots, within_s=within_s):
                return found
            within_s = min(within_s + PATIENCE_S, MOST_AHEAD_S)
            # At different times, so that no worker is always the last to ask.
            await asyncio.sleep(max(RETRY_SLOT_S, self._interval_s) * random.uniform(0.5, 1.0))  # noqa: S311

    def _soon(self) -> int:
        """Return how many more polls are expected, judged by the last second; none while slots aren't free at once."""
        while self._last_second and self._last_second[0] < _now() - 1.0:
            self._last_second.popleft()
        return int(len(self._last_second) * AHEAD_S) if self._is_free else 0

    async def _take(self, slots: int, *, within_s: float) -> "list[_Slot]":
        """Take slots; none if they are too far ahead.

        If all of them may be used late, they may start at once, so nothing follows for as long as they take, either.
        """
        late_s = self._late_s
        spare_s = late_s - MAX_LATE_S + (slots - 1) * self._interval_s if late_s > MAX_LATE_S else 0.0
        asked_at = _now()
        wait_s = await self._pace.take_slots(self._account, self._interval_s, slots, within_s=within_s, spare_s=spare_s)
        answered_at = _now()
        if wait_s is None:
            return []
        self._is_free = wait_s < MAX_LATE_S
        waits_s = [wait_s + each * self._interval_s for each in range(slots)]
        return [_Slot(asked_at + each_s, answered_at + each_s, late_s) for each_s in waits_s]


@dataclass(frozen=True, slots=True)
class _Slot:
    """When a request may start: between two times of the event loop's clock, since asking took a while.

    `late_s`: how much later than planned it may start.
    """

    earliest: float
    latest: float
    late_s: float

    def is_missed(self) -> bool:
        return _now() > self.earliest + self.late_s


def _now() -> float:
    return asyncio.get_running_loop().time()
