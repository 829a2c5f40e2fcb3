"""The store on PostgreSQL: the conformance suite, the model, the schema beside SQLite's, races and a crash."""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator

import psycopg
import pytest
from hypothesis import HealthCheck, settings

from bot.jobs.job import Job, State
from bot.jobs.limits import Caps, HostBudget
from bot.jobs.rejections import BudgetSpent
from bot.ports.job_store import JobStore
from bot.store import postgres, postgres_owner
from bot.store.group_commit import Transaction
from bot.store.jobs import SqlJobStore
from bot.store.ledger import reserve
from bot.store.migrations import schema_files, upgrade
from bot.store.postgres import PgDatabase
from bot.store.postgres_connection import CONNECTIONS, PgTransaction, connect
from bot.store.postgres_errors import ClockSkew, PostgresInUse
from bot.store.repositories import build_repositories
from tests.store.conformance import Conformance, insert_job, transition_through
from tests.store.factories import NOW, make_job
from tests.store.state_machine import JobStoreStateMachine
from tests.stores import local_server, new_url


@pytest.fixture
def url() -> str:
    return new_url()


@pytest.fixture
async def store(url: str) -> AsyncIterator[SqlJobStore]:
    database = await PgDatabase.open(url)
    yield SqlJobStore(database)
    await database.close()


class TestSqlJobStore(Conformance):
    """Run the conformance suite."""


class PostgresStateMachine(JobStoreStateMachine):
    """The same model as SQLite's, without threads."""

    @staticmethod
    async def open() -> JobStore:
        return SqlJobStore(await PgDatabase.open(new_url(), inline=True))

    @staticmethod
    async def close(store: JobStore) -> None:
        assert isinstance(store, SqlJobStore)
        await store.database.close()

    @staticmethod
    async def ledger_balances(store: JobStore, job_id: str) -> dict[str, int]:
        assert isinstance(store, SqlJobStore)
        found: dict[str, int] = {}
        for row in await store.database.run("SELECT * FROM ledger WHERE job_id = ?", (job_id,)):
            found[row["debit"]] = found.get(row["debit"], 0) - row["micros"]
            found[row["credit"]] = found.get(row["credit"], 0) + row["micros"]
        return found


TestPostgresStateMachine = PostgresStateMachine.TestCase
TestPostgresStateMachine.settings = settings(
    max_examples=20, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
)


async def test_both_databases_have_the_same_tables_and_columns(store: SqlJobStore) -> None:
    """A step for one of them alone fails here: add a file of the same number in schema/postgres."""
    lite = sqlite3.connect(":memory:", isolation_level=None)
    upgrade(lite)
    columns = "SELECT m.name, p.name FROM sqlite_schema AS m, pragma_table_info(m.name) AS p WHERE m.type = 'table'"
    wanted = {(table, column) for table, column in lite.execute(columns) if not table.startswith("sqlite_")}
    lite.close()
    rows = await store.database.run(
        "SELECT table_name, column_name FROM information_schema.columns JOIN information_schema.tables"
        " USING (table_schema, table_name) WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'"
    )
    own = {("schema_version", "version"), ("event", "rowid"), ("ledger", "rowid")}
    assert {(row[0], row[1]) for row in rows} - own == wanted
    assert postgres_owner.schema_files()[-1][0] == schema_files()[-1][0]


@pytest.mark.parametrize("table", ["event", "ledger"])
async def test_history_is_append_only(store: SqlJobStore, table: str) -> None:
    await transition_through(store, await insert_job(store), State.ACCEPTED)
    for change in (f"UPDATE {table} SET at = 0", f"DELETE FROM {table}"):  # noqa: S608
        with pytest.raises(psycopg.IntegrityError, match="append-only"):
            await store.database.run(change)


async def test_a_second_process_is_refused_and_a_skewed_clock_too(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    database = await PgDatabase.open(url)
    with pytest.raises(PostgresInUse, match="RETAKE_DATABASE_URL"):
        await PgDatabase.open(url)
    await database.close()
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + 3.0)
    with pytest.raises(ClockSkew):
        await PgDatabase.open(url)


async def test_a_bot_whose_database_was_taken_over_writes_nothing_more(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection that owns the database is ended, and another bot is faster."""
    monkeypatch.setattr(postgres, "QUICK_S", 0.2)
    monkeypatch.setattr(postgres, "PATIENT_S", 0.5)
    first = await PgDatabase.open(url)
    store = SqlJobStore(first)
    job = await insert_job(store)
    ending = await asyncio.to_thread(connect, url)
    ending.execute(
        b"SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'"
        b" AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    )
    ending.close()
    second = await PgDatabase.open(url)
    with pytest.raises(PostgresInUse):
        await store.transition(job, State.ACCEPTED, now=NOW, why="test", money="hold")
    assert first.trouble() == "Another Retake has taken this database over: stop one of them."
    still = await SqlJobStore(second).job(job.id)
    assert still is not None
    assert still.state is State.RECEIVED
    await second.close()
    assert await store.job(job.id) is not None
    assert first.trouble() == ""
    await first.close()


async def test_a_day_begins_at_midnight_and_not_at_noon(store: SqlJobStore) -> None:
    afternoon = 20_000 * 86_400.0 + 80_000.0
    await insert_job(store, created_at=afternoon, price_micros=7)
    for table in ("day_use", "day_model_use"):
        (row,) = await store.database.run(f"SELECT day, micros FROM {table}")  # noqa: S608
        assert tuple(row) == (20_000, 7)


async def test_lists_of_ids_and_sums_are_read_as_on_sqlite(store: SqlJobStore) -> None:
    """Statements with JSON lists, LIKE, JSON sums and prefixes of flags."""
    repositories = build_repositories(store.database)
    waiting = await insert_job(store, state=State.ACCEPTED, created_at=NOW, price_micros=7)
    posted = await insert_job(store, state=State.DELIVERED, delivered_at=NOW, prompt="A Boat", due_at=None)
    assert [entry.job_id for entry in (await store.queue_snapshot("fake", NOW)).waiting] == [waiting.id]
    assert await store.mark_due([waiting.id], NOW - 5.0) in (0, 1)
    where = (posted.guild_id, [posted.channel_id])
    found = await repositories.job_queries.search(*where, for_user=posted.user_id, words="boat", limit=5)
    assert [job.id for job in found] == [posted.id]
    assert [job.id for job in await repositories.job_queries.videos(*where, limit=5)] == [posted.id]
    assert await repositories.job_queries.count(*where) == 1
    assert (
        sum(row.micros for row in await repositories.usage.by_day(waiting.guild_id, NOW))
        == 7 + posted.money.price_micros
    )
    await store.set_flag("press:1:2", "x", 0.0)
    await store.set_flag("salted", "x", 0.0)
    assert await repositories.retention.expire_flags(NOW) == 1
    assert await repositories.retention.expired(NOW + 1e9, 5) != []


async def _count_within_host_budget(store: SqlJobStore) -> int:
    """Let 200 servers order at once, within a budget of the host for 50 jobs. Return how many were accepted."""

    async def order(guild_id: int) -> bool:
        try:
            job = make_job(guild_id=guild_id, user_id=guild_id, price_micros=1000)
            return await store.insert(job, Caps(host=HostBudget(day_micros=50_000))) is not None
        except BudgetSpent:
            return False

    await asyncio.gather(*(store.database.run("SELECT pg_sleep(0.05)") for _ in range(CONNECTIONS)))
    return sum(await asyncio.gather(*(order(guild_id) for guild_id in range(1, 201))))


async def test_orders_of_many_servers_at_once_reach_exactly_the_hosts_budget(store: SqlJobStore) -> None:
    assert await _count_within_host_budget(store) == 50


async def test_without_the_hosts_lock_orders_pass_its_budget(
    store: SqlJobStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The test above has teeth, and the servers' own locks don't do."""
    lock = PgTransaction.lock

    def without(tx: PgTransaction, name: str) -> None:
        if name != "caps:host":
            lock(tx, name)

    def later(tx: Transaction, job: Job, *, at: float) -> None:
        time.sleep(0.05)  # between the sum and the price, so that the others read the same sum
        reserve(tx, job, at=at)

    monkeypatch.setattr(PgTransaction, "lock", without)
    monkeypatch.setattr("bot.store.jobs.reserve", later)
    assert await _count_within_host_budget(store) > 50


async def test_a_crash_of_the_server_is_waited_out(store: SqlJobStore) -> None:
    server = local_server()
    job = await insert_job(store)
    server.kill()
    reading = asyncio.create_task(store.job(job.id))
    moving = asyncio.create_task(store.transition(job, State.ACCEPTED, now=NOW, why="test", money="hold"))
    await asyncio.to_thread(server.start)
    assert await reading is not None
    moved = await moving
    assert moved is not None
    assert moved.state is State.ACCEPTED
