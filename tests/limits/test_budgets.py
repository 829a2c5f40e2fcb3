"""Budgets: checked and reserved in one transaction, and always equal to the ledger."""

import asyncio
import random
from pathlib import Path

import pytest

from bot.jobs.cost import cost_of
from bot.jobs.errors import BadWish
from bot.jobs.job import Job, Kind, RequestOrigin, State
from bot.jobs.limits import HostBudget
from bot.jobs.rejections import BudgetSpent, HostBudgetSpent, LimitReached, ServerLimitReached
from bot.ordering.quote import Request
from bot.store.migrations import schema_files
from tests.limits.service_harness import NOON, PRICE, ServiceHarness, open_service_harness
from tests.service_factory import create


async def create_concurrently(
    harness: ServiceHarness, count: int, members: int = 20, guilds: int = 1
) -> tuple[int, list[BadWish]]:
    """Create jobs concurrently. Return how many were accepted, and the errors of the others."""
    asked = (harness.create_job(1 + n % members, 1 + n % guilds) for n in range(count))
    results = await asyncio.gather(*asked, return_exceptions=True)
    refused = [result for result in results if isinstance(result, BadWish)]
    strange = [result for result in results if isinstance(result, BaseException) and not isinstance(result, BadWish)]
    assert strange == []
    return count - len(refused), refused


@pytest.mark.parametrize(
    ("rules", "host"),
    [
        ({"budget_day_micros": 730_000}, None),
        ({"budget_month_micros": 730_000}, None),
        ({}, HostBudget(day_micros=730_000)),
        ({}, HostBudget(month_micros=730_000)),
    ],
    ids=["server's day", "server's month", "host's day", "host's month"],
)
async def test_200_concurrent_commands_never_overspend_a_budget(
    tmp_path: Path, rules: dict[str, int], host: HostBudget | None
) -> None:
    async with open_service_harness(tmp_path, host=host) as harness:
        guilds = 3 if host is not None else 1
        await harness.set_server_settings(1, **rules)
        taken, refused = await create_concurrently(harness, 200, guilds=guilds)
        assert (taken, len(refused)) == (7, 193)
        assert all(isinstance(error, BudgetSpent) for error in refused)
        assert await harness.ledger_total() == 7 * PRICE <= 730_000
        rows = await harness.database.run("SELECT count(*) FROM job")
        assert rows[0][0] == 7  # rejected requests leave no rows


async def test_200_concurrent_commands_of_one_member_stop_at_the_members_limit(tmp_path: Path) -> None:
    async with open_service_harness(tmp_path) as harness:
        await harness.set_server_settings(1, videos_per_member=5, videos_per_server=12)
        taken, refused = await create_concurrently(harness, 200, members=1)
        assert taken == 5
        assert {type(error) for error in refused} == {LimitReached}
        taken, refused = await create_concurrently(harness, 50, members=20)
        assert taken == 7
        assert ServerLimitReached in {type(error) for error in refused}


async def test_released_money_can_be_spent_again_and_held_money_cannot(tmp_path: Path) -> None:
    async with open_service_harness(tmp_path) as harness:
        await harness.set_server_settings(1, budget_day_micros=2 * PRICE)
        first, second = await harness.create_job(), await harness.create_job()
        with pytest.raises(BudgetSpent):
            await harness.create_job()
        await harness.finish_job(first, money="hold")
        with pytest.raises(BudgetSpent):
            await harness.create_job()
        await harness.finish_job(second, money="release")
        third = await harness.create_job()
        await harness.finish_job(third, money="capture")
        with pytest.raises(BudgetSpent):
            await harness.create_job()


async def test_a_new_day_and_a_new_month_begin_at_midnight_utc(tmp_path: Path) -> None:
    async with open_service_harness(tmp_path) as harness:
        await harness.set_server_settings(1, budget_day_micros=PRICE, budget_month_micros=2 * PRICE)
        harness.clock.current = NOON + 12 * 3600 - 0.001
        await harness.create_job()
        with pytest.raises(BudgetSpent):
            await harness.create_job()
        harness.clock.current = NOON + 12 * 3600
        await harness.create_job()
        harness.clock.current += 86_400
        with pytest.raises(BudgetSpent, match="MonthSpent"):
            await harness.create_job()
        harness.clock.current = NOON + 9.5 * 86_400  # December 1
        await harness.create_job()


async def test_a_server_budget_is_separate_and_the_host_budget_is_shared(tmp_path: Path) -> None:
    async with open_service_harness(tmp_path, host=HostBudget(day_micros=3 * PRICE)) as harness:
        await harness.set_server_settings(1, budget_day_micros=PRICE)
        await harness.create_job(guild_id=1)
        await harness.create_job(guild_id=2)
        await harness.create_job(guild_id=3)
        with pytest.raises(HostBudgetSpent):
            await harness.create_job(guild_id=4)


async def test_a_role_can_have_its_own_limit(tmp_path: Path) -> None:
    async with open_service_harness(tmp_path) as harness:
        await harness.set_server_settings(1, videos_per_member=1, videos_per_role=((77, 2),))
        await harness.create_job(roles=(77,))
        await harness.create_job(roles=(77,))
        with pytest.raises(LimitReached):
            await harness.create_job(roles=(77,))
        await harness.create_job(user_id=2)
        with pytest.raises(LimitReached):
            await harness.create_job(user_id=2)


@pytest.mark.parametrize("seed", range(5))
async def test_the_counters_always_equal_the_ledger(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311
    async with open_service_harness(tmp_path) as harness:
        open_jobs: list[Job] = []
        for _ in range(120):
            harness.clock.current += rng.choice((0, 600, 40_000))
            if open_jobs and rng.random() < 0.45:
                job = open_jobs.pop(rng.randrange(len(open_jobs)))
                cost = rng.choice((None, 0, 40_000, 100_000, 250_000))
                await harness.finish_job(job, money=rng.choice(("capture", "release", "hold")), cost_micros=cost)
            else:
                open_jobs.append(await harness.create_job(rng.randrange(1, 4), rng.randrange(1, 4)))
        ledger = await harness.database.run(
            "SELECT CAST(/* pg: floor( */ created_at / 86400 /* pg: ) */ AS INTEGER), guild_id, user_id,"
            " sum(CASE 'free' WHEN debit THEN micros WHEN credit THEN -micros ELSE 0 END),"
            " sum(CASE ledger.kind WHEN 'reserve' THEN 1 WHEN 'release' THEN -1 ELSE 0 END)"
            " FROM ledger JOIN job ON job.id = job_id GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
        )
        counted = await harness.database.run(
            "SELECT day, guild_id, user_id, micros, videos FROM day_use ORDER BY day, guild_id, user_id"
        )
        assert [tuple(row) for row in counted] == [tuple(row) for row in ledger]


async def test_counters_are_filled_when_an_older_database_is_upgraded(tmp_path: Path) -> None:
    async with open_service_harness(tmp_path) as harness:
        job = await harness.create_job()
        await harness.finish_job(await harness.create_job(user_id=2), money="release")
        before = [tuple(row) for row in await harness.database.run("SELECT * FROM day_use ORDER BY user_id")]
        await harness.database.run("DELETE FROM day_use")
        backfill = next(sql for version, sql in schema_files() if version == 3).split("INSERT INTO day_use")[2]
        await harness.database.run("INSERT INTO day_use" + backfill.partition(";")[0])
        assert [tuple(row) for row in await harness.database.run("SELECT * FROM day_use ORDER BY user_id")] == before
        assert (await harness.repositories.usage.totals(1, job.user_id, NOON)).server_day_micros == PRICE


async def test_a_duplicate_event_creates_no_job_even_if_the_budget_is_spent(tmp_path: Path) -> None:
    async with open_service_harness(tmp_path) as harness:
        await harness.set_server_settings(1, budget_day_micros=PRICE)
        job = await harness.create_job()
        asked = RequestOrigin(user_id=1, guild_id=1, channel_id=5, interaction_id=job.interaction_id)
        assert await create(harness.job_service, asked, Request(kind=Kind.GENERATE, prompt="a paper boat")) is None


async def create_held_job(harness: ServiceHarness) -> Job:
    """Create a job whose paid request had no response: its money is held until the requester decides."""
    job = await harness.create_job()
    await harness.finish_job(job, money="hold")
    held = await harness.store.take_over(job.id, (State.NEEDS_PERSON,), harness.clock.now(), 1.0)
    assert held is not None
    noted = await harness.store.update(held, trouble="OutcomeUnknown", lease_until=None)
    assert noted is not None
    return noted


async def test_a_resent_request_is_booked_a_second_time_and_counts_as_one_video(tmp_path: Path) -> None:
    async with open_service_harness(tmp_path) as harness:
        await harness.set_server_settings(1, budget_day_micros=2 * PRICE, videos_per_member=1)
        job = await create_held_job(harness)
        again = await harness.resend(job)
        assert again is not None
        assert await harness.resend(job) is None  # a second press
        used = await harness.repositories.usage.totals(1, job.user_id, NOON)
        assert (used.server_day_micros, used.member_videos) == (2 * PRICE, 1)
        assert await harness.ledger_total() == 2 * PRICE
        await harness.finish_job(again, money="capture")
        (spent,) = await harness.repositories.usage.by_day(1, NOON - 1)
        assert (spent.micros, spent.videos) == (2 * PRICE, 1)


async def test_a_resent_request_has_a_real_cost_of_its_own(tmp_path: Path) -> None:
    async with open_service_harness(tmp_path) as harness:
        again = await harness.resend(await create_held_job(harness))
        assert again is not None
        await harness.finish_job(again, money="capture", cost_micros=70_000)
        done = await harness.store.job(again.id)
        assert done is not None
        assert cost_of(done).counted_micros == await harness.ledger_total() == PRICE + 70_000
        (spent,) = await harness.repositories.usage.by_day(1, NOON - 1)
        assert (spent.micros, spent.real_micros, spent.videos) == (PRICE + 70_000, 70_000, 1)


async def test_a_real_cost_makes_room_in_the_budget_or_takes_it(tmp_path: Path) -> None:
    async with open_service_harness(tmp_path) as harness:
        await harness.set_server_settings(1, budget_day_micros=2 * PRICE)
        await harness.finish_job(await harness.create_job(), money="capture", cost_micros=0)
        await harness.create_job()
        dear = await harness.create_job()
        await harness.finish_job(dear, money="capture", cost_micros=3 * PRICE)
        with pytest.raises(BudgetSpent):
            await harness.create_job()
        used = await harness.repositories.usage.totals(1, 1, NOON)
        assert (used.server_day_micros, used.server_videos) == (4 * PRICE, 3)


async def test_a_restored_job_that_is_resent_keeps_the_cost_of_its_first_request(tmp_path: Path) -> None:
    async with open_service_harness(tmp_path) as harness:
        job = await harness.create_job()
        for state in (State.SUBMITTING, State.POLLING):
            moved = await harness.store.transition(job, state, now=NOON, why="test")
            assert moved is not None
            job = moved
        rendered = await harness.store.transition(
            job, State.DOWNLOADING, now=NOON, why="test", money="capture", cost_micros=30_000
        )
        assert rendered is not None
        held = await harness.store.transition(
            rendered, State.NEEDS_PERSON, now=NOON, why="test", money="hold", trouble="Restored", lease_until=None
        )
        assert held is not None
        again = await harness.resend(held)
        assert again is not None
        assert cost_of(again).counted_micros == await harness.ledger_total() == 30_000 + PRICE
        assert cost_of(again).estimated


async def test_a_request_over_the_budget_is_not_resent(tmp_path: Path) -> None:
    async with open_service_harness(tmp_path) as harness:
        await harness.set_server_settings(1, budget_day_micros=PRICE)
        job = await create_held_job(harness)
        with pytest.raises(BudgetSpent):
            await harness.resend(job)
        assert await harness.ledger_total() == PRICE
        await harness.set_server_settings(1, budget_day_micros=2 * PRICE)
        assert await harness.resend(job) is not None


async def test_a_rejected_resend_releases_its_own_money_only(tmp_path: Path) -> None:
    async with open_service_harness(tmp_path) as harness:
        job = await create_held_job(harness)
        again = await harness.resend(job)
        assert again is not None
        cancelled = await harness.job_service.cancel(again.id)
        assert cancelled is not None
        rows = await harness.database.run("SELECT part, kind FROM ledger ORDER BY rowid")
        assert [tuple(row) for row in rows] == [
            (1, "reserve"), (1, "hold"), (1, "capture"), (2, "reserve"), (2, "release"),
        ]  # fmt: skip
        assert await harness.ledger_total() == PRICE


async def test_a_resent_request_counts_toward_the_day_it_is_sent(tmp_path: Path) -> None:
    async with open_service_harness(tmp_path) as harness:
        await harness.set_server_settings(1, budget_day_micros=PRICE)
        first = await create_held_job(harness)
        harness.clock.current += 86_400
        second = await create_held_job(harness)
        harness.clock.current += 3 * 86_400
        assert await harness.resend(first) is not None  # nothing is spent today so far
        with pytest.raises(BudgetSpent) as refused:
            await harness.resend(second)
        assert float(refused.value.facts["resets"]) > harness.clock.current
        spent = await harness.repositories.usage.by_day(1, NOON - 1)
        assert [(entry.day.day, entry.micros, entry.videos) for entry in spent] == [
            (21, PRICE, 1), (22, PRICE, 1), (25, PRICE, 0),
        ]  # fmt: skip
        cancelled = await harness.job_service.cancel(first.id)
        assert cancelled is not None
        assert (await harness.repositories.usage.totals(1, 1, harness.clock.current)).server_day_micros == 0
