"""The rate of an account whose workers reach the database slowly, in virtual time."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass

import pytest

from bot.net.shared_rate_limit import SharedRateLimiter
from tests.faults.process_runs import run_in_virtual_time
from tests.store.test_pace import most_in_a_second

RATE = 100
POLLS_AT_ONCE = 50  # of each worker
SECONDS = 30.0


@dataclass(kw_only=True)
class Schedule:
    """The row of an account, in memory: the database's own clock doesn't know virtual time."""

    next_at: float = 0.0


@dataclass(kw_only=True)
class SlowPace:
    """A worker's way to the schedule. `takes_s`: how long a statement takes, there and back."""

    schedule: Schedule
    takes_s: float

    async def take_slots(
        self, account: str, interval_s: float, slots: int, *, within_s: float, spare_s: float = 0.0
    ) -> float | None:
        await asyncio.sleep(self.takes_s / 2)
        now = asyncio.get_running_loop().time()
        start = max(now, self.schedule.next_at)
        if start <= now + within_s:
            self.schedule.next_at = start + slots * interval_s + spare_s
        await asyncio.sleep(self.takes_s / 2)
        return start - now if start <= now + within_s else None


def run(work: Callable[[], Coroutine[object, object, None]]) -> None:
    run_in_virtual_time(work)


async def poll(paces: Sequence[SlowPace], seconds: float) -> list[list[float]]:
    """Let a worker for each pace poll all the time. Return when each worker's polls started."""
    found: list[list[float]] = [[] for _ in paces]

    async def polls(limiter: SharedRateLimiter, starts: list[float]) -> None:
        while True:
            await limiter.acquire()
            starts.append(asyncio.get_running_loop().time())

    limiters = [SharedRateLimiter("one", RATE, pace, workers=len(paces)) for pace in paces]
    tasks = [
        asyncio.create_task(polls(limiter, starts))
        for limiter, starts in zip(limiters, found, strict=True)
        for _ in range(POLLS_AT_ONCE)
    ]
    await asyncio.sleep(seconds)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return found


@pytest.mark.parametrize(("takes_s", "least"), [(0.01, 80), (0.08, 80), (0.1, 25), (0.5, 10), (2.0, 1)])
def test_a_slow_database_slows_polls_down_and_stops_none(takes_s: float, least: int) -> None:
    async def work() -> None:
        schedule = Schedule()
        starts = await poll([SlowPace(schedule=schedule, takes_s=takes_s) for _ in range(2)], SECONDS)
        assert min(map(len, starts)) > 0
        assert sum(map(len, starts)) / SECONDS >= least

    run(work)


@pytest.mark.parametrize("slow_s", [0.1, 0.3, 1.0])
def test_a_slow_worker_beside_fast_ones_passes_the_rate_in_no_second(slow_s: float) -> None:
    async def work() -> None:
        schedule = Schedule()
        paces = [SlowPace(schedule=schedule, takes_s=takes_s) for takes_s in (slow_s, 0.01, 0.02)]
        starts = await poll(paces, SECONDS)
        assert all(starts)
        assert most_in_a_second(sorted(at for each in starts for at in each)) <= RATE

    run(work)


def test_polls_are_as_fast_as_before_once_the_database_is() -> None:
    async def work() -> None:
        pace = SlowPace(schedule=Schedule(), takes_s=1.0)
        watched = asyncio.create_task(poll([pace], 2 * SECONDS))
        await asyncio.sleep(SECONDS)
        pace.takes_s = 0.01
        (starts,) = await watched
        since = starts[0] + SECONDS + 5.0
        late = [at for at in starts if at > since]
        assert len(late) / (starts[-1] - since) > 0.8 * RATE

    run(work)


def test_a_paid_request_is_sent_however_often_its_slot_is_missed() -> None:
    async def work() -> None:
        limiter = SharedRateLimiter("one", RATE, SlowPace(schedule=Schedule(), takes_s=4.0), workers=2)
        assert await limiter.acquire_priority()

    run(work)
