"""Backup of a database in use: complete, private, and without blocking the bot."""

import stat
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.jobs.job import State
from bot.store import backup, maintenance
from bot.store.backup import InvalidBackup
from bot.store.database import Database
from bot.store.jobs import SqlJobStore
from bot.store.readonly import Unreadable
from tests.monitoring.factories import NOW, create_database, insert_in_state


async def test_a_backup_is_taken_while_the_bot_writes(tmp_path: Path) -> None:
    database = await Database.open(tmp_path / "retake.sqlite3")
    store = SqlJobStore(database)
    await store.new_epoch(NOW)
    made: list[maintenance.Backup] = []
    backing = threading.Thread(target=lambda: made.append(maintenance.back_up(tmp_path)))
    for _ in range(20):
        await insert_in_state(store, State.POLLING)
    backing.start()
    written = 20
    while backing.is_alive():
        await insert_in_state(store, State.ACCEPTED)
        written += 1
    assert 20 <= made[0].facts.jobs <= written
    assert made[0].facts.open_jobs == made[0].facts.jobs
    await database.close()


async def test_a_backup_is_one_file_that_only_its_owner_can_read(tmp_path: Path) -> None:
    await create_database(tmp_path, State.POLLING, State.REJECTED)
    made = maintenance.back_up(tmp_path, tmp_path / "elsewhere" / "copy.sqlite3")
    assert (made.facts.jobs, made.facts.open_jobs) == (2, 1)
    assert stat.S_IMODE(made.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(made.path.parent.stat().st_mode) == 0o700
    assert [file.name for file in made.path.parent.iterdir()] == ["copy.sqlite3"]


async def test_a_backup_contains_no_interaction_token(tmp_path: Path) -> None:
    database = await Database.open(tmp_path / "retake.sqlite3")
    token = "aW50ZXJhY3Rpb246canary" * 8
    await insert_in_state(SqlJobStore(database), State.RECEIVED, interaction_id=5, interaction_token=token)
    made = maintenance.back_up(tmp_path)
    assert b"canary" not in made.path.read_bytes()
    rows = await database.run("SELECT interaction_token FROM job")
    assert rows[0][0] == token  # the bot's database keeps it
    await database.close()


async def test_an_existing_file_is_never_overwritten(tmp_path: Path) -> None:
    await create_database(tmp_path)
    (tmp_path / "mine").write_text("precious")
    with pytest.raises(FileExistsError):
        maintenance.back_up(tmp_path, tmp_path / "mine")
    assert (tmp_path / "mine").read_text() == "precious"


async def test_the_newest_backups_are_kept_and_other_files_are_not_touched(tmp_path: Path) -> None:
    await create_database(tmp_path)
    begin = datetime(2026, 11, 21, tzinfo=UTC)
    maintenance.back_up(tmp_path, tmp_path / "backups" / "by-hand.sqlite3")
    for hour in range(5):
        made = maintenance.back_up(tmp_path, keep=2, now=begin + timedelta(hours=hour))
    assert sorted(file.name for file in (tmp_path / "backups").iterdir()) == [
        "by-hand.sqlite3",
        "retake-20261121-030000.sqlite3",
        "retake-20261121-040000.sqlite3",
    ]
    assert [file.name for file in made.removed] == ["retake-20261121-020000.sqlite3"]


async def test_a_failed_backup_leaves_no_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    await create_database(tmp_path)

    def full(_copy: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(backup, "_delete_tokens", full)
    with pytest.raises(OSError, match="No space left"):
        maintenance.back_up(tmp_path)
    assert list((tmp_path / "backups").iterdir()) == []


def test_a_missing_database_is_reported(tmp_path: Path) -> None:
    with pytest.raises(maintenance.NoDatabase):
        maintenance.back_up(tmp_path)


async def test_a_damaged_database_is_not_backed_up(tmp_path: Path) -> None:
    await create_database(tmp_path, *[State.POLLING] * 60)
    database = tmp_path / "retake.sqlite3"
    content = bytearray(database.read_bytes())
    content[len(content) // 2 : len(content) // 2 + 8192] = b"\xff" * 8192
    database.write_bytes(content)
    with pytest.raises((InvalidBackup, Unreadable)):
        maintenance.back_up(tmp_path)
    assert list((tmp_path / "backups").iterdir()) == []
