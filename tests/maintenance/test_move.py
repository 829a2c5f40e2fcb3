"""`python -m bot move`: everything arrives, an interruption at any moment is resumed, and no bot starts on both."""

import itertools
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from bot.jobs.job import State
from bot.sandbox.postgres import LocalPostgres
from bot.store import maintenance, move_tables
from bot.store import move as moves
from bot.store.backup import InvalidBackup
from bot.store.database import Database
from bot.store.epoch_file import EpochFile
from bot.store.group_commit import Transaction
from bot.store.jobs import SqlJobStore
from bot.store.lock import CannotOpen, DatabaseInUse
from bot.store.move import AlreadyMoved, CopyDiffers, End, MoveError, NothingToCancel, OtherSchema, TargetNotEmpty
from bot.store.move_postgres import PostgresEnd
from bot.store.move_sqlite import OlderThanItsMark, SqliteEnd
from bot.store.moved import MovedToPostgres, MovedToSqlite
from bot.store.postgres import PgDatabase
from bot.store.postgres_connection import connect
from bot.store.postgres_errors import NotAllowed, NotUtf8
from tests.monitoring.factories import NOW, OPEN_STATES, create_database, insert_in_state

DATABASE = "retake.sqlite3"
NAMES = (f"move{number}" for number in itertools.count())
EVERYTHING = (*OPEN_STATES, State.REJECTED, State.NEEDS_PERSON, *[State.ACCEPTED] * 12)


@pytest.fixture(scope="module")
def server() -> Iterator[LocalPostgres]:
    server = LocalPostgres(fast=True)
    yield server
    server.close()


@pytest.fixture
def url(server: LocalPostgres) -> str:
    return server.create(next(NAMES))


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(move_tables, "MAX_ROWS", 4)


def folder_of(url: str) -> Path:
    """Return the data folder of the bot on a database."""
    name = url.partition("@/")[2].partition("?")[0]
    folder = Path(url.partition("host=")[2]) / f"data-{name}"
    folder.mkdir(exist_ok=True)
    return folder


def to_postgres(path: Path, url: str) -> moves.Moved:
    return _move(SqliteEnd.source(path), lambda: PostgresEnd(url, folder_of(url)))


def to_sqlite(url: str, path: Path) -> moves.Moved:
    return _move(PostgresEnd(url, folder_of(url)), lambda: SqliteEnd.target(path)[0])


def _move(source: End, open_target: Callable[[], End]) -> moves.Moved:
    with closing(source), closing(open_target()) as target:
        return moves.move(source, target)


def content(path: Path) -> dict[str, list[tuple[object, ...]]]:
    with closing(sqlite3.connect(path)) as connection:
        return {
            table.name: connection.execute(
                f"SELECT {', '.join(table.columns)} FROM {table.name} ORDER BY {', '.join(table.key)}"  # noqa: S608
            ).fetchall()
            for table in move_tables.list_tables()
        }


def rules(path: Path) -> set[tuple[str, str]]:
    with closing(sqlite3.connect(path)) as connection:
        return set(connection.execute("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL"))


async def awkward_database(data: Path) -> None:
    """Jobs in every state, one of which refers to a later one, with texts and numbers at their bounds."""
    await create_database(data, *EVERYTHING)
    database = await Database.open(data / DATABASE)
    store = SqlJobStore(database)
    awkward = {"prompt": "a \0 boat 🚢 'quoted' %s ? \\", "created_at": 1_800_000_000.123456, "user_id": 2**63 - 1}
    job = await insert_in_state(store, State.POLLING, **awkward)
    rows = await database.run("SELECT id FROM job ORDER BY id")
    await database.run("UPDATE job SET parent_id = ? WHERE id = ?", (rows[-1]["id"], rows[0]["id"]))
    await database.run("UPDATE job SET root_id = ? WHERE id = ?", (job.id, rows[1]["id"]))
    await database.close()


async def test_everything_arrives_and_comes_back_the_same(tmp_path: Path, url: str) -> None:
    await awkward_database(tmp_path)
    before = content(tmp_path / DATABASE)
    moved = to_postgres(tmp_path / DATABASE, url)
    assert (moved.jobs, moved.open_jobs) == (len(EVERYTHING) + 1, len(EVERYTHING) - 1)
    assert moved.rows == sum(len(rows) for rows in before.values())
    assert moved.ledger_rows == len(before["ledger"]) > 0
    to_sqlite(url, tmp_path / "back" / DATABASE)
    assert content(tmp_path / "back" / DATABASE) == before
    await (await Database.open(tmp_path / "new" / DATABASE)).close()
    assert rules(tmp_path / "back" / DATABASE) == rules(tmp_path / "new" / DATABASE)


async def test_the_bot_goes_on_where_it_was_moved_to_and_only_there(tmp_path: Path, url: str) -> None:
    await awkward_database(tmp_path)
    to_postgres(tmp_path / DATABASE, url)
    with pytest.raises(MovedToPostgres):
        await Database.open(tmp_path / DATABASE)
    postgres = await PgDatabase.open(url, folder_of(url))
    assert postgres.held == ""
    store = SqlJobStore(postgres)
    assert await store.new_epoch(NOW + 1.0) == 0
    await insert_in_state(store, State.POLLING)  # the sequences and triggers are as in a new database
    ((events, newest),) = await postgres.run("SELECT count(*), max(rowid) FROM event")
    assert events == newest
    with pytest.raises(Exception, match="append-only"):
        await postgres.run("DELETE FROM event")
    with pytest.raises(Exception, match="foreign key"):
        await postgres.run("UPDATE job SET parent_id = 'nobody'")
    await postgres.close()
    to_sqlite(url, tmp_path / "back" / DATABASE)
    with pytest.raises(MovedToSqlite):
        await PgDatabase.open(url)
    database = await Database.open(tmp_path / "back" / DATABASE)
    assert not database.restored
    await insert_in_state(SqlJobStore(database), State.POLLING)
    await database.close()


async def test_going_back_to_the_same_file_sets_the_old_one_aside(tmp_path: Path, url: str) -> None:
    await awkward_database(tmp_path)
    to_postgres(tmp_path / DATABASE, url)
    source = PostgresEnd(url, folder_of(url))
    target, aside = SqliteEnd.target(tmp_path / DATABASE)
    with closing(source), closing(target):
        moves.move(source, target)
    assert aside is not None
    assert len(content(aside)["job"]) == len(EVERYTHING) + 1
    database = await Database.open(tmp_path / DATABASE)
    assert not database.restored
    await database.close()


class Killed(Exception):
    """Simulates the end of the process."""


class KilledAfter:
    """Ends a move after so many committed writes to either database."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.left = 0
        for end in (SqliteEnd, PostgresEnd):
            monkeypatch.setattr(end, "write", self._counted(end.write))

    def _counted(self, write: Callable[..., object]) -> Callable[..., object]:
        def counted(end: End, work: Callable[..., object]) -> object:
            result = write(end, work)
            self.left -= 1
            if self.left == 0:
                raise Killed
            return result

        return counted


async def assert_none_starts(data: Path, url: str) -> None:
    with pytest.raises(CannotOpen):
        await Database.open(data / DATABASE)
    with pytest.raises(CannotOpen):
        await PgDatabase.open(url)


@pytest.mark.parametrize("is_back", [False, True], ids=["to PostgreSQL", "to SQLite"])
async def test_a_move_that_ends_after_any_write_is_resumed(
    tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch, is_back: bool
) -> None:
    monkeypatch.setattr(move_tables, "MAX_ROWS", 8)
    await awkward_database(tmp_path)
    before = content(tmp_path / DATABASE)
    if is_back:
        to_postgres(tmp_path / DATABASE, url)
    killed = KilledAfter(monkeypatch)
    for attempt in itertools.count():
        killed.left = attempt % 3 + 1  # the last steps are three writes, and repeated until all are done
        try:
            to_sqlite(url, tmp_path / DATABASE) if is_back else to_postgres(tmp_path / DATABASE, url)
        except Killed:
            if attempt % 4 == 2:  # the first attempt ends before anything is copied
                await assert_none_starts(tmp_path, url)
            continue
        except AlreadyMoved:
            pass
        break
    assert attempt > 20
    killed.left = 0
    if not is_back:
        to_sqlite(url, tmp_path / DATABASE)
    assert content(tmp_path / DATABASE) == before
    database = await Database.open(tmp_path / DATABASE)
    assert not database.restored
    await database.close()


async def test_rows_that_changed_between_two_attempts_are_copied_again(
    tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await create_database(tmp_path, *EVERYTHING)
    killed = KilledAfter(monkeypatch)
    killed.left = 12
    with pytest.raises(Killed):
        to_postgres(tmp_path / DATABASE, url)
    with closing(SqliteEnd.source(tmp_path / DATABASE)) as source:
        moves.cancel(source)
        with pytest.raises(NothingToCancel):
            moves.cancel(source)
    database = await Database.open(tmp_path / DATABASE)
    await database.run("UPDATE job SET prompt = 'changed'")
    await database.close()
    killed.left = 0
    to_postgres(tmp_path / DATABASE, url)
    postgres = await PgDatabase.open(url)
    assert {row[0] for row in await postgres.run("SELECT prompt FROM job")} == {"changed"}
    await postgres.close()
    with closing(SqliteEnd.source(tmp_path / DATABASE)) as source, pytest.raises(AlreadyMoved):
        moves.cancel(source)


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


async def test_a_moved_file_that_is_restored_holds_its_open_jobs(tmp_path: Path, url: str) -> None:
    """The way out if PostgreSQL is lost: nothing that was open is trusted."""
    await create_database(tmp_path, State.ACCEPTED)
    to_postgres(tmp_path / DATABASE, url)
    maintenance.restore(tmp_path, tmp_path / DATABASE)
    database = await Database.open(tmp_path / DATABASE)
    assert await SqlJobStore(database).new_epoch(NOW + 9.0) == 1
    await database.close()


async def test_a_file_that_is_being_filled_is_no_backup(
    tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await create_database(tmp_path, *EVERYTHING)
    to_postgres(tmp_path / DATABASE, url)
    killed = KilledAfter(monkeypatch)
    killed.left = 12
    with pytest.raises(Killed):
        to_sqlite(url, tmp_path / "back" / DATABASE)
    with pytest.raises(InvalidBackup):
        maintenance.inspect(tmp_path / "back" / DATABASE)


async def test_the_mark_of_the_copy_knows_what_was_spent(tmp_path: Path, url: str) -> None:
    await create_database(tmp_path, State.POLLING, State.POLLING)
    to_postgres(tmp_path / DATABASE, url)
    to_sqlite(url, tmp_path / "back" / DATABASE)
    before, after = EpochFile(tmp_path / DATABASE), EpochFile(tmp_path / "back" / DATABASE)
    assert after.read() == before.read()
    assert after.servers() == before.servers() != {}


async def test_a_database_that_cannot_take_it_is_named(tmp_path: Path, server: LocalPostgres) -> None:
    await create_database(tmp_path, State.POLLING)
    admin = connect(server.url())
    admin.execute("CREATE ROLE guest LOGIN")
    admin.execute("CREATE DATABASE ascii ENCODING 'SQL_ASCII' TEMPLATE template0")
    admin.close()
    with pytest.raises(NotUtf8):
        to_postgres(tmp_path / DATABASE, server.url("ascii"))
    name = next(NAMES)
    with pytest.raises(NotAllowed):
        to_postgres(tmp_path / DATABASE, server.create(name).replace("retake@", "guest@"))


async def test_a_connection_that_is_lost_is_named_and_the_move_is_resumed(
    tmp_path: Path, url: str, server: LocalPostgres
) -> None:
    await create_database(tmp_path, *EVERYTHING)
    pages = 0

    def crash(*_: object) -> None:
        nonlocal pages
        pages += 1
        if pages == 5:
            server.kill()

    with (
        closing(SqliteEnd.source(tmp_path / DATABASE)) as source,
        closing(PostgresEnd(url, tmp_path)) as target,
        pytest.raises(MoveError, match="connection to PostgreSQL was lost"),
    ):
        moves.move(source, target, crash)
    server.start()
    assert to_postgres(tmp_path / DATABASE, url).jobs == len(EVERYTHING)
