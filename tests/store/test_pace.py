"""The rate of an account that several workers use: one schedule in the database for all of them."""

import asyncio
from bisect import bisect_left
from collections.abc import AsyncIterator, Sequence
from itertools import pairwise

import pytest

from bot.net.shared_rate_limit import SharedRateLimiter
from bot.ports.provider import MAX_PRIORITY_WAIT_S
from bot.store.pace import SqlPace
from bot.store.postgres import PgDatabase
from tests.faults.process_runs import run_in_virtual_time
from tests.store.postgres_racer import RATE
from tests.store.test_postgres_races import LOCKED, race
from tests.stores import new_url

WORKERS, REQUESTS = 5, 40  # requests of each worker
WITHIN_S = 60.0
POLLS = 300


@pytest.fixture
def url() -> str:
    return new_url()


@pytest.fixture
async def database(url: str) -> AsyncIterator[PgDatabase]:
    database = await PgDatabase.open(url)
    yield database
    await database.close()


@LOCKED
async def test_five_processes_keep_to_the_rate_of_an_account(database: PgDatabase, url: str, locks: str) -> None:
    starts = sorted(map(float, await race(url, "pace", WORKERS, REQUESTS, locks)))
    assert len(starts) == WORKERS * REQUESTS
    if locks == "locked":
        assert most_in_a_second(starts) <= RATE + 1  # one for the time from a slot to the note of it
    else:
        assert most_in_a_second(starts) > RATE + 1


def most_in_a_second(starts: Sequence[float]) -> int:
    """Return how many of the times, which are in order, lie within any second at most."""
    return max(bisect_left(starts, start + 1.0) - place for place, start in enumerate(starts))


async def test_a_paid_request_of_a_slow_account_passes_no_poll_that_has_its_slot(database: PgDatabase) -> None:
    """Of one that allows a request a second, which four workers poll."""
    limiters = [SharedRateLimiter("slow", 1.0, SqlPace(database), workers=WORKERS) for _ in range(4)]
    starts: list[float] = []
    has_polled = asyncio.Event()

    async def poll(limiter: SharedRateLimiter) -> None:
        while True:
            await limiter.acquire()
            starts.append(asyncio.get_running_loop().time())
            has_polled.set()

    async def pay(limiter: SharedRateLimiter) -> None:
        assert await limiter.acquire_priority()
        starts.append(asyncio.get_running_loop().time())

    async with asyncio.timeout(WITHIN_S):
        polling = [asyncio.create_task(poll(limiter)) for limiter in limiters for _ in range(3)]
        await has_polled.wait()
        await asyncio.gather(*map(pay, limiters))
        for task in polling:
            task.cancel()
        await asyncio.gather(*polling, return_exceptions=True)
    assert min(later - earlier for earlier, later in pairwise(starts)) > 0.9  # slots are 1.1 s apart, and used late


async def test_slots_follow_each_other_and_a_new_account_starts_at_once(database: PgDatabase) -> None:
    pace = SqlPace(database)
    assert await pace.take_slots("one", 20.0, 2, within_s=0.0) == 0.0
    waits = [await take(pace, "one", 20.0) for _ in range(2)]
    assert 30.0 < waits[0] <= 40.0
    assert round(waits[1] - waits[0], -1) == 20.0
    assert await pace.take_slots("two", 20.0, 1, within_s=0.0) == 0.0


async def test_no_slot_is_taken_that_is_further_ahead_than_asked_for(database: PgDatabase) -> None:
    pace = SqlPace(database)
    await take(pace, "one", 100.0)
    assert await pace.take_slots("one", 100.0, 1, within_s=10.0) is None
    assert 90.0 < await take(pace, "one", 100.0) <= 100.0


async def test_after_a_slot_that_may_be_used_late_none_follows_as_long(database: PgDatabase) -> None:
    pace = SqlPace(database)
    assert await pace.take_slots("one", 100.0, 1, within_s=0.0, spare_s=50.0) == 0.0
    assert 140.0 < await take(pace, "one", 100.0) <= 150.0


async def test_a_schedule_from_before_the_clock_was_set_back_is_forgotten(database: PgDatabase) -> None:
    pace = SqlPace(database)
    await take(pace, "one", 0.1)
    await database.run("UPDATE pace SET next_at = next_at + 7200.0")
    assert await take(pace, "one", 0.1) == 0.0
    assert await take(pace, "one", 0.1) < 1.0


async def take(pace: SqlPace, account: str, interval_s: float) -> float:
    """Take one slot, however far ahead it is. Return the seconds until then."""
    wait_s = await pace.take_slots(account, interval_s, 1, within_s=1e6)
    assert wait_s is not None
    return wait_s


async def test_requests_without_the_database(database: PgDatabase) -> None:
    """Polls go on, and a paid request isn't sent."""
    limiter = SharedRateLimiter("one", 1000.0, SqlPace(database), workers=2)
    await database.run("ALTER TABLE pace RENAME TO elsewhere")
    async with asyncio.timeout(MAX_PRIORITY_WAIT_S):
        await asyncio.gather(*(limiter.acquire() for _ in range(20)))
        assert await limiter.acquire_priority() is False
    await database.run("ALTER TABLE elsewhere RENAME TO pace")
    assert await limiter.acquire_priority() is True


class CountingPace(SqlPace):
    """Counts what polls ask of the database."""

    asked = 0

    async def take_slots(
        self, account: str, interval_s: float, slots: int, *, within_s: float, spare_s: float = 0.0
    ) -> float | None:
        self.asked += 1
        return await super().take_slots(account, interval_s, slots, within_s=within_s, spare_s=spare_s)


async def test_polls_that_wait_share_a_request_to_the_database(database: PgDatabase) -> None:
    pace = CountingPace(database)
    limiter = SharedRateLimiter("one", RATE, pace, workers=2)
    await asyncio.gather(*(limiter.acquire() for _ in range(40)))
    assert pace.asked <= 20  # 5 on a machine where no slot is missed


def test_polls_share_a_request_to_the_database_where_the_rate_is_far_above_them() -> None:
    """A hundred polls a second, which never wait: in virtual time, where no slot is late."""

    async def run() -> None:
        database = await PgDatabase.open(new_url(), inline=True)
        pace = CountingPace(database)
        limiter = SharedRateLimiter("one", 10_000.0, pace, workers=4)
        for _ in range(POLLS):
            await limiter.acquire()
            await asyncio.sleep(0.01)
        await database.close()
        assert pace.asked < 0.3 * POLLS

    run_in_virtual_time(run)
