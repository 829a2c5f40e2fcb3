"""Several workers and a database that went back: if one of them finds it out, all of them hold it."""

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.sandbox.postgres import LocalPostgres
from bot.store import postgres_owner
from bot.store.jobs import SqlJobStore
from bot.store.location import Role
from bot.store.migrations import SchemaTooNew
from bot.store.postgres import PgDatabase
from bot.store.postgres_connection import connect
from bot.store.postgres_errors import UpgradeWaits, WorkerRuns
from bot.store.worker_files import WorkerFiles
from tests.monitoring.factories import NOW
from tests.store.rewinds import adopt, name_of, pay, put_back
from tests.store.shared_workers import files, order, worker

NAMES = (f"shared{number}" for number in itertools.count())


@pytest.fixture(scope="module")
def server() -> Iterator[LocalPostgres]:
    server = LocalPostgres(fast=True)
    yield server
    server.close()


@pytest.fixture
def url(server: LocalPostgres) -> str:
    return server.create(next(NAMES))


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
