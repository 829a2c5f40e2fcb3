"""A PostgreSQL database that went back: found out, nothing is paid, open jobs held, spending kept, and adopted."""

import asyncio
import itertools
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.jobs.job import State
from bot.sandbox.postgres import LocalPostgres
from bot.store.jobs import SqlJobStore
from bot.store.postgres import PgDatabase
from bot.store.postgres_connection import CONNECTIONS, connect
from bot.store.postgres_position import MAX_INTENTS, PositionFile
from bot.store.repositories import build_repositories
from tests.monitoring.factories import NOW, PRICE, insert_in_state
from tests.store.rewinds import (
    adopt,
    advance,
    assert_held,
    keep_copy,
    name_of,
    pay,
    put_back,
    replace_by_copy,
    start,
    states,
)

NAMES = (f"back{number}" for number in itertools.count())


@pytest.fixture(scope="module")
def server() -> Iterator[LocalPostgres]:
    server = LocalPostgres(fast=True)
    yield server
    server.close()


@pytest.fixture
def url(server: LocalPostgres) -> str:
    return server.create(next(NAMES))


async def test_as_many_payments_at_once_as_there_are_connections_are_all_remembered(url: str, tmp_path: Path) -> None:
    async with start(url, tmp_path) as store:
        for turn in range(1, 4):
            jobs = [await insert_in_state(store, State.ACCEPTED) for _ in range(CONNECTIONS)]
            await asyncio.gather(*(pay(store, job) for job in jobs))
            known = PositionFile(tmp_path / "postgres.position").read()
            assert known is not None
            assert {zlib.crc32(job.id.encode()) for job in jobs} <= {intent.job for intent in known[1]}
            assert len(known[1]) == min(turn * CONNECTIONS, MAX_INTENTS)


def test_the_documentation_has_the_number_of_connections() -> None:
    text = (Path(__file__).parents[2] / "docs/postgres.md").read_text()
    assert f"at most {CONNECTIONS + 1} connections" in text  # and the one that owns the database


async def test_a_start_finds_a_database_without_the_newest_payment(
    server: LocalPostgres, url: str, tmp_path: Path
) -> None:
    async with start(url, tmp_path) as store:
        await insert_in_state(store, State.ACCEPTED)
        waiting = await insert_in_state(store, State.ACCEPTED)
    server.create(earlier := next(NAMES), name_of(url))
    database = await PgDatabase.open(url, tmp_path)  # without counting a start
    await pay(SqlJobStore(database), waiting)
    await database.close()
    put_back(server, earlier, url)
    async with start(url, tmp_path) as store:
        await assert_held(store, "another PostgreSQL database")
        assert "missing intents to pay or post: 1" in store.database.held
        assert await states(store) == ["needs_person"] * 2
    async with start(url, tmp_path) as store:  # it's held until it's adopted
        await assert_held(store, "another PostgreSQL database")
    await adopt(url, tmp_path)
    async with start(url, tmp_path) as store:
        assert store.database.held == store.database.trouble() == ""
        await pay(store, await insert_in_state(store, State.ACCEPTED))


async def test_without_the_files_in_the_data_folder_it_would_be_paid_again(
    server: LocalPostgres, url: str, tmp_path: Path
) -> None:
    """The test above has teeth."""
    async with start(url, tmp_path) as store:
        waiting = await insert_in_state(store, State.ACCEPTED)
    server.create(earlier := next(NAMES), name_of(url))
    database = await PgDatabase.open(url, tmp_path)
    await pay(SqlJobStore(database), waiting)
    await database.close()
    put_back(server, earlier, url)
    database = await PgDatabase.open(url)
    await pay(SqlJobStore(database), waiting)
    await database.close()


async def test_spending_that_a_database_forgot_counts(server: LocalPostgres, url: str, tmp_path: Path) -> None:
    async with start(url, tmp_path):
        pass
    server.create(earlier := next(NAMES), name_of(url))
    async with start(url, tmp_path) as store:
        for _ in range(3):
            await pay(store, await insert_in_state(store, State.ACCEPTED))
    put_back(server, earlier, url)
    async with start(url, tmp_path) as store:
        await assert_held(store, f"${3 * PRICE / 1e6:.2f} that it forgot count toward the host's budgets")
        rows = await build_repositories(store.database).usage.by_day(8, NOW)
        assert sum(row.micros for row in rows) in (0, 3 * PRICE)
        ((counted,),) = await store.database.run("SELECT sum(micros) FROM day_use WHERE guild_id = 8")
        assert counted == 3 * PRICE


@pytest.mark.parametrize("spoil", ["deleted", "cut", "empty"])
async def test_a_database_without_its_files_is_held(url: str, tmp_path: Path, spoil: str) -> None:
    async with start(url, tmp_path) as store:
        await insert_in_state(store, State.ACCEPTED)
    file = tmp_path / "postgres.position"
    if spoil == "deleted":
        file.unlink()
    else:
        file.write_bytes(file.read_bytes()[:70] if spoil == "cut" else b"")
    async with start(url, tmp_path) as store:
        await assert_held(store, "no whole mark")
        assert await states(store) == ["needs_person"]


async def test_another_and_empty_database_is_held(server: LocalPostgres, url: str, tmp_path: Path) -> None:
    async with start(url, tmp_path) as store:
        await pay(store, await insert_in_state(store, State.ACCEPTED))
    async with start(server.create(next(NAMES)), tmp_path) as store:
        await assert_held(store, "another PostgreSQL database")


async def test_a_copy_that_has_every_payment_goes_on(server: LocalPostgres, url: str, tmp_path: Path) -> None:
    """As after an upgrade of PostgreSQL by pg_dump, or a failover that lost nothing."""
    async with start(url, tmp_path) as store:
        await pay(store, await insert_in_state(store, State.ACCEPTED))
        await insert_in_state(store, State.POLLING)
    copy = server.create(next(NAMES), name_of(url))
    async with start(copy, tmp_path) as store:
        assert store.database.held == ""
        assert sorted(await states(store)) == ["polling", "submitting"]
        await pay(store, await insert_in_state(store, State.ACCEPTED))


async def test_orders_that_were_lost_without_a_payment_are_no_reason(
    server: LocalPostgres, url: str, tmp_path: Path
) -> None:
    async with start(url, tmp_path) as store:
        await pay(store, await insert_in_state(store, State.ACCEPTED))
    server.create(earlier := next(NAMES), name_of(url))
    database = await PgDatabase.open(url, tmp_path)
    await insert_in_state(SqlJobStore(database), State.ACCEPTED)
    await database.close()
    put_back(server, earlier, url)
    async with start(url, tmp_path) as store:
        assert store.database.held == ""


@pytest.mark.parametrize("is_failover", [False, True], ids=["put back", "failover"])
async def test_a_running_bot_finds_out_when_the_server_comes_back_without_a_payment(
    tmp_path: Path, is_failover: bool
) -> None:
    """A crash, then the data directory of a moment ago, or a standby that has it; the same process goes on."""
    server = LocalPostgres(fast=True)
    try:
        url = server.create("retake")
        async with start(url, tmp_path) as store:
            job = await insert_in_state(store, State.ACCEPTED)
            other = await insert_in_state(store, State.POLLING)
            keep_copy(server)
            paid = await pay(store, job)
            replace_by_copy(server, is_standby=is_failover)
            assert await states(store) == ["needs_person"] * 2
            await assert_held(store, "timeline 1, now 2" if is_failover else "put back to an earlier state")
            assert await store.transition(paid, State.POLLING, now=NOW, why="answer", task_id="t") is None
            assert await store.transition(other, State.DOWNLOADING, now=NOW, why="ready") is None
        await adopt(url, tmp_path)
        async with start(url, tmp_path) as store:
            await pay(store, await insert_in_state(store, State.ACCEPTED))
    finally:
        server.close()


async def test_a_failover_that_lost_nothing_goes_on(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    server = LocalPostgres(fast=True)
    try:
        async with start(server.create("retake"), tmp_path) as store:
            waiting = await insert_in_state(store, State.ACCEPTED)
            await pay(store, await insert_in_state(store, State.ACCEPTED))
            keep_copy(server)
            await store.database.run("UPDATE job SET tries = 1")  # nothing that matters
            replace_by_copy(server, is_standby=True)
            await pay(store, waiting)
            assert store.database.held == ""
            assert await states(store) == ["submitting"] * 2
            assert "Nothing that was paid is missing" in caplog.text
    finally:
        server.close()


async def test_a_post_that_was_lost_is_found_out(tmp_path: Path) -> None:
    server = LocalPostgres(fast=True)
    try:
        async with start(server.create("retake"), tmp_path) as store:
            job = await insert_in_state(store, State.DOWNLOADING)
            job = await advance(store, job, State.DELIVERING)
            keep_copy(server)
            assert await store.update(job, post_first_at=NOW, post_last_at=NOW)
            replace_by_copy(server)
            assert await states(store) == ["needs_person"]
            await assert_held(store, "missing intents to pay or post: 1")
    finally:
        server.close()


async def test_many_payments_at_once_are_all_remembered(server: LocalPostgres, url: str, tmp_path: Path) -> None:
    """The database without any one of the newest sixteen is found out."""
    async with start(url, tmp_path) as store:
        jobs = [await insert_in_state(store, State.ACCEPTED) for _ in range(24)]
        await asyncio.gather(*(pay(store, job) for job in jobs))
        rows = await store.database.run("SELECT rowid FROM event WHERE to_state = 'submitting' ORDER BY rowid")
    connection = connect(url)
    connection.execute("ALTER TABLE event DISABLE TRIGGER USER")
    connection.execute("DELETE FROM event WHERE rowid = %s", (rows[-1][0],))
    connection.close()
    async with start(url, tmp_path) as store:
        await assert_held(store, "put back to an earlier state")


async def test_a_user_without_rights_on_the_server_is_enough(server: LocalPostgres, tmp_path: Path) -> None:
    admin = connect(server.url())
    admin.execute("CREATE ROLE plain LOGIN")
    name = next(NAMES)
    admin.execute(f"CREATE DATABASE {name} OWNER plain".encode())
    admin.close()
    url = server.url(name).replace("retake@", "plain@")
    async with start(url, tmp_path) as store:
        await pay(store, await insert_in_state(store, State.ACCEPTED))
    first = (tmp_path / "postgres.position").read_bytes()[:128].split()
    assert all(int(number) > 0 for number in first)
    assert len(first) == 4
