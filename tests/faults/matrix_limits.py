"""The cells of rows A and C about limits and budgets. Source: reference/reliability.md 5."""

import asyncio

import pytest

from bot.jobs.job import Job
from bot.jobs.limits import Caps, day_of, day_resets
from bot.jobs.rejections import BudgetSpent, LimitReached
from bot.store.jobs import SqlJobStore
from tests.faults.process_runs import open_environment, run_in_virtual_time
from tests.store.factories import NOW, make_job


def run_with_store(steps: object) -> None:
    async def run() -> None:
        async with open_environment() as environment:
            await steps(environment.store())  # type: ignore[operator]

    run_in_virtual_time(run)


async def count_jobs(store: SqlJobStore) -> int:
    (row,) = await store.database.run("SELECT count(*) FROM job")
    return int(row[0])


def a_request_over_the_limit_is_rejected_and_not_stored() -> None:
    async def steps(store: SqlJobStore) -> None:
        caps = Caps(member_videos=1)
        assert await store.insert(make_job(), caps) is not None
        with pytest.raises(LimitReached) as error:
            await store.insert(make_job(), caps)
        assert error.value.sentence()
        assert await count_jobs(store) == 1

    run_with_store(steps)


def a_request_over_the_budget_is_rejected() -> None:
    async def steps(store: SqlJobStore) -> None:
        caps = Caps(server_day_micros=100_000)
        await store.insert(make_job(), caps)
        with pytest.raises(BudgetSpent):
            await store.insert(make_job(), caps)
        assert await count_jobs(store) == 1

    run_with_store(steps)


def a_day_starts_and_ends_at_midnight_utc() -> None:
    midnight = float(day_resets(NOW))

    async def steps(store: SqlJobStore) -> None:
        caps = Caps(member_videos=1)
        await store.insert(make_job(created_at=midnight - 0.001), caps)
        with pytest.raises(LimitReached):
            await store.insert(make_job(created_at=midnight - 0.0005), caps)
        assert await store.insert(make_job(created_at=midnight), caps) is not None

    assert day_of(midnight) == day_of(midnight - 0.001) + 1
    run_with_store(steps)


def fifty_concurrent_requests_stop_at_the_budget() -> None:
    async def steps(store: SqlJobStore) -> None:
        async def order(job: Job) -> bool:
            try:
                return await store.insert(job, Caps(server_day_micros=1_000_000)) is not None
            except BudgetSpent:
                return False

        taken = await asyncio.gather(*(order(make_job(user_id=user)) for user in range(50)))
        assert sum(taken) == 10

    run_with_store(steps)


CELLS = {
    "A-RL": a_request_over_the_limit_is_rejected_and_not_stored,
    "C-PX": a_request_over_the_budget_is_rejected,
    "C-CK": a_day_starts_and_ends_at_midnight_utc,
    "C-ZO": fifty_concurrent_requests_stop_at_the_budget,
}
