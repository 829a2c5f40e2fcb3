"""The rate of an account that several workers use: one schedule in the database for all of them."""

import asyncio
from bisect import bisect_left
from collections.abc import AsyncIterator
from itertools import pairwise

import pytest

from bot.net.shared_rate_limit import SharedRateLimiter
from bot.ports.provider import MAX_PRIORITY_WAIT_S
from bot.store.pace import SqlPace
from bot.store.postgres import PgDatabase
from tests.store.postgres_racer import RATE
from tests.store.test_postgres_races import LOCKED, race
from tests.stores import new_url

WORKERS, REQUESTS = 5, 40  # requests of each worker


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
    most = max(bisect_left(starts, start + 1.0) - place for place, start in enumerate(starts))
    if locks == "locked":
        assert most <= RATE * 1.2
    else:
        assert most > RATE * 1.2


async def test_slots_follow_each_other_and_a_new_account_starts_at_once(database: PgDatabase) -> None:
    pace = SqlPace(database)
    assert await pace.take_slots("one", 100.0, 2) == 0.0
    waits = [await pace.take_slots("one", 100.0, 1) for _ in range(3)]
    assert 190.0 < waits[0] <= 200.0
    assert [round(later - earlier, -1) for earlier, later in pairwise(waits)] == [100.0, 100.0]
    assert await pace.take_slots("two", 100.0, 1) == 0.0


async def test_a_paid_request_waits_two_seconds_for_polls_and_else_for_paid_ones_only(database: PgDatabase) -> None:
    pace = SqlPace(database)
    await pace.take_slots("slow", 10.0, 30)
    waits = [await pace.take_paid_slot("slow", 10.0, 30.0) for _ in range(4)]
    assert [round(wait_s / 10.0) if wait_s is not None else None for wait_s in waits] == [0, 1, 2, None]
    assert 320.0 < await pace.take_slots("slow", 10.0, 1) <= 330.0  # polls stand back for three paid requests


async def test_a_schedule_from_before_the_clock_was_set_back_is_forgotten(database: PgDatabase) -> None:
    pace = SqlPace(database)
    await pace.take_slots("one", 0.1, 1)
    await database.run("UPDATE pace SET next_at = next_at + 7200.0, paid_at = paid_at + 7200.0")
    assert await pace.take_paid_slot("one", 0.1, 1.0) == 0.0
    assert await pace.take_slots("one", 0.1, 1) < 1.0


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

    async def take_slots(self, account: str, interval_s: float, slots: int) -> float:
        self.asked += 1
        return await super().take_slots(account, interval_s, slots)


async def test_polls_that_wait_share_a_request_to_the_database(database: PgDatabase) -> None:
    pace = CountingPace(database)
    limiter = SharedRateLimiter("one", RATE, pace, workers=2)
    await asyncio.gather(*(limiter.acquire() for _ in range(40)))
    assert pace.asked <= 20  # 5 on a machine where no slot is missed
