"""Budgets are hard: checked and reserved in one transaction, and always what the ledger says."""

import asyncio
import random
from pathlib import Path

import pytest

from bot.jobs.errors import BadWish
from bot.jobs.job import Job, Kind, RequestOrigin, State
from bot.jobs.limits import HostBudget
from bot.jobs.rejections import BudgetSpent, HostBudgetSpent, LimitReached, ServerLimitReached
from bot.ordering.quote import Request
from bot.store.database import schema_files
from tests.limits.service_harness import NOON, PRICE, Shop, open_shop
from tests.service_factory import create


async def at_once(shop: Shop, count: int, members: int = 20, guilds: int = 1) -> tuple[int, list[BadWish]]:
    """So many orders in the same moment: how many were taken, and what the others were told."""
    asked = (shop.order(1 + n % members, 1 + n % guilds) for n in range(count))
    results = await asyncio.gather(*asked, return_exceptions=True)
    refused = [each for each in results if isinstance(each, BadWish)]
    strange = [each for each in results if isinstance(each, BaseException) and not isinstance(each, BadWish)]
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
async def test_200_commands_at_the_edge_of_a_budget_never_overspend_by_a_cent(
    tmp_path: Path, rules: dict[str, int], host: HostBudget | None
) -> None:
    async with open_shop(tmp_path, host=host) as shop:
        guilds = 3 if host is not None else 1
        await shop.set(1, **rules)
        taken, refused = await at_once(shop, 200, guilds=guilds)
        assert (taken, len(refused)) == (7, 193)
        assert all(isinstance(each, BudgetSpent) for each in refused)
        assert await shop.in_ledger() == 7 * PRICE <= 730_000
        rows = await shop.database.run("SELECT count(*) FROM job")
        assert rows[0][0] == 7  # who was refused left nothing behind


async def test_200_commands_of_one_member_stop_at_the_members_limit(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        await shop.set(1, videos_per_member=5, videos_per_server=12)
        taken, refused = await at_once(shop, 200, members=1)
        assert taken == 5
        assert {type(each) for each in refused} == {LimitReached}
        taken, refused = await at_once(shop, 50, members=20)
        assert taken == 7
        assert ServerLimitReached in {type(each) for each in refused}


async def test_what_is_released_may_be_spent_again_and_what_is_held_may_not(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        await shop.set(1, budget_day_micros=2 * PRICE)
        first, second = await shop.order(), await shop.order()
        with pytest.raises(BudgetSpent):
            await shop.order()
        await shop.end(first, money="hold")
        with pytest.raises(BudgetSpent):
            await shop.order()
        await shop.end(second, money="release")
        third = await shop.order()
        await shop.end(third, money="capture")
        with pytest.raises(BudgetSpent):
            await shop.order()


async def test_a_new_day_and_a_new_month_begin_at_midnight_utc(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        await shop.set(1, budget_day_micros=PRICE, budget_month_micros=2 * PRICE)
        shop.clock.at = NOON + 12 * 3600 - 0.001
        await shop.order()
        with pytest.raises(BudgetSpent):
            await shop.order()
        shop.clock.at = NOON + 12 * 3600
        await shop.order()
        shop.clock.at += 86_400
        with pytest.raises(BudgetSpent, match="MonthSpent"):
            await shop.order()
        shop.clock.at = NOON + 9.5 * 86_400  # the first of December
        await shop.order()


async def test_a_servers_budget_is_its_own_and_the_hosts_is_everybodys(tmp_path: Path) -> None:
    async with open_shop(tmp_path, host=HostBudget(day_micros=3 * PRICE)) as shop:
        await shop.set(1, budget_day_micros=PRICE)
        await shop.order(guild_id=1)
        await shop.order(guild_id=2)
        await shop.order(guild_id=3)
        with pytest.raises(HostBudgetSpent):
            await shop.order(guild_id=4)


async def test_a_role_has_a_number_of_its_own(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        await shop.set(1, videos_per_member=1, videos_per_role=((77, 2),))
        await shop.order(roles=(77,))
        await shop.order(roles=(77,))
        with pytest.raises(LimitReached):
            await shop.order(roles=(77,))
        await shop.order(user_id=2)
        with pytest.raises(LimitReached):
            await shop.order(user_id=2)


@pytest.mark.parametrize("seed", range(5))
async def test_the_counts_are_the_ledger_whatever_happens(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311
    async with open_shop(tmp_path) as shop:
        open_jobs: list[Job] = []
        for _ in range(120):
            shop.clock.at += rng.choice((0, 600, 40_000))
            if open_jobs and rng.random() < 0.45:
                job = open_jobs.pop(rng.randrange(len(open_jobs)))
                await shop.end(job, money=rng.choice(("capture", "release", "hold")))
            else:
                open_jobs.append(await shop.order(rng.randrange(1, 4), rng.randrange(1, 4)))
        ledger = await shop.database.run(
            "SELECT CAST(created_at / 86400 AS INTEGER), guild_id, user_id,"
            " sum((debit = 'free') * micros - (credit = 'free') * micros), sum((debit = 'free') - (credit = 'free'))"
            " FROM ledger JOIN job ON job.id = job_id GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
        )
        counted = await shop.database.run(
            "SELECT day, guild_id, user_id, micros, videos FROM day_use ORDER BY day, guild_id, user_id"
        )
        assert [tuple(row) for row in counted] == [tuple(row) for row in ledger]


async def test_an_earlier_database_is_counted_when_it_is_upgraded(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        job = await shop.order()
        await shop.end(await shop.order(user_id=2), money="release")
        before = [tuple(row) for row in await shop.database.run("SELECT * FROM day_use ORDER BY user_id")]
        await shop.database.run("DELETE FROM day_use")
        backfill = next(sql for version, sql in schema_files() if version == 3).split("INSERT INTO day_use")[2]
        await shop.database.run("INSERT INTO day_use" + backfill.partition(";")[0])
        assert [tuple(row) for row in await shop.database.run("SELECT * FROM day_use ORDER BY user_id")] == before
        assert (await shop.repositories.budgets.used(1, job.user_id, NOON)).server_day_micros == PRICE


async def test_a_duplicate_event_is_no_order_even_where_the_budget_is_spent(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        await shop.set(1, budget_day_micros=PRICE)
        job = await shop.order()
        asked = RequestOrigin(user_id=1, guild_id=1, channel_id=5, interaction_id=job.interaction_id)
        assert await create(shop.job_service, asked, Request(kind=Kind.GENERATE, prompt="a paper boat")) is None


async def unknown(shop: Shop) -> Job:
    """An order whose paid request nobody answered: held until its requester decides."""
    job = await shop.order()
    await shop.end(job, money="hold")
    held = await shop.store.take_over(job.id, (State.NEEDS_PERSON,), shop.clock.now(), 1.0)
    assert held is not None
    noted = await shop.store.update(held, trouble="OutcomeUnknown", lease_until=None)
    assert noted is not None
    return noted


async def test_what_is_sent_again_is_booked_a_second_time_and_is_still_one_video(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        await shop.set(1, budget_day_micros=2 * PRICE, videos_per_member=1)
        job = await unknown(shop)
        again = await shop.resend(job)
        assert again is not None
        assert await shop.resend(job) is None  # a second press
        used = await shop.repositories.budgets.used(1, job.user_id, NOON)
        assert (used.server_day_micros, used.member_videos) == (2 * PRICE, 1)
        assert await shop.in_ledger() == 2 * PRICE
        await shop.end(again, money="capture")
        (spent,) = await shop.repositories.budgets.spent(1, NOON - 1)
        assert (spent.micros, spent.videos) == (2 * PRICE, 1)


async def test_what_the_budget_does_not_allow_is_not_sent_again(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        await shop.set(1, budget_day_micros=PRICE)
        job = await unknown(shop)
        with pytest.raises(BudgetSpent):
            await shop.resend(job)
        assert await shop.in_ledger() == PRICE
        await shop.set(1, budget_day_micros=2 * PRICE)
        assert await shop.resend(job) is not None


async def test_a_second_request_that_costs_nothing_gives_back_its_own_money_only(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        job = await unknown(shop)
        again = await shop.resend(job)
        assert again is not None
        cancelled = await shop.job_service.cancel(again.id)
        assert cancelled is not None
        rows = await shop.database.run("SELECT part, kind FROM ledger ORDER BY rowid")
        assert [tuple(row) for row in rows] == [
            (1, "reserve"), (1, "hold"), (1, "capture"), (2, "reserve"), (2, "release"),
        ]  # fmt: skip
        assert await shop.in_ledger() == PRICE


async def test_what_is_sent_again_later_counts_to_the_day_on_which_it_is_sent(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        await shop.set(1, budget_day_micros=PRICE)
        first = await unknown(shop)
        shop.clock.at += 86_400
        second = await unknown(shop)
        shop.clock.at += 3 * 86_400
        assert await shop.resend(first) is not None  # today nothing is spent yet
        with pytest.raises(BudgetSpent) as refused:
            await shop.resend(second)
        assert float(refused.value.facts["resets"]) > shop.clock.at
        spent = await shop.repositories.budgets.spent(1, NOON - 1)
        assert [(each.day.day, each.micros, each.videos) for each in spent] == [
            (21, PRICE, 1), (22, PRICE, 1), (25, PRICE, 0),
        ]  # fmt: skip
        cancelled = await shop.job_service.cancel(first.id)
        assert cancelled is not None
        assert (await shop.repositories.budgets.used(1, 1, shop.clock.at)).server_day_micros == 0
