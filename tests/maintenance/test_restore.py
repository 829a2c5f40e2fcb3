"""Restore of a backup: no open job is trusted, and nothing is paid again automatically."""

import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.jobs.job import State
from bot.store import backup, maintenance
from bot.store.backup import InvalidBackup
from bot.store.database import Database
from bot.store.jobs import SqlJobStore
from bot.store.lock import DatabaseInUse
from bot.store.migrations import SchemaTooNew
from tests.monitoring.factories import NOW, OPEN_STATES, create_database


async def start_and_read_states(data: Path) -> dict[State, int]:
    """Start on this data and return the number of jobs by state."""
    database = await Database.open(data / "retake.sqlite3")
    try:
        await SqlJobStore(database).new_epoch(NOW + 10.0)
        rows = await database.run("SELECT state, count(*) FROM job GROUP BY state")
        return {State(state): count for state, count in rows}
    finally:
        await database.close()


async def held_micros(data: Path) -> int:
    database = await Database.open(data / "retake.sqlite3")
    rows = await database.run("SELECT coalesce(sum(micros), 0) FROM ledger WHERE kind = 'hold'")
    await database.close()
    return int(rows[0][0])


def copy_live_files(data: Path, into: Path) -> Path:
    """Copy the files of a database in use, as a SIGKILL would leave them: the latest changes are only in the WAL."""
    into.mkdir()
    for name in ("retake.sqlite3", "retake.sqlite3-wal", "retake.sqlite3.mark"):
        shutil.copyfile(data / name, into / name)
    return into


async def test_a_person_decides_about_every_open_job_of_a_restored_database(tmp_path: Path) -> None:
    await create_database(tmp_path, *OPEN_STATES, State.REJECTED)
    copy = maintenance.back_up(tmp_path).path
    done = maintenance.restore(tmp_path, copy)
    assert done.facts.open_jobs == len(OPEN_STATES)
    assert await start_and_read_states(tmp_path) == {State.NEEDS_PERSON: len(OPEN_STATES), State.REJECTED: 1}
    assert await held_micros(tmp_path) == 500_000  # all except the captured one


async def test_even_a_backup_of_this_moment_is_not_trusted(tmp_path: Path) -> None:
    """Nothing was paid since the backup, but the bot cannot know that."""
    await create_database(tmp_path, State.ACCEPTED)
    maintenance.restore(tmp_path, maintenance.back_up(tmp_path).path)
    assert await start_and_read_states(tmp_path) == {State.NEEDS_PERSON: 1}


async def test_a_backup_on_a_new_machine_is_not_trusted(tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    await create_database(tmp_path / "old", State.ACCEPTED, State.POLLING)
    copy = maintenance.back_up(tmp_path / "old").path
    done = maintenance.restore(tmp_path / "new", copy)
    assert done.aside is None
    assert await start_and_read_states(tmp_path / "new") == {State.NEEDS_PERSON: 2}


async def test_the_start_after_all_decisions_is_a_normal_one(tmp_path: Path) -> None:
    await create_database(tmp_path, State.POLLING)
    maintenance.restore(tmp_path, maintenance.back_up(tmp_path).path)
    await start_and_read_states(tmp_path)
    database = await Database.open(tmp_path / "retake.sqlite3")
    assert not database.restored
    await database.close()


async def test_the_previous_database_is_set_aside(tmp_path: Path) -> None:
    await create_database(tmp_path, State.POLLING)
    copy = maintenance.back_up(tmp_path).path
    database = await Database.open(tmp_path / "retake.sqlite3")
    await database.run("INSERT INTO fact VALUES ('after', 'the backup', 0)")
    await database.close()
    done = maintenance.restore(tmp_path, copy)
    assert done.aside is not None
    with sqlite3.connect(done.aside) as old:
        assert old.execute("SELECT value FROM fact WHERE name = 'after'").fetchone() == ("the backup",)
    old.close()
    with sqlite3.connect(tmp_path / "retake.sqlite3") as new:
        assert new.execute("SELECT value FROM fact WHERE name = 'after'").fetchone() is None
    new.close()


async def test_the_wal_of_the_old_database_is_never_applied_to_the_new_one(tmp_path: Path) -> None:
    await create_database(tmp_path, State.POLLING)
    copy = maintenance.back_up(tmp_path).path
    database = await Database.open(tmp_path / "retake.sqlite3")
    await database.run("INSERT INTO fact VALUES ('after', 'the backup', 0)")
    killed = copy_live_files(tmp_path, tmp_path / "killed")
    await database.close()
    done = maintenance.restore(killed, copy)
    assert not (killed / "retake.sqlite3-wal").exists()
    assert done.aside is not None
    assert done.aside.with_name(f"{done.aside.name}-wal").exists()
    assert await start_and_read_states(killed) == {State.NEEDS_PERSON: 1}


async def test_restore_is_refused_while_the_bot_runs(tmp_path: Path) -> None:
    await create_database(tmp_path, State.POLLING)
    copy = maintenance.back_up(tmp_path).path
    database = await Database.open(tmp_path / "retake.sqlite3")
    with pytest.raises(DatabaseInUse):
        maintenance.restore(tmp_path, copy)
    await database.close()


def raise_schema_version(copy: Path) -> None:
    with sqlite3.connect(copy) as connection:
        connection.execute("PRAGMA user_version = 9000")
    connection.close()


def truncate(copy: Path) -> None:
    copy.write_bytes(copy.read_bytes()[:5000])


def replace_with_other_database(copy: Path) -> None:
    copy.unlink()
    with sqlite3.connect(copy) as connection:
        connection.execute("CREATE TABLE cats (name)")
    connection.close()


@pytest.mark.parametrize(
    ("spoil", "error"),
    [
        (raise_schema_version, SchemaTooNew),
        (truncate, InvalidBackup),
        (replace_with_other_database, InvalidBackup),
        (lambda copy: copy.unlink(), FileNotFoundError),
    ],
)
async def test_an_invalid_backup_changes_nothing(
    tmp_path: Path, spoil: Callable[[Path], None], error: type[Exception]
) -> None:
    await create_database(tmp_path, State.POLLING)
    copy = maintenance.back_up(tmp_path).path
    spoil(copy)
    with pytest.raises(error):
        maintenance.restore(tmp_path, copy)
    assert await start_and_read_states(tmp_path) == {State.POLLING: 1}


class PowerCut(Exception):
    """Simulates the loss of power."""


@pytest.mark.parametrize("step", ["_sync", "set_aside", "_advance_epoch", "delete_logs", "_swap", "sync_folder"])
@pytest.mark.parametrize("moment", ["before", "after"])
async def test_an_interrupted_restore_never_leads_to_a_second_payment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, moment: str
) -> None:
    await create_database(tmp_path, State.ACCEPTED)
    copy = maintenance.back_up(tmp_path).path
    database = await Database.open(tmp_path / "retake.sqlite3")
    store = SqlJobStore(database)
    (job,) = await store.open_jobs()
    assert await store.transition(job, State.SUBMITTING, now=NOW, why="paid since the backup")
    killed = copy_live_files(tmp_path, tmp_path / "killed")
    await database.close()
    real = getattr(backup, step)

    def interrupted(*args: object) -> None:
        if moment == "after":
            real(*args)
        raise PowerCut

    monkeypatch.setattr(backup, step, interrupted)
    with pytest.raises(PowerCut):
        maintenance.restore(killed, copy)
    states = await start_and_read_states(killed)
    assert states in ({State.SUBMITTING: 1}, {State.NEEDS_PERSON: 1})  # an intent or a decision, never `accepted`
