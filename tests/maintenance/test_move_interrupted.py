"""`python -m bot move` ends at any moment: it's resumed, and until then no bot starts on either database."""

import itertools
from contextlib import closing
from pathlib import Path

import pytest

from bot.sandbox.postgres import LocalPostgres
from bot.store import maintenance, move_tables
from bot.store import move as moves
from bot.store.backup import InvalidBackup
from bot.store.database import Database
from bot.store.move import AlreadyMoved, MoveError, NothingToCancel
from bot.store.move_postgres import PostgresEnd
from bot.store.move_sqlite import SqliteEnd
from bot.store.postgres import PgDatabase
from tests.maintenance.moving import (
    DATABASE,
    EVERYTHING,
    Killed,
    KilledAfter,
    assert_none_starts,
    awkward_database,
    content,
    to_postgres,
    to_sqlite,
)  # fmt: skip
from tests.monitoring.factories import create_database

pytestmark = pytest.mark.usefixtures("small_pages")


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


async def test_a_connection_that_is_lost_is_named_and_the_move_is_resumed(
    tmp_path: Path, server: LocalPostgres
) -> None:
    url = server.create("retake")
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
