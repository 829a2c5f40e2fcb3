"""The daily sums that /usage reads: always equal to the ledger joined with its jobs."""

import random
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from bot.jobs.job import Job
from bot.store.budgets import SPENT
from bot.store.migrations import schema_files
from tests.limits.service_harness import NOON, ServiceHarness, open_service_harness
from tests.stores import on_postgres

KEPT = (
    "SELECT day, user_id, model, account, videos, micros, guild_id, real_micros FROM day_model_use"
    " ORDER BY guild_id, day, user_id, model, account"
)
COSTS = (None, 0, 40_000, 100_000, 250_000)


async def sums(harness: ServiceHarness) -> tuple[list[tuple[object, ...]], list[tuple[object, ...]]]:
    """Return the maintained sums, and those of the ledger without what was released."""
    kept = [tuple(row) for row in await harness.database.run(KEPT)]
    ledger = [tuple(row) for row in await harness.database.run(SPENT, (0.0, 0.0))]
    return kept, [row for row in ledger if row[4] or row[5]]


async def change_at_random(
    harness: ServiceHarness, rng: random.Random, steps: int, costs: Sequence[int | None] = COSTS
) -> None:
    """Create, finish, rename and erase jobs. Providers report one of these costs."""
    open_jobs: list[Job] = []
    for _ in range(steps):
        harness.clock.current += rng.choice((0, 600, 40_000))
        roll = rng.random()
        if open_jobs and roll < 0.4:
            job = open_jobs.pop(rng.randrange(len(open_jobs)))
            cost = rng.choice(costs)
            await harness.finish_job(job, money=rng.choice(("capture", "release", "hold")), cost_micros=cost)
        elif roll < 0.5:
            change = rng.choice(("model = 'other'", "account = 'second'", "user_id = 0", "user_id = 0, model = 'm'"))
            await harness.database.run(
                f"UPDATE job SET {change} WHERE id IN (SELECT id FROM job ORDER BY id LIMIT 1 OFFSET ?)",  # noqa: S608
                (rng.randrange(5),),
            )
        else:
            open_jobs.append(await harness.create_job(rng.randrange(1, 4), rng.randrange(1, 4)))


@pytest.mark.parametrize("seed", range(5))
async def test_the_daily_sums_always_equal_the_ledger(tmp_path: Path, seed: int) -> None:
    async with open_service_harness(tmp_path) as harness:
        await change_at_random(harness, random.Random(seed), 120)  # noqa: S311
        kept, ledger = await sums(harness)
        assert kept == ledger
        assert len(kept) > 5
        assert any(row[7] for row in kept)
        since = NOON + 2 * 86_400
        for user_id in (None, 1):
            rows = await harness.repositories.usage.by_day(1, since, user_id=user_id)
            expected = [
                row
                for row in ledger
                if row[6] == 1 and row[0] >= since // 86_400 and user_id in (None, row[1])  # type: ignore[operator]
            ]
            assert [row[1:] for row in rows] == [(*row[1:6], row[7]) for row in expected]


async def test_the_daily_sums_are_filled_when_an_older_database_is_upgraded(tmp_path: Path) -> None:
    async with open_service_harness(tmp_path) as harness:
        await change_at_random(harness, random.Random(9), 80, (None,))  # noqa: S311
        before, ledger = await sums(harness)
        assert before == ledger
        await harness.database.run("DELETE FROM day_model_use")
        step = next(sql for version, sql in schema_files() if version == 6)
        backfill = step.split("INSERT INTO day_model_use")[1]
        await harness.database.run("INSERT INTO day_model_use" + backfill.partition(";")[0])
        assert (await sums(harness))[0] == before


async def test_a_released_video_leaves_no_sum_and_an_erased_member_none_either(tmp_path: Path) -> None:
    async with open_service_harness(tmp_path) as harness:
        await harness.finish_job(await harness.create_job(3), money="release")
        assert (await sums(harness))[0] == []
        job = await harness.create_job(3)
        await harness.finish_job(job, money="capture")
        await harness.database.run("UPDATE job SET user_id = 0")
        assert [row[1] for row in (await sums(harness))[0]] == [0]
    if on_postgres():
        return  # its plan depends on the number of rows
    with closing(sqlite3.connect(tmp_path / "retake.sqlite3")) as connection:
        plan = connection.execute(
            "EXPLAIN QUERY PLAN SELECT * FROM day_model_use WHERE guild_id = 1 AND day >= 1 ORDER BY day, user_id"
        ).fetchall()
    assert [row[3].split()[0] for row in plan] == ["SEARCH"]
