"""The leases of a worker beside others: renewed together, refused to a worker that lost a job, and handed on."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.jobs.job import Job, State
from bot.store.database import Database
from bot.store.jobs import SqlJobStore
from bot.store.postgres import PgDatabase
from bot.worker.leases import LEASE_S, RENEW_EVERY_S, STOP_AFTER_S, Leases
from bot.worker.poll_queue import PollQueue
from tests.store.conformance import insert_job, transition_through
from tests.store.factories import NOW
from tests.stores import new_url

PAID_LEASE_S = 120.0


class ManualClock:
    """Both clocks of a worker. Nothing waits for it."""

    def __init__(self) -> None:
        self.passed_s = 0.0

    def now(self) -> float:
        return NOW + self.passed_s

    def monotonic(self) -> float:
        return self.passed_s

    async def sleep(self, seconds: float) -> None:
        self.passed_s += seconds


@pytest.fixture(params=["sqlite", "postgres"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[SqlJobStore]:
    on_postgres = request.param == "postgres"
    database = await (PgDatabase.open(new_url()) if on_postgres else Database.open(tmp_path / "retake.sqlite3"))
    yield SqlJobStore(database)
    await database.close()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def polls() -> PollQueue:
    return PollQueue()


@pytest.fixture
def leases(store: SqlJobStore, clock: ManualClock, polls: PollQueue) -> Leases:
    return Leases(store, clock, polls)


async def claim(store: SqlJobStore, count: int = 1, at: float = NOW) -> list[Job]:
    for _ in range(count):
        await insert_job(store, due_at=at)
    claimed = await store.claim(at, count, LEASE_S)
    assert len(claimed) == count
    return claimed


async def row(store: SqlJobStore, job: Job) -> Job:
    found = await store.job(job.id)
    assert found is not None
    return found


async def test_all_jobs_in_hand_are_renewed_and_are_due_when_their_leases_end(
    store: SqlJobStore, clock: ManualClock, polls: PollQueue, leases: Leases
) -> None:
    running, polled, left = await claim(store, 3)
    polls.add(polled, 0.0)
    clock.passed_s = RENEW_EVERY_S
    with leases.holding(running):
        await leases.renew()
    until = NOW + RENEW_EVERY_S + LEASE_S
    for job in (running, polled):
        found = await row(store, job)
        assert (found.lease_until, found.due_at, found.fence) == (until, until, job.fence)
    assert await row(store, left) == left
    assert [job.id for job in await store.claim(NOW + LEASE_S, 9, LEASE_S)] == [left.id]


async def test_the_lease_of_a_paid_request_is_never_shortened(
    store: SqlJobStore, clock: ManualClock, leases: Leases
) -> None:
    (job,) = await claim(store)
    until = NOW + PAID_LEASE_S
    job = await transition_through(store, job, State.ACCEPTED)
    job = await transition_through(store, job, State.SUBMITTING, lease_until=until, due_at=until)
    with leases.holding(job):
        await leases.renew()
        assert await row(store, job) == job
        clock.passed_s = PAID_LEASE_S - RENEW_EVERY_S
        await leases.renew()
    assert (await row(store, job)).lease_until == clock.now() + LEASE_S


async def test_a_job_that_another_worker_has_is_neither_renewed_nor_polled_nor_acted_for(
    store: SqlJobStore, clock: ManualClock, polls: PollQueue, leases: Leases
) -> None:
    (job,) = await claim(store)
    polls.add(job, 0.0)
    clock.passed_s = LEASE_S
    (taken,) = await store.claim(clock.now(), 1, LEASE_S)
    await leases.renew()
    assert await row(store, job) == taken
    assert job.id not in polls
    assert not leases.allows(job)
    assert leases.allows(taken)


async def test_a_job_that_its_step_has_put_down_is_not_leased_again(store: SqlJobStore, leases: Leases) -> None:
    (job,) = await claim(store)
    with leases.holding(job):
        put_down = await store.update(job, due_at=NOW + 3.0, lease_until=None)
        await leases.renew()
    assert await row(store, job) == put_down


async def test_without_a_renewal_for_half_a_minute_nothing_is_paid_or_posted_until_there_is_one(
    store: SqlJobStore, clock: ManualClock, leases: Leases
) -> None:
    (job,) = await claim(store)
    with leases.holding(job):
        clock.passed_s = STOP_AFTER_S
        assert leases.allows(job)
        clock.passed_s += 0.1
        assert not leases.allows(job)
        await leases.renew()
        assert leases.allows(job)


async def test_a_lease_that_has_ended_allows_nothing(store: SqlJobStore, clock: ManualClock, leases: Leases) -> None:
    """However recent the renewal of the other jobs is."""
    (job,) = await claim(store)
    clock.passed_s = LEASE_S
    await leases.renew()
    assert not leases.allows(job)


async def test_a_stop_hands_all_jobs_on_except_those_whose_request_may_be_on_its_way(
    store: SqlJobStore, polls: PollQueue, leases: Leases
) -> None:
    polled, cut_off, paying = await claim(store, 3)
    polls.add(polled, 0.0)
    leases.keep_all()
    paying = await transition_through(store, paying, State.ACCEPTED, State.SUBMITTING)
    for job in (cut_off, paying):
        with leases.holding(job):
            pass
    await leases.hand_on()
    assert {job.id for job in await store.claim(NOW, 9, LEASE_S)} == {polled.id, cut_off.id}
    assert await row(store, paying) == paying
