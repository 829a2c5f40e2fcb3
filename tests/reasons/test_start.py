"""What the start and the host's commands say about files: the cause, and a backup only where there is damage."""

import contextlib
import errno
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.app import alive_file
from bot.cli import run
from bot.cli.database import cli
from bot.settings import Settings
from bot.store.database import Database
from bot.store.file_errors import describe_access, describe_os_error, describe_sqlite_error
from bot.store.integrity import DatabaseDamaged
from bot.store.location import DATABASE
from bot.store.readonly import Unreadable, open_readonly
from tests.maintenance.test_foreign_files import another_user
from tests.maintenance.test_foreign_lock import write_lock

DATA = Path("/srv/retake")
BACKUP = "make restore"


async def start(data: Path, capfd: pytest.CaptureFixture[str]) -> str:
    """Start the bot on this data folder and return what it says before it ends."""
    await run.run(Settings.model_validate({"discord_token": "x", "data": data}))
    return capfd.readouterr().err


async def made(data: Path) -> Path:
    """Make a database. Return its file."""
    await (await Database.open(data / DATABASE)).close()
    return data / DATABASE


async def test_a_damaged_database_asks_for_a_backup(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / DATABASE).write_bytes(b"no database at all" * 100)
    said = await start(tmp_path, capfd)
    assert said.strip() == DatabaseDamaged.__doc__
    assert BACKUP in said


async def test_a_locked_database_is_not_damaged(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    database = await made(tmp_path)
    with contextlib.closing(sqlite3.connect(database, isolation_level=None)) as other:
        other.execute("PRAGMA journal_mode=DELETE")
        other.execute("BEGIN EXCLUSIVE")
        said = await start(tmp_path, capfd)
    assert said == f"Another program has locked {database}. End that program.\n"


async def test_a_lock_that_only_an_upgrade_meets_is_said_too(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    database = await made(tmp_path)
    with contextlib.closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA user_version=0")  # as a file that has just been created
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with write_lock(database):
        said = await start(tmp_path, capfd)
    assert said == f"Another program has locked {database}. End that program.\n"


async def test_a_folder_in_place_of_the_file_is_no_damage(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / DATABASE).mkdir()
    (tmp_path / DATABASE / "something").touch()
    said = await start(tmp_path, capfd)
    assert said == f"{tmp_path / DATABASE} is a folder, not a database.\n"


async def test_a_file_in_place_of_the_folder_is_named(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "data").touch()
    assert await start(tmp_path / "data", capfd) == f"{tmp_path / 'data'} can't be used (File exists).\n"


async def test_only_another_users_file_is_called_so(tmp_path: Path) -> None:
    database = await made(tmp_path)
    database.chmod(0o400)
    assert describe_access(database) == (
        f"The mode of {database} doesn't let its own user read and write it. Run: chmod u+rw {database}"
    )
    for folder in (tmp_path, *list(tmp_path.parents)[:3]):
        folder.chmod(folder.stat().st_mode | 0o055)
    if os.geteuid() == 0:
        with another_user(tmp_path):
            assert "belongs to another user" in describe_access(database)


@pytest.mark.parametrize(
    ("number", "says"),
    [
        (errno.ENOSPC, "The disk of /srv/retake is full. Free some space on it."),
        (errno.EDQUOT, "The disk of /srv/retake is full. Free some space on it."),
        (
            errno.EROFS,
            "The disk of /srv/retake can only be read. Make it writable,",
        ),
        (
            errno.EACCES,
            "/srv/retake/x can't be used (Permission denied). Give /srv/retake to the user",
        ),
        (errno.EMFILE, "/srv/retake/x can't be used (Too many open files)."),
        (errno.EEXIST, "/srv/retake/x can't be used (File exists)."),
    ],
)
def test_an_error_of_the_disk_names_its_cause(number: int, says: str) -> None:
    error = OSError(number, os.strerror(number), "/srv/retake/x")
    said = describe_os_error(error, DATA)
    assert said.startswith(says)
    assert ("user that runs Retake" in said) == (number == errno.EACCES)


def full(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA max_page_count=2")
    connection.execute("CREATE TABLE a (b)")
    connection.execute("INSERT INTO a VALUES (zeroblob(99999))")


@pytest.mark.parametrize(
    ("work", "says"),
    [
        (full, "is full. Free some space on it."),
        (lambda connection: connection.execute("SELECT b FROM a"), "SQLite can't use "),
    ],
)
def test_a_full_disk_is_told_from_a_mistake(
    tmp_path: Path, work: Callable[[sqlite3.Connection], object], says: str
) -> None:
    with contextlib.closing(sqlite3.connect(tmp_path / DATABASE)) as connection:
        with pytest.raises(sqlite3.Error) as caught:
            work(connection)
        assert says in describe_sqlite_error(caught.value, tmp_path / DATABASE)


def test_a_backup_that_cannot_be_opened_is_not_called_broken(tmp_path: Path) -> None:
    (tmp_path / "copy.sqlite3").mkdir()
    (tmp_path / "text.sqlite3").write_text("no database" * 100)
    with contextlib.closing(sqlite3.connect(tmp_path / "other.sqlite3")) as connection:
        connection.execute("CREATE TABLE a (b)")
    says = {
        name: CliRunner().invoke(cli, ["restore", str(tmp_path / f"{name}.sqlite3"), "--yes"]).output
        for name in ("copy", "text", "other")
    }
    assert "This file is not a whole Retake database. Use another backup." in says["text"]
    assert "This file is not a whole Retake database. Use another backup." in says["other"]
    assert says["copy"] == f"{tmp_path / 'copy.sqlite3'} is a folder, not a database.\n"
    with pytest.raises(Unreadable) as caught, open_readonly(tmp_path / "copy.sqlite3"):
        pass
    assert caught.value.database == tmp_path / "copy.sqlite3"


def test_no_bot_is_told_from_a_folder_that_cannot_be_read(tmp_path: Path) -> None:
    settings = Settings.model_validate({"discord_token": "x", "data": tmp_path})
    assert run.health(settings) == (False, "No bot runs on this data.")
    sign = alive_file(settings)
    sign.mkdir()
    assert run.health(settings) == (False, f"{sign} can't be used (Is a directory).")
