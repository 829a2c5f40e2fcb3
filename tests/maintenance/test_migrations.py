"""Schema migrations: a backup first, newer schemas refused, nothing migrated twice."""

import sqlite3
from pathlib import Path

import pytest

from bot.jobs.job import JobMoney
from bot.store import maintenance
from bot.store.backup import newest_version, version_of
from bot.store.database import Database
from bot.store.jobs import SqlJobStore
from bot.store.migrations import SchemaTooNew, schema_files, upgrade
from bot.store.rows import COLUMNS, values_of
from tests.store.factories import make_job


def create_database(version: int, data: Path) -> Path:
    """Create a database with an earlier schema."""
    database = data / "retake.sqlite3"
    connection = sqlite3.connect(database, isolation_level=None)
    upgrade(connection, [step for step in schema_files() if step[0] <= version])
    connection.execute("INSERT INTO fact VALUES ('kept', 'yes', 0)")
    connection.close()
    return database


OLDER_VERSIONS = [version for version, _ in schema_files()[:-1]]


@pytest.mark.parametrize("version", OLDER_VERSIONS)
def test_every_earlier_schema_is_backed_up_and_upgraded(tmp_path: Path, version: int) -> None:
    database = create_database(version, tmp_path)
    done = maintenance.migrate(tmp_path)
    assert (done.before, done.after) == (version, newest_version())
    assert done.backup is not None
    assert version_of(done.backup) == version
    with sqlite3.connect(database) as now:
        assert now.execute("SELECT value FROM fact WHERE name = 'kept'").fetchone() == ("yes",)
    now.close()
    assert maintenance.migrate(tmp_path).backup is None


@pytest.mark.parametrize("version", OLDER_VERSIONS)
async def test_a_backup_of_every_earlier_schema_can_be_restored(tmp_path: Path, version: int) -> None:
    create_database(version, tmp_path)
    copy = maintenance.back_up(tmp_path).path
    maintenance.restore(tmp_path / "new", copy)
    database = await Database.open(tmp_path / "new" / "retake.sqlite3")
    assert (await database.run("PRAGMA user_version"))[0][0] == newest_version()
    await database.close()


async def test_the_ledger_keeps_every_row_and_stays_append_only(tmp_path: Path) -> None:
    database = create_database(4, tmp_path)
    with sqlite3.connect(database) as before:
        before.executescript(
            "INSERT INTO job (id, code, state, kind, user_id, guild_id, channel_id, prompt, model, account, created_at,"
            " updated_at, fence, attempt, ambiguous, tries, why, facts, spare_ids, price_micros, post_epoch, no_remix)"
            " VALUES ('j', 'K7Q2', 'delivered', 'generate', 1, 1, 1, 'a boat', 'm', 'a', 0, 0, 0, 1, 0, 0, '', '{}',"
            " '{}', 70, 0, 0);"
            "INSERT INTO ledger VALUES ('j', 'reserve', 'free', 'reserved', 70, 1);"
            "INSERT INTO ledger VALUES ('j', 'capture', 'reserved', 'spent', 70, 2);"
        )
    before.close()
    now = await Database.open(database)
    moves = await now.run("SELECT rowid, part, kind, micros, at FROM ledger")
    assert [tuple(row) for row in moves] == [(1, 1, "reserve", 70, 1.0), (2, 1, "capture", 70, 2.0)]
    assert [tuple(row) for row in await now.run("SELECT micros, videos FROM day_use")] == [(70, 1)]
    for statement in ("UPDATE ledger SET micros = 0", "DELETE FROM ledger"):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            await now.run(statement)
    await now.close()


async def test_what_earlier_requests_counted_is_kept(tmp_path: Path) -> None:
    database = create_database(10, tmp_path)
    old = make_job(price_micros=70, resent=2)
    with sqlite3.connect(database) as before:
        present = {row[1] for row in before.execute("PRAGMA table_info(job)")}
        values = {name: value for name, value in zip(COLUMNS, values_of(old), strict=True) if name in present}
        before.execute(
            f"INSERT INTO job ({', '.join(values)}) VALUES ({', '.join('?' * len(values))})",  # noqa: S608
            tuple(values.values()),
        )
    before.close()
    now = await Database.open(database)
    job = await SqlJobStore(now).job(old.id)
    await now.close()
    assert job is not None
    assert job.money == JobMoney(price_micros=70, resent=2, earlier_micros=140)


def test_a_newer_schema_is_refused_and_left_unchanged(tmp_path: Path) -> None:
    database = create_database(newest_version(), tmp_path)
    with sqlite3.connect(database) as connection:
        connection.execute("PRAGMA user_version = 9000")
    connection.close()
    with pytest.raises(SchemaTooNew):
        maintenance.migrate(tmp_path)
    with pytest.raises(SchemaTooNew):
        maintenance.before_upgrade(tmp_path)
    assert version_of(database) == 9000
    assert not (tmp_path / "backups").exists()


def test_a_first_start_needs_no_backup(tmp_path: Path) -> None:
    assert maintenance.before_upgrade(tmp_path) is None
    (tmp_path / "retake.sqlite3").touch()
    assert maintenance.before_upgrade(tmp_path) is None
