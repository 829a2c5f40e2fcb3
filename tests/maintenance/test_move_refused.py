"""`python -m bot move` refuses what can't be copied whole, and leaves both databases as they are."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.jobs.job import State
from bot.sandbox.postgres import LocalPostgres
from bot.store import maintenance, move_tables
from bot.store import move as moves
from bot.store.database import Database
from bot.store.group_commit import Transaction
from bot.store.lock import DatabaseInUse
from bot.store.move import CopyDiffers, OtherSchema, TargetNotEmpty
from bot.store.move_sqlite import OlderThanItsMark, SqliteEnd
from bot.store.postgres import PgDatabase
from bot.store.postgres_connection import connect
from bot.store.postgres_errors import NotAllowed, NotUtf8
from tests.maintenance.moving import DATABASE, EVERYTHING, assert_none_starts, to_postgres, to_sqlite
from tests.monitoring.factories import create_database

pytestmark = pytest.mark.usefixtures("small_pages")


async def test_a_copy_that_differs_is_not_switched_to(
    tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The comparison has teeth: a row that is written differently, and one that is left out."""
    await create_database(tmp_path, *EVERYTHING)
    write_page = move_tables.write_page

    def spoiled(tx: Transaction, table: move_tables.Table, page: move_tables.Page) -> None:
        write_page(tx, table, page)
        tx.run("UPDATE job SET prompt = 'spoiled'")

    for spoil in (spoiled, lambda tx, table, page: write_page(tx, table, page[:-1]) if page[1:] else None):
        monkeypatch.setattr(moves, "write_page", spoil)
        with pytest.raises(CopyDiffers):
            to_postgres(tmp_path / DATABASE, url)
        await assert_none_starts(tmp_path, url)
        with closing(SqliteEnd.source(tmp_path / DATABASE)) as source:
            moves.cancel(source)
    await (await Database.open(tmp_path / DATABASE)).close()


async def test_a_move_is_refused_while_a_bot_runs_on_either_database(tmp_path: Path, url: str) -> None:
    await create_database(tmp_path, State.POLLING)
    database = await Database.open(tmp_path / DATABASE)
    with pytest.raises(DatabaseInUse):
        to_postgres(tmp_path / DATABASE, url)
    await database.close()
    postgres = await PgDatabase.open(url)
    with pytest.raises(DatabaseInUse):
        to_postgres(tmp_path / DATABASE, url)
    await postgres.close()
    to_postgres(tmp_path / DATABASE, url)  # a bot that has only started there leaves nothing


async def test_a_target_that_is_not_empty_is_refused_and_stays_as_it_is(tmp_path: Path, url: str) -> None:
    await create_database(tmp_path / "one", State.POLLING)
    await create_database(tmp_path / "two", State.POLLING, State.REJECTED)
    to_postgres(tmp_path / "one" / DATABASE, url)
    with pytest.raises(TargetNotEmpty):
        to_postgres(tmp_path / "two" / DATABASE, url)
    with pytest.raises(TargetNotEmpty):
        to_sqlite(url, tmp_path / "two" / DATABASE)
    for untouched in (Database.open(tmp_path / "two" / DATABASE), PgDatabase.open(url)):
        await (await untouched).close()


async def test_tables_of_another_program_are_refused(tmp_path: Path, url: str) -> None:
    await create_database(tmp_path, State.POLLING)
    connection = connect(url)
    connection.execute("CREATE TABLE cats (name TEXT)")
    with pytest.raises(TargetNotEmpty):
        to_postgres(tmp_path / DATABASE, url)
    assert connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchall() == [(1,)]
    connection.close()


async def test_another_schema_is_refused(tmp_path: Path, url: str) -> None:
    await create_database(tmp_path, State.POLLING)
    connection = connect(url)
    await (await PgDatabase.open(url)).close()
    connection.execute("UPDATE schema_version SET version = version + 1")
    with pytest.raises(OtherSchema):
        to_postgres(tmp_path / DATABASE, url)
    connection.execute("UPDATE schema_version SET version = version - 1")
    with closing(sqlite3.connect(tmp_path / DATABASE)) as database:
        database.execute("PRAGMA user_version = 9")
    with pytest.raises(OtherSchema):
        to_postgres(tmp_path / DATABASE, url)
    connection.close()


async def test_a_database_that_is_older_than_its_mark_is_not_moved(tmp_path: Path, url: str) -> None:
    """The start that holds its open jobs for a person comes first."""
    await create_database(tmp_path, State.ACCEPTED)
    maintenance.restore(tmp_path, maintenance.back_up(tmp_path).path)
    with pytest.raises(OlderThanItsMark):
        to_postgres(tmp_path / DATABASE, url)
    (tmp_path / f"{DATABASE}.mark").unlink()
    with pytest.raises(OlderThanItsMark):
        to_postgres(tmp_path / DATABASE, url)


async def test_a_database_that_cannot_take_it_is_named(tmp_path: Path, server: LocalPostgres) -> None:
    await create_database(tmp_path, State.POLLING)
    admin = connect(server.url())
    admin.execute("CREATE ROLE guest LOGIN")
    admin.execute("CREATE DATABASE ascii ENCODING 'SQL_ASCII' TEMPLATE template0")
    admin.close()
    with pytest.raises(NotUtf8):
        to_postgres(tmp_path / DATABASE, server.url("ascii"))
    with pytest.raises(NotAllowed):
        to_postgres(tmp_path / DATABASE, server.create("retake").replace("retake@", "guest@"))
