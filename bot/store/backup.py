"""Copy a database that may be in use, check a copy, and replace the database by a copy."""

import contextlib
import os
import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from bot.jobs.job import ENDED
from bot.store.epoch_file import Epoch, EpochFile, epoch_of
from bot.store.file_errors import is_foreign_schema
from bot.store.group_commit import Transaction
from bot.store.migrations import schema_files, upgrade
from bot.store.moved import SOURCE, progress, source_mark
from bot.store.readonly import Damaged, Unreadable, is_damage, open_readonly

_LOG_SUFFIXES = ("-wal", "-shm", "-journal")


class InvalidBackup(Exception):
    """This file is not a whole Retake database. Use another backup."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupFacts:
    """Facts that are read from a database file."""

    version: int  # of the schema
    jobs: int
    open_jobs: int
    epoch: Epoch


def newest_version() -> int:
    """Return the schema version that this Retake writes."""
    return schema_files()[-1][0]


def version_of(database: Path) -> int:
    """Return the schema version, 0 for a file without one. Raise Unreadable."""
    with open_readonly(database) as connection:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])


def copy_database(database: Path, into: Path) -> BackupFacts:
    """Copy a database that may be in use to `into`, completely or not at all, without interaction tokens.

    Raise FileExistsError if `into` exists, and Unreadable, OSError or InvalidBackup.
    """
    if into.exists():
        raise FileExistsError(17, "there is a file of this name", str(into))
    part = into.with_name(f".{into.name}.part")
    part.unlink(missing_ok=True)
    os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))  # SQLite would use the umask
    try:
        with open_readonly(database) as source:
            source.execute("VACUUM INTO ?", (str(part),))
        _delete_tokens(part)
        facts = inspect_copy(part)
        _sync(part)
        part.rename(into)
        sync_folder(into.parent)
    finally:
        part.unlink(missing_ok=True)
    return facts


def inspect_copy(copy: Path) -> BackupFacts:
    """Check the integrity of a copy and read its facts. Raise InvalidBackup, or Unreadable if it can't be opened."""
    try:
        with open_readonly(copy) as connection:
            is_intact = connection.execute("PRAGMA integrity_check(1)").fetchone()[0] == "ok"
            (jobs,) = connection.execute("SELECT count(*) FROM job").fetchone()
            ended = tuple(ENDED)
            sql = f"SELECT count(*) FROM job WHERE state NOT IN ({', '.join('?' * len(ended))})"  # noqa: S608
            (opened,) = connection.execute(sql, ended).fetchone()
            epoch = epoch_of(Transaction(connection))
            version = int(connection.execute("PRAGMA user_version").fetchone()[0])
            is_filled = progress(Transaction(connection)) is None
    except Unreadable as error:
        if isinstance(error, Damaged) or is_foreign_schema(error):
            raise InvalidBackup from error
        raise
    if not is_intact or version == 0 or not is_filled:
        raise InvalidBackup
    return BackupFacts(version=version, jobs=jobs, open_jobs=opened, epoch=epoch)


def replace_database(copy: Path, database: Path, aside: Path) -> BackupFacts:
    """Replace a database that no process has open, and move the old one to `aside`.

    The epoch file is advanced first. The next start therefore detects the restore and holds every open job for a
    person, even if this is interrupted. Raise InvalidBackup or OSError.
    """
    facts = inspect_copy(copy)
    fresh = database.with_name(f".{database.name}.restored")
    fresh.unlink(missing_ok=True)
    shutil.copyfile(copy, fresh)
    fresh.chmod(0o600)
    with _open_for_writing(fresh) as connection:  # a database that was moved away is used again
        connection.execute("DELETE FROM fact WHERE name = ?", (SOURCE,))
    _sync(fresh)
    set_aside(database, aside)
    _advance_epoch(database, facts.epoch)
    delete_logs(database)
    _swap(fresh, database)
    sync_folder(database.parent)
    return facts


def use_again(database: Path) -> bool:
    """Take back the mark of a database that was moved away. The next start finds it older than its epoch file.

    Return False if it wasn't moved.
    """
    facts = inspect_copy(database)
    with _open_for_writing(database) as connection:
        mark = source_mark(Transaction(connection))
        if mark is None or not mark.is_done:
            return False
        _advance_epoch(database, facts.epoch)
        connection.execute("DELETE FROM fact WHERE name = ?", (SOURCE,))
    return True


def delete_logs(database: Path) -> None:
    """Delete the log files of the old database, which SQLite would apply to the new one."""
    for end in _LOG_SUFFIXES:
        database.with_name(database.name + end).unlink(missing_ok=True)


def _swap(fresh: Path, database: Path) -> None:
    fresh.replace(database)


def _advance_epoch(database: Path, of_copy: Epoch) -> None:
    epoch_file = EpochFile(database)
    recorded = epoch_file.read() or Epoch()
    boots, events = max(recorded.boots, of_copy.boots) + 1, max(recorded.events, of_copy.events)
    epoch_file.write(replace(recorded, boots=boots, events=events, posts=max(recorded.posts, of_copy.posts)))


def set_aside(database: Path, aside: Path) -> None:
    """Copy the old database, because it may be needed even if it's broken."""
    for end in ("", "-wal"):
        part = database.with_name(database.name + end)
        if part.exists():
            shutil.copy2(part, aside.with_name(aside.name + end))  # with mode 0600


def upgrade_database(database: Path) -> int:
    """Upgrade the schema of a database that the caller has locked. Return its version. Raise Unreadable."""
    with _open_for_writing(database) as connection:
        upgrade(connection)
    return version_of(database)


def _delete_tokens(copy: Path) -> None:
    with _open_for_writing(copy) as connection:
        connection.execute("PRAGMA secure_delete=ON")
        connection.execute("UPDATE job SET interaction_token = NULL WHERE interaction_token IS NOT NULL")


@contextlib.contextmanager
def _open_for_writing(database: Path) -> Iterator[sqlite3.Connection]:
    try:
        with contextlib.closing(sqlite3.connect(database, isolation_level=None)) as connection:
            yield connection
    except sqlite3.Error as error:
        raise (Damaged if is_damage(error) else Unreadable)(str(error), database) from error


def _sync(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
