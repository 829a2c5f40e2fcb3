"""Several workers and a database that went back: if one of them finds it out, all of them hold it."""

import itertools
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.jobs.job import Job, State
from bot.sandbox.postgres import LocalPostgres
from bot.store import postgres_clock, postgres_owner
from bot.store.failover_wait import PAYS_FROM, WAIT_S
from bot.store.jobs import SqlJobStore
from bot.store.location import Role
from bot.store.migrations import SchemaTooNew
from bot.store.postgres import PgDatabase
from bot.store.postgres_connection import connect
from bot.store.postgres_errors import UpgradeWaits, WorkerRuns
from bot.store.postgres_guard import PaymentsHeld
from bot.store.worker_files import WorkerFiles
from tests.monitoring.factories import NOW, insert_in_state
from tests.store.rewinds import adopt, keep_copy, name_of, pay, put_back, replace_by_copy

NAMES = (f"shared{number}" for number in itertools.count())


@pytest.fixture(scope="module")
def server() -> Iterator[LocalPostgres]:
    server = LocalPostgres(fast=True)
    yield server
    server.close()


@pytest.fixture
def url(server: LocalPostgres) -> str:
    return server.create(next(NAMES))


@asynccontextmanager
async def worker(url: str, data: Path) -> AsyncIterator[SqlJobStore]:
    """Start a worker that may run beside others."""
    data.mkdir(exist_ok=True)  # noqa: ASYNC240
    database = await PgDatabase.open(url, data, role="worker", shared=True)
    try:
        store = SqlJobStore(database)
        await store.new_epoch(NOW)
        yield store
    finally:
        await database.close()


async def order(store: SqlJobStore) -> Job:
    return await insert_in_state(store, State.ACCEPTED)


async def end_wait(store: SqlJobStore) -> None:
    """Let the minute after a failover be over."""
    sql = "UPDATE fact SET at = at - ? WHERE name = ? RETURNING at"
    assert await store.database.run(sql, (WAIT_S, PAYS_FROM))


def files(data: Path) -> set[str]:
    return {path.name for path in data.glob("postgres*.*") if path.suffix in (".mark", ".position")}


async def test_workers_of_one_folder_have_files_of_their_own_and_leave_each_others_leases(
    url: str, tmp_path: Path
) -> None:
    async with worker(url, tmp_path) as first:
        await order(first)
        (job,) = await first.claim(NOW + 1e6, 1, 45.0)
        async with worker(url, tmp_path) as second:
            assert files(tmp_path) == {
                "postgres.mark", "postgres.position", "postgres-2.mark", "postgres-2.position"
            }  # fmt: skip
            assert await second.job(job.id) == job
        async with worker(url, tmp_path) as second:
            await pay(second, await order(second))
            await pay(first, job)
            assert [len(each.position[1]) for each in WorkerFiles(tmp_path).known() if each.position] == [1, 1]


async def test_a_worker_with_an_empty_folder_trusts_what_another_one_has_compared(url: str, tmp_path: Path) -> None:
    async with worker(url, tmp_path / "a") as first:
        await pay(first, await order(first))
        async with worker(url, tmp_path / "b") as second:
            assert second.database.held == ""
            await pay(second, await order(second))
    async with worker(url, tmp_path / "c") as third:
        assert "no whole mark" in third.database.held


async def test_a_payment_of_another_worker_of_the_folder_is_missed(
    server: LocalPostgres, url: str, tmp_path: Path
) -> None:
    async with worker(url, tmp_path) as first:
        job = await order(first)
    server.create(earlier := next(NAMES), name_of(url))
    first_database = await PgDatabase.open(url, tmp_path, role="worker", shared=True)  # without counting a start
    second_database = await PgDatabase.open(url, tmp_path, role="worker", shared=True)
    await pay(SqlJobStore(second_database), job)
    await second_database.close()
    await first_database.close()
    put_back(server, earlier, url)
    async with worker(url, tmp_path) as again:
        assert "missing intents to pay or post: 1" in again.database.held


async def test_the_other_folders_follow_an_adoption(server: LocalPostgres, url: str, tmp_path: Path) -> None:
    async with worker(url, tmp_path / "a") as first:
        job = await order(first)
    server.create(earlier := next(NAMES), name_of(url))
    async with worker(url, tmp_path / "a"), worker(url, tmp_path / "b") as second:
        await pay(second, job)
    put_back(server, earlier, url)
    async with worker(url, tmp_path / "a") as first:
        assert first.database.held
    await adopt(url, tmp_path / "a")
    async with worker(url, tmp_path / "b") as second:
        assert second.database.held == ""
        await pay(second, await order(second))
    async with worker(url, tmp_path / "a") as first, worker(url, tmp_path / "b") as second:
        assert first.database.held == second.database.held == ""


async def test_after_a_failover_a_worker_waits_until_the_others_have_compared_it(
    tmp_path: Path,
) -> None:
    """It has everything that it paid itself, and the payment of another is gone: that video would be paid again."""
    server = LocalPostgres(fast=True)
    try:
        url = server.create("retake")
        async with worker(url, tmp_path / "a") as first, worker(url, tmp_path / "b") as second:
            job, other = await order(first), await order(first)
            keep_copy(server)
            await pay(first, job)
            replace_by_copy(server, is_standby=True)
            with pytest.raises(PaymentsHeld, match="compare it first"):
                await pay(second, other)
            assert await first.job(job.id)  # it looks, and finds its payment missing
            assert "timeline 1, now 2" in first.database.held
            await end_wait(second)
            with pytest.raises(PaymentsHeld, match="timeline 1, now 2"):
                await pay(second, other)
            assert second.database.held == first.database.held
    finally:
        server.close()


async def test_a_server_whose_files_are_put_back_is_compared_by_all_workers_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its timeline is the same. One that has paid nothing knows by the place in the log, which it notes each minute."""
    server = LocalPostgres(fast=True)
    try:
        url = server.create("retake")
        async with worker(url, tmp_path / "a") as first, worker(url, tmp_path / "b") as second:
            job, other = await order(first), await order(first)
            keep_copy(server)
            for _ in range(20):
                await order(first)
            with monkeypatch.context() as patch:
                patch.setattr(postgres_clock, "READ_EVERY_S", 1e-9)  # the minute is over
                assert await second.job(other.id)
            await pay(first, job)
            replace_by_copy(server)
            with pytest.raises(PaymentsHeld, match="compare it first"):
                await pay(second, other)
            assert await first.job(job.id)
            assert "put back to an earlier state" in first.database.held
    finally:
        server.close()


async def test_after_a_failover_nobody_pays_for_a_minute_whenever_they_start(tmp_path: Path) -> None:
    server = LocalPostgres(fast=True)
    try:
        url = server.create("retake")
        async with worker(url, tmp_path / "a") as first:
            job = await order(first)
            keep_copy(server)
            replace_by_copy(server, is_standby=True)
            assert await first.job(job.id)  # it looks, and misses nothing
            async with worker(url, tmp_path / "b") as vouched:
                assert vouched.database.held == ""
                with pytest.raises(PaymentsHeld, match="compare it first"):
                    await pay(vouched, job)
        async with worker(url, tmp_path / "a") as again:
            with pytest.raises(PaymentsHeld, match="compare it first"):
                await pay(again, job)
            async with worker(url, tmp_path / "a") as beside:
                with pytest.raises(PaymentsHeld, match="compare it first"):
                    await pay(beside, job)
            await end_wait(again)
            await pay(again, job)
    finally:
        server.close()


async def test_a_new_worker_of_a_folder_notices_a_failover_that_happened_while_none_ran(tmp_path: Path) -> None:
    server = LocalPostgres(fast=True)
    try:
        url = server.create("retake")
        async with worker(url, tmp_path) as first:
            job = await order(first)
        keep_copy(server)
        replace_by_copy(server, is_standby=True)
        used = WorkerFiles(tmp_path, shared=True)  # the files of the first one are in use
        async with worker(url, tmp_path) as second:
            assert "postgres-2.mark" in files(tmp_path)
            with pytest.raises(PaymentsHeld, match="compare it first"):
                await pay(second, job)
        used.close()
    finally:
        server.close()


async def test_workers_of_an_earlier_schema_are_not_upgraded_under(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with worker(url, tmp_path):
        newer = [*postgres_owner.schema_files(), (9999, "CREATE TABLE later (id BIGINT)")]
        with monkeypatch.context() as patch:
            patch.setattr(postgres_owner, "schema_files", lambda: newer)
            with pytest.raises(UpgradeWaits):
                await PgDatabase.open(url, tmp_path, role="worker", shared=True)
    connection = connect(url)
    assert connection.execute("SELECT to_regclass('later')").fetchall() == [(None,)]
    connection.close()
    monkeypatch.setattr(postgres_owner, "schema_files", lambda: newer)
    async with worker(url, tmp_path), worker(url, tmp_path):
        pass


@pytest.mark.parametrize("shared", [True, False])
async def test_a_newer_gateway_does_not_upgrade_under_workers(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shared: bool
) -> None:
    older = postgres_owner.schema_files()
    running = await PgDatabase.open(url, tmp_path, role="worker", shared=shared)
    newer = [*older, (9999, "CREATE TABLE later (id BIGINT)")]
    monkeypatch.setattr(postgres_owner, "schema_files", lambda: newer)
    with pytest.raises(UpgradeWaits, match="Stop"):
        await PgDatabase.open(url, tmp_path, role="gateway")
    assert await running.run("SELECT to_regclass('later')::text") == [(None,)]
    await running.close()
    gateway = await PgDatabase.open(url, tmp_path, role="gateway")
    assert await gateway.run("SELECT to_regclass('later')::text") == [("later",)]
    async with worker(url, tmp_path):  # the gateway has left the workers' lock
        pass
    await gateway.close()


@pytest.mark.parametrize("role", ["worker", "gateway"])
async def test_a_process_of_an_earlier_version_says_so_beside_newer_workers(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, role: Role
) -> None:
    known = postgres_owner.schema_files()
    async with worker(url, tmp_path):
        monkeypatch.setattr(postgres_owner, "schema_files", lambda: known[:-1])
        with pytest.raises(SchemaTooNew):
            await PgDatabase.open(url, tmp_path, role=role, shared=role == "worker")


async def test_a_worker_alone_and_one_beside_others_exclude_each_other(url: str, tmp_path: Path) -> None:
    async with worker(url, tmp_path):
        with pytest.raises(WorkerRuns):
            await PgDatabase.open(url, tmp_path, role="worker")
    alone = await PgDatabase.open(url, tmp_path, role="worker")
    with pytest.raises(WorkerRuns):
        await PgDatabase.open(url, tmp_path, role="worker", shared=True)
    await alone.close()
