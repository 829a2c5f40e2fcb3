"""The cells of rows A and C that are about limits and budgets. Source: reference/reliability.md 5."""

import asyncio

import pytest

from bot.jobs.job import Job
from bot.jobs.limits import Caps, day_of, day_resets
from bot.jobs.rejections import BudgetSpent, LimitReached
from bot.store.jobs import SqlJobStore
from tests.faults.process_runs import open_ground, virtually
from tests.store.factories import NOW, a_job


def with_store(act: object) -> None:
    async def scene() -> None:
        async with open_ground() as ground:
            await act(ground.store())  # type: ignore[operator]

    virtually(scene)


async def rows(store: SqlJobStore) -> int:
    (row,) = await store.database.run("SELECT count(*) FROM job")
    return int(row[0])


def over_the_limit_is_a_sentence_and_no_row() -> None:
    async def act(store: SqlJobStore) -> None:
        caps = Caps(member_videos=1)
        assert await store.insert(a_job(), caps) is not None
        with pytest.raises(LimitReached) as error:
            await store.insert(a_job(), caps)
        assert error.value.sentence()
        assert await rows(store) == 1

    with_store(act)


def over_the_budget_is_refused() -> None:
    async def act(store: SqlJobStore) -> None:
        caps = Caps(server_day_micros=100_000)
        await store.insert(a_job(), caps)
        with pytest.raises(BudgetSpent):
            await store.insert(a_job(), caps)
        assert await rows(store) == 1

    with_store(act)


def a_day_is_utcs_on_both_sides() -> None:
    midnight = float(day_resets(NOW))

    async def act(store: SqlJobStore) -> None:
        caps = Caps(member_videos=1)
        await store.insert(a_job(created_at=midnight - 0.001), caps)
        with pytest.raises(LimitReached):
            await store.insert(a_job(created_at=midnight - 0.0005), caps)
        assert await store.insert(a_job(created_at=midnight), caps) is not None

    assert day_of(midnight) == day_of(midnight - 0.001) + 1
    with_store(act)


def fifty_at_once_stop_at_the_cap() -> None:
    async def act(store: SqlJobStore) -> None:
        async def order(job: Job) -> bool:
            try:
                return await store.insert(job, Caps(server_day_micros=1_000_000)) is not None
            except BudgetSpent:
                return False

        taken = await asyncio.gather(*(order(a_job(user_id=user)) for user in range(50)))
        assert sum(taken) == 10

    with_store(act)


CELLS = {
    "A-RL": over_the_limit_is_a_sentence_and_no_row,
    "C-PX": over_the_budget_is_refused,
    "C-CK": a_day_is_utcs_on_both_sides,
    "C-ZO": fifty_at_once_stop_at_the_cap,
}
