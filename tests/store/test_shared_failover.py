"""Several workers and a server that is replaced: nobody pays until all have compared it with what they have paid."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.jobs.job import Job
from bot.sandbox.postgres import LocalPostgres
from bot.store import postgres_clock
from bot.store.failover_wait import PAYS_FROM, WAIT_S
from bot.store.jobs import SqlJobStore
from bot.store.postgres_guard import PaymentsHeld
from bot.store.worker_files import WorkerFiles
from tests.store.rewinds import keep_copy, pay, replace_by_copy
from tests.store.shared_workers import files, order, worker


@pytest.fixture
def server() -> Iterator[LocalPostgres]:
    """A server that no other test uses."""
    server = LocalPostgres(fast=True)
    yield server
    server.close()


@asynccontextmanager
async def two_workers(server: LocalPostgres, data: Path) -> AsyncIterator[tuple[SqlJobStore, SqlJobStore]]:
    """Start two workers with folders of their own on a new database."""
    url = server.create("retake")
    async with worker(url, data / "a") as first, worker(url, data / "b") as second:
        yield first, second


async def assert_waits(store: SqlJobStore, job: Job) -> None:
    """A worker pays nothing until the others have compared the new server."""
    with pytest.raises(PaymentsHeld, match="compare it first"):
        await pay(store, job)


async def end_wait(store: SqlJobStore) -> None:
    """Let the minute after a failover be over."""
    sql = "UPDATE fact SET at = at - ? WHERE name = ? RETURNING at"
    assert await store.database.run(sql, (WAIT_S, PAYS_FROM))


async def test_after_a_failover_a_worker_waits_until_the_others_have_compared_it(
    server: LocalPostgres, tmp_path: Path
) -> None:
    """It has everything that it paid itself, and the payment of another is gone: that video would be paid again."""
    async with two_workers(server, tmp_path) as (first, second):
        job, other = await order(first), await order(first)
        keep_copy(server)
        await pay(first, job)
        replace_by_copy(server, is_standby=True)
        await assert_waits(second, other)
        assert await first.job(job.id)  # it looks, and finds its payment missing
        assert "timeline 1, now 2" in first.database.held
        await end_wait(second)
        with pytest.raises(PaymentsHeld, match="timeline 1, now 2"):
            await pay(second, other)
        assert second.database.held == first.database.held


async def test_a_server_whose_files_are_put_back_is_compared_by_all_workers_first(
    server: LocalPostgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its timeline is the same. One that has paid nothing knows by the place in the log, which it notes each minute."""
    async with two_workers(server, tmp_path) as (first, second):
        job, other = await order(first), await order(first)
        keep_copy(server)
        for _ in range(20):
            await order(first)
        with monkeypatch.context() as patch:
            patch.setattr(postgres_clock, "READ_EVERY_S", 1e-9)  # the minute is over
            assert await second.job(other.id)
        await pay(first, job)
        replace_by_copy(server)
        await assert_waits(second, other)
        assert await first.job(job.id)
        assert "put back to an earlier state" in first.database.held


async def test_after_a_failover_nobody_pays_for_a_minute_whenever_they_start(
    server: LocalPostgres, tmp_path: Path
) -> None:
    url = server.create("retake")
    async with worker(url, tmp_path / "a") as first:
        job = await order(first)
        keep_copy(server)
        replace_by_copy(server, is_standby=True)
        assert await first.job(job.id)  # it looks, and misses nothing
        async with worker(url, tmp_path / "b") as vouched:
            assert vouched.database.held == ""
            await assert_waits(vouched, job)
    async with worker(url, tmp_path / "a") as again:
        await assert_waits(again, job)
        async with worker(url, tmp_path / "a") as beside:
            await assert_waits(beside, job)
        await end_wait(again)
        await pay(again, job)


async def test_a_new_worker_of_a_folder_notices_a_failover_that_happened_while_none_ran(
    server: LocalPostgres, tmp_path: Path
) -> None:
    url = server.create("retake")
    async with worker(url, tmp_path) as first:
        job = await order(first)
    keep_copy(server)
    replace_by_copy(server, is_standby=True)
    used = WorkerFiles(tmp_path, shared=True)  # the files of the first one are in use
    async with worker(url, tmp_path) as second:
        assert "postgres-2.mark" in files(tmp_path)
        await assert_waits(second, job)
    used.close()


async def test_a_worker_that_misses_nothing_says_within_a_minute_what_another_one_has_found(
    server: LocalPostgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with two_workers(server, tmp_path) as (first, second):
        job = await order(first)
        keep_copy(server)
        await pay(first, job)
        replace_by_copy(server, is_standby=True)
        assert await second.job(job.id)  # it looks first
        assert await first.job(job.id)
        assert second.database.trouble() == ""
        monkeypatch.setattr(postgres_clock, "READ_EVERY_S", 1e-9)  # the minute is over
        assert await second.job(job.id)
        assert second.database.trouble() == first.database.held != ""


async def test_what_was_spent_counts_if_only_a_worker_knows_that_finds_the_database_held(
    server: LocalPostgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = server.create("retake")
    async with worker(url, tmp_path / "b") as second:
        async with worker(url, tmp_path / "a") as first:
            job = await order(first)
            keep_copy(server)
            await pay(first, job)
        await order(second)
        with monkeypatch.context() as patch:
            patch.setattr(postgres_clock, "READ_EVERY_S", 1e-9)  # the minute is over
            known = await spent(second)
        replace_by_copy(server, is_standby=True)
        async with worker(url, tmp_path / "a") as first:
            assert 0 < await spent(first) < known
            assert await spent(second) == known
            assert second.database.held == first.database.held != ""


async def spent(store: SqlJobStore) -> int:
    """Return what counts toward the host's budgets, in micros."""
    ((micros,),) = await store.database.run("SELECT sum(micros) FROM day_use")
    return int(micros)
