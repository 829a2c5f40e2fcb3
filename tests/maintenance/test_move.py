"""`python -m bot move`: everything arrives, comes back the same, and a bot starts on one of the two only."""

from contextlib import closing
from pathlib import Path

import pytest

from bot.jobs.job import State
from bot.store import maintenance
from bot.store import move as moves
from bot.store.database import Database
from bot.store.epoch_file import EpochFile
from bot.store.jobs import SqlJobStore
from bot.store.move_postgres import PostgresEnd
from bot.store.move_sqlite import SqliteEnd
from bot.store.moved import MovedToPostgres, MovedToSqlite
from bot.store.postgres import PgDatabase
from tests.maintenance.moving import (
    DATABASE,
    EVERYTHING,
    awkward_database,
    content,
    folder_of,
    rules,
    to_postgres,
    to_sqlite,
)  # fmt: skip
from tests.monitoring.factories import NOW, create_database, insert_in_state

pytestmark = pytest.mark.usefixtures("small_pages")


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


async def test_a_moved_file_that_is_restored_holds_its_open_jobs(tmp_path: Path, url: str) -> None:
    """The way out if PostgreSQL is lost: nothing that was open is trusted."""
    await create_database(tmp_path, State.ACCEPTED)
    to_postgres(tmp_path / DATABASE, url)
    maintenance.restore(tmp_path, tmp_path / DATABASE)
    database = await Database.open(tmp_path / DATABASE)
    assert await SqlJobStore(database).new_epoch(NOW + 9.0) == 1
    await database.close()


async def test_the_mark_of_the_copy_knows_what_was_spent(tmp_path: Path, url: str) -> None:
    await create_database(tmp_path, State.POLLING, State.POLLING)
    to_postgres(tmp_path / DATABASE, url)
    to_sqlite(url, tmp_path / "back" / DATABASE)
    before, after = EpochFile(tmp_path / DATABASE), EpochFile(tmp_path / "back" / DATABASE)
    assert after.read() == before.read()
    assert after.servers() == before.servers() != {}
