"""Which rows are handed to procrastinate, and that in the transaction that makes them due."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest
from procrastinate.schema import SchemaManager

from bot.jobs.job import Job, JobChanges, State
from bot.store import move
from bot.store.hand_out import HandOut
from bot.store.jobs import SqlJobStore
from bot.store.location import Role
from bot.store.move_postgres import PostgresEnd
from bot.store.move_sqlite import SqliteEnd
from bot.store.postgres import PgDatabase
from bot.store.postgres_connection import connect
from tests.monitoring.factories import create_database
from tests.store.conformance import insert_job, transition_through
from tests.stores import new_url

SCHEMA = SchemaManager.get_schema()
TODO = "SELECT queueing_lock, scheduled_at, CAST(args AS TEXT) FROM procrastinate_jobs WHERE status = 'todo'"
LEASE_S = 45.0


@pytest.fixture
def url() -> str:
    return new_url()


@pytest.fixture
async def store(url: str) -> AsyncIterator[SqlJobStore]:
    """The store of a worker, with the engine's tables."""
    database = await PgDatabase.open(url, role="worker")
    await HandOut(database, url).prepare(SCHEMA)
    yield SqlJobStore(database)
    await database.close()


async def claimed(store: SqlJobStore, **changes: object) -> Job:
    """Return a job whose row is leased, and that the engine doesn't know."""
    job = await transition_through(store, await insert_job(store, due_at=0.0, **changes), State.ACCEPTED, due_at=0.0)
    taken = await store.take(job.id, store.database.clock.now(), LEASE_S)
    assert taken is not None
    await store.database.run("DELETE FROM procrastinate_jobs")
    return taken


async def handed_out(store: SqlJobStore) -> dict[str, float | None]:
    """Return the seconds until each waiting job of the engine starts, or None for one that starts at once."""
    now = store.database.clock.now()
    sql = "SELECT queueing_lock, CAST(extract(epoch FROM scheduled_at) AS DOUBLE PRECISION) FROM procrastinate_jobs"
    rows = await store.database.run(f"{sql} WHERE status = 'todo'")
    return {str(job_id): None if at is None else float(at) - now for job_id, at in rows}


async def release(store: SqlJobStore, job: Job, in_s: float) -> None:
    changes: JobChanges = {"due_at": store.database.clock.now() + in_s, "lease_until": None}
    assert await store.update(job, **changes) is not None


async def test_a_job_that_is_due_is_handed_out_by_its_id_alone(store: SqlJobStore) -> None:
    job = await claimed(store, prompt="a secret boat")
    await release(store, job, 0.0)
    assert await handed_out(store) == {job.id: None}
    ((_, _, arguments),) = await store.database.run(TODO)
    assert arguments == f'{{"job_id": "{job.id}"}}'


async def test_workers_are_told_of_a_job_at_once(url: str, store: SqlJobStore) -> None:
    job = await claimed(store)
    listening = await asyncio.to_thread(connect, url)
    listening.execute(b'LISTEN "procrastinate_queue_v1#videos"')
    await release(store, job, 0.0)
    assert await asyncio.to_thread(lambda: list(listening.notifies(timeout=30.0, stop_after=1)))
    listening.close()


async def test_a_short_wait_is_scheduled_and_a_long_one_is_left_to_the_net(store: SqlJobStore) -> None:
    soon, later = await claimed(store), await claimed(store)
    await release(store, soon, 30.0)
    await release(store, later, 600.0)
    found = await handed_out(store)
    assert set(found) == {soon.id}
    assert 20.0 < (found[soon.id] or 0.0) < 31.0


async def test_a_job_that_is_due_earlier_starts_earlier_and_is_handed_out_once(store: SqlJobStore) -> None:
    job = await claimed(store)
    await release(store, job, 30.0)
    await store.mark_due([job.id], store.database.clock.now())
    await store.database.run("UPDATE job SET due_at = due_at WHERE id = ?", (job.id,))
    assert await handed_out(store) == {job.id: None}


async def test_a_leased_job_is_not_handed_out(store: SqlJobStore) -> None:
    job = await claimed(store)
    assert await store.update(job, due_at=store.database.clock.now()) is not None
    assert await handed_out(store) == {}


async def test_what_is_rolled_back_is_not_handed_out(store: SqlJobStore) -> None:
    job = await claimed(store)

    def fail(tx: object) -> None:
        tx.run("UPDATE job SET lease_until = NULL, due_at = 0 WHERE id = ?", (job.id,))  # type: ignore[attr-defined]
        raise LookupError

    with pytest.raises(LookupError):
        await store.database.transaction(fail)
    assert await handed_out(store) == {}


@pytest.mark.parametrize(("role", "expected"), [("gateway", 1), ("all", 0)])
async def test_a_gateway_hands_out_and_a_bot_in_one_process_does_not(
    url: str, store: SqlJobStore, role: Role, expected: int
) -> None:
    job = await claimed(store)
    if role == "all":
        await store.database.close()
    other = await PgDatabase.open(url, role=role)
    await release(SqlJobStore(other), job, 0.0)
    assert len(await handed_out(SqlJobStore(other))) == expected
    await other.close()


async def test_the_net_finds_due_rows_whose_lease_is_over_and_no_others(url: str, store: SqlJobStore) -> None:
    forgotten, living, waiting, known = [await claimed(store) for _ in range(4)]
    now = store.database.clock.now()
    await store.database.run(
        "UPDATE job SET lease_until = ?, due_at = ? WHERE id = ?", (now - 1, now - 1, forgotten.id)
    )
    await store.database.run("UPDATE job SET due_at = ? WHERE id = ?", (now - 1, living.id))
    await release(store, waiting, 600.0)
    await release(store, known, 0.0)
    hand_out = HandOut(store.database, url)
    assert len(await hand_out.defer_due() or []) == 1
    assert set(await handed_out(store)) == {forgotten.id, known.id}
    assert await hand_out.defer_due() == []


async def test_one_worker_at_a_time_casts_the_net(url: str, store: SqlJobStore) -> None:
    other = await asyncio.to_thread(connect, url)
    other.execute(b"BEGIN; SELECT pg_try_advisory_xact_lock(727563304)")
    assert await HandOut(store.database, url).defer_due() is None
    other.close()


async def test_the_tables_of_another_version_are_replaced_and_those_of_this_one_kept(
    url: str, store: SqlJobStore
) -> None:
    job = await claimed(store)
    await release(store, job, 0.0)
    hand_out = HandOut(store.database, url)
    await hand_out.prepare(SCHEMA)
    assert set(await handed_out(store)) == {job.id}
    await hand_out.prepare(f"{SCHEMA}\nCREATE TABLE procrastinate_more (id BIGINT);")
    assert await handed_out(store) == {}
    assert len(await hand_out.defer_due() or []) == 1
    await hand_out.prepare(SCHEMA)
    assert await store.database.run("SELECT to_regclass('procrastinate_more')") == [(None,)]


async def test_a_database_with_the_engines_tables_is_moved_to_sqlite_and_back(
    url: str, tmp_path: Path, store: SqlJobStore
) -> None:
    await release(store, await claimed(store), 0.0)
    await store.database.close()
    lite, folder = tmp_path / "retake.sqlite3", tmp_path / "data"
    folder.mkdir()
    with closing(PostgresEnd(url, folder)) as source:
        source.before_use()  # as a start of the bot
    with closing(PostgresEnd(url, folder)) as source, closing(SqliteEnd.target(lite)[0]) as target:
        assert move.move(source, target)


async def test_a_database_where_a_worker_has_started_takes_a_moved_one(url: str, tmp_path: Path) -> None:
    database = await PgDatabase.open(url, tmp_path, role="worker")
    await HandOut(database, url).prepare(SCHEMA)
    await database.close()
    await create_database(tmp_path, State.ACCEPTED, State.POLLING)
    with (
        closing(SqliteEnd.source(tmp_path / "retake.sqlite3")) as source,
        closing(PostgresEnd(url, tmp_path)) as target,
    ):
        assert move.move(source, target)
    moved = await PgDatabase.open(url, tmp_path, role="worker")
    await HandOut(moved, url).prepare(SCHEMA)
    assert len(await SqlJobStore(moved).open_jobs()) == 2
    await moved.close()
