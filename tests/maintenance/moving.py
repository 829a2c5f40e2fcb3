"""Move a database as `python -m bot move` does, end it half-way, and read what arrived. For tests."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from bot.jobs.job import State
from bot.store import move as moves
from bot.store import move_tables
from bot.store.database import Database
from bot.store.jobs import SqlJobStore
from bot.store.lock import CannotOpen
from bot.store.move import End
from bot.store.move_postgres import PostgresEnd
from bot.store.move_sqlite import SqliteEnd
from bot.store.postgres import PgDatabase
from tests.monitoring.factories import OPEN_STATES, create_database, insert_in_state

DATABASE = "retake.sqlite3"
EVERYTHING = (*OPEN_STATES, State.REJECTED, State.NEEDS_PERSON, *[State.ACCEPTED] * 12)


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
