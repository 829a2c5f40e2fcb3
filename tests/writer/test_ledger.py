"""What requests to the writer cost: reserved before, counted toward budgets, and never as a video."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.jobs.limits import Caps, HostBudget, day_of
from bot.jobs.rejections import BudgetTooLow, HostBudgetSpent
from bot.ports.writer import WriterCall
from bot.store.budgets import SPENT
from bot.store.host_reads import usage_by_server
from tests.limits.service_harness import NOON, ServiceHarness, open_service_harness
from tests.stores import location_in

pytestmark = pytest.mark.usefixtures("each_store")

CALL = WriterCall(id="call-1", guild_id=1, user_id=7, model="small", micros=1000, at=NOON)


async def entries(harness: ServiceHarness) -> list[tuple[object, ...]]:
    rows = await harness.database.run("SELECT kind, debit, credit, micros FROM writer_ledger ORDER BY id")
    return [tuple(row) for row in rows]


async def used(harness: ServiceHarness) -> tuple[int, int]:
    """Return the server's spending today in micros, and the member's videos."""
    totals = await harness.repositories.usage.totals(1, 7, NOON)
    return totals.server_day_micros, totals.member_videos


async def test_a_request_is_reserved_and_replaced_by_what_it_cost(tmp_path: Path) -> None:
    async with open_service_harness(tmp_path) as harness:
        ledger = harness.repositories.writer_ledger
        await ledger.reserve(CALL, Caps())
        assert await used(harness) == (1000, 0)
        await ledger.settle(CALL, 120, NOON + 1)
        await ledger.settle(CALL, 999, NOON + 2)  # once only
        assert await used(harness) == (120, 0)
        assert await entries(harness) == [
            ("write", "free", "spent", 1000),
            ("release", "spent", "free", 1000),
            ("cost", "free", "spent", 120),
        ]
        (row,) = await harness.repositories.usage.by_day(1, NOON)
        assert (row.user_id, row.model, row.account, row.videos, row.micros, row.real_micros) == (
            7, "small", "writer", 0, 120, 120,
        )  # fmt: skip


async def test_a_request_without_effect_is_released_and_an_unknown_one_stays(tmp_path: Path) -> None:
    async with open_service_harness(tmp_path) as harness:
        ledger = harness.repositories.writer_ledger
        await ledger.reserve(CALL, Caps())
        await ledger.settle(CALL, 0, NOON)
        assert await used(harness) == (0, 0)
        assert await harness.repositories.usage.by_day(1, NOON) == []
        await ledger.reserve(replace(CALL, id="call-2"), Caps())
        assert await used(harness) == (1000, 0)


async def test_a_budget_forbids_a_request_before_it_is_sent(tmp_path: Path) -> None:
    async with open_service_harness(tmp_path) as harness:
        ledger = harness.repositories.writer_ledger
        await ledger.reserve(CALL, Caps(server_day_micros=1500))
        with pytest.raises(BudgetTooLow):
            await ledger.reserve(replace(CALL, id="call-2"), Caps(server_day_micros=1500))
        assert len(await entries(harness)) == 1
    async with open_service_harness(tmp_path / "other") as harness:
        ledger = harness.repositories.writer_ledger
        await ledger.reserve(CALL, Caps(host=HostBudget(day_micros=1000)))
        with pytest.raises(HostBudgetSpent):
            await ledger.reserve(replace(CALL, id="call-2", guild_id=2), Caps(host=HostBudget(day_micros=1000)))
        assert len(await entries(harness)) == 1


async def test_a_settled_request_counts_to_the_day_on_which_it_was_made(tmp_path: Path) -> None:
    async with open_service_harness(tmp_path) as harness:
        ledger = harness.repositories.writer_ledger
        late = replace(CALL, at=(day_of(NOON) + 1) * 86_400.0 - 1)
        await ledger.reserve(late, Caps())
        await ledger.settle(late, 10, late.at + 3)
        assert await used(harness) == (10, 0)


async def test_the_sums_equal_the_ledger_also_after_a_member_was_erased(tmp_path: Path) -> None:
    async with open_service_harness(tmp_path) as harness:
        ledger = harness.repositories.writer_ledger
        for number, cost in enumerate((None, 0, 40, 70)):
            call = replace(CALL, id=f"call-{number}", user_id=7 + number % 2)
            await ledger.reserve(call, Caps())
            if cost is not None:
                await ledger.settle(call, cost, NOON)
        kept = (
            "SELECT day, user_id, model, account, videos, micros, guild_id, real_micros FROM day_model_use ORDER BY 2"
        )
        assert [tuple(row) for row in await harness.database.run(kept)] == [
            tuple(row) for row in await harness.database.run(SPENT, (0.0, 0.0)) if row[5]
        ]
        await harness.repositories.retention.request_deletion(7, NOON + 5)
        assert not await harness.repositories.retention.erase_member(7, day_of(NOON))  # it counts today
        assert await harness.repositories.retention.erase_member(7, day_of(NOON) + 1)
        assert [row[0] for row in await harness.database.run("SELECT DISTINCT user_id FROM writer_ledger")] != [7]
        after = [tuple(row) for row in await harness.database.run(kept)]
        assert after == [tuple(row) for row in await harness.database.run(SPENT, (0.0, 0.0)) if row[5]]
        assert [row[1] for row in after] == [0, 8]
        await harness.repositories.retention.erase_server(1)
        assert [tuple(row) for row in await harness.database.run("SELECT DISTINCT user_id FROM writer_ledger")] == [
            (0,)
        ]
        report = usage_by_server(location_in(tmp_path), 0.0)
        assert [(guild_id, row.account, row.micros, row.real_micros) for guild_id, row in report] == [
            (1, "writer", 1110, 110)
        ]


async def test_entries_are_append_only(tmp_path: Path) -> None:
    async with open_service_harness(tmp_path) as harness:
        await harness.repositories.writer_ledger.reserve(CALL, Caps())
        for statement in ("UPDATE writer_ledger SET micros = 0", "DELETE FROM writer_ledger"):
            with pytest.raises(Exception, match="append-only"):
                await harness.database.run(statement)
