"""Put a PostgreSQL database back, or let a standby take over, for tests."""

import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.jobs.job import Job, State
from bot.jobs.rejections import OrdersHeld
from bot.sandbox.postgres import LocalPostgres
from bot.store.jobs import SqlJobStore
from bot.store.location import Role
from bot.store.postgres import PgDatabase
from bot.store.postgres_connection import connect
from bot.store.postgres_guard import PaymentsHeld
from tests.monitoring.factories import NOW, make_job


@asynccontextmanager
async def start(url: str, data: Path, role: Role = "all", *, shared: bool = False) -> AsyncIterator[SqlJobStore]:
    """Start on a database, as the bot does. `shared`: beside other workers."""
    database = await PgDatabase.open(url, data, role=role, shared=shared)
    try:
        store = SqlJobStore(database)
        await store.new_epoch(NOW)
        yield store
    finally:
        await database.close()


async def states(store: SqlJobStore) -> list[str]:
    return [row[0] for row in await store.database.run("SELECT state FROM job ORDER BY id")]


async def pay(store: SqlJobStore, job: Job) -> Job:
    paid = await store.transition(job, State.SUBMITTING, now=NOW, why="intent")
    assert paid is not None
    return paid


async def assert_held(store: SqlJobStore, what: str) -> None:
    """Nothing is ordered or paid, and the reason is told."""
    database = store.database
    assert what in database.held
    assert database.held == database.rollback == database.trouble()
    with pytest.raises(OrdersHeld):
        await store.insert(make_job())
    for job in [job for state in State for job in await in_state(store, state)]:
        with pytest.raises((OrdersHeld, PaymentsHeld)):
            await store.transition(job, State.ACCEPTED, now=NOW, why="again")
    ((fact,),) = await database.run("SELECT value FROM fact WHERE name = 'rollback'")
    assert what in fact


async def in_state(store: SqlJobStore, state: State) -> list[Job]:
    rows = await store.database.run("SELECT id FROM job WHERE state = ?", (state.value,))
    return [job for row in rows if (job := await store.job(row[0])) is not None]


async def adopt(url: str, data: Path) -> None:
    database = await PgDatabase.open(url, data)
    await database.adopt()
    await database.close()


def name_of(url: str) -> str:
    return url.partition("@/")[2].partition("?")[0]


def copy_folder(folder: Path, into: Path) -> None:
    """Copy with owners: PostgreSQL doesn't start on the files of another user."""
    subprocess.run(["cp", "-a", str(folder), str(into)], check=True)  # noqa: S603, S607


def put_back(server: LocalPostgres, earlier: str, url: str) -> None:
    """Replace a database by a copy that was made earlier, as a restored backup does."""
    name = name_of(url)
    admin = connect(server.url())
    admin.execute(f"DROP DATABASE {name}".encode())
    admin.close()
    server.create(name, earlier)


async def advance(store: SqlJobStore, job: Job, to: State) -> Job:
    moved = await store.transition(job, to, now=NOW, why="test")
    assert moved is not None
    return moved


def keep_copy(server: LocalPostgres) -> None:
    """Copy what the server has now."""
    server.kill()
    copy_folder(server.data, server.folder / "earlier")
    server.start()


def replace_by_copy(server: LocalPostgres, *, is_standby: bool = False) -> None:
    """Crash, and go on with the copy: as it is, or as a standby that is promoted."""
    server.kill()
    shutil.rmtree(server.data)
    copy_folder(server.folder / "earlier", server.data)
    if is_standby:
        (server.data / "standby.signal").touch()
    server.start()
    if is_standby:
        server.promote()
