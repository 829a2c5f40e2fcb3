"""Whole copies of a database: taken while it is in use, looked at, and put back in place of it."""

import contextlib
import os
import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from bot.jobs.job import ENDED
from bot.store.epoch_file import Epoch, EpochFile, epoch_of
from bot.store.migrations import schema_files, upgrade
from bot.store.readonly import Damaged, Unreadable, is_damage, open_readonly

_BESIDE = ("-wal", "-shm", "-journal")


class InvalidBackup(Exception):
    """This file is not a whole Retake database. Use another backup."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupFacts:
    """What a database says about itself."""

    version: int  # of its schema
    jobs: int
    open_jobs: int
    mark: Epoch


def newest_version() -> int:
    """The schema that this Retake writes."""
    return schema_files()[-1][0]


def version_of(database: Path) -> int:
    """The schema's version; 0 for a file without one. Raises Unreadable."""
    with open_readonly(database) as connection:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])


def copy_database(database: Path, into: Path) -> BackupFacts:
    """Copy a database that may be in use; `into` must not exist, and is there whole or not at all.

    Tokens of interactions do not go along. Raises Unreadable, OSError and BadCopy.
    """
    if into.exists():
        raise FileExistsError(17, "there is a file of this name", str(into))
    part = into.with_name(f".{into.name}.part")
    part.unlink(missing_ok=True)
    os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))  # SQLite would ask the umask
    try:
        with open_readonly(database) as source:
            source.execute("VACUUM INTO ?", (str(part),))
        _forget_tokens(part)
        facts = inspect_copy(part)
        _sync(part)
        part.rename(into)
        _sync_folder(into.parent)
    finally:
        part.unlink(missing_ok=True)
    return facts


def inspect_copy(copy: Path) -> BackupFacts:
    """Check a copy from end to end. Raises BadCopy."""
    try:
        with open_readonly(copy) as connection:
            whole = connection.execute("PRAGMA integrity_check(1)").fetchone()[0] == "ok"
            (jobs,) = connection.execute("SELECT count(*) FROM job").fetchone()
            ended = tuple(ENDED)
            sql = f"SELECT count(*) FROM job WHERE state NOT IN ({', '.join('?' * len(ended))})"  # noqa: S608
            (opened,) = connection.execute(sql, ended).fetchone()
            mark = epoch_of(connection)
            version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    except Unreadable as error:
        raise InvalidBackup from error
    if not whole or version == 0:
        raise InvalidBackup
    return BackupFacts(version=version, jobs=jobs, open_jobs=opened, mark=mark)


def replace_database(copy: Path, database: Path, aside: Path) -> BackupFacts:
    """Put a copy in place of a database that nobody has open, and set the old one aside.

    Before anything is replaced, the mark beside it is moved ahead: the next start takes the database for an older
    one and lets a person decide about every open job, wherever this is interrupted. Raises BadCopy, OSError.
    """
    facts = inspect_copy(copy)
    fresh = database.with_name(f".{database.name}.restored")
    fresh.unlink(missing_ok=True)
    shutil.copyfile(copy, fresh)
    fresh.chmod(0o600)
    _sync(fresh)
    _set_aside(database, aside)
    _move_mark_ahead(database, facts.mark)
    _drop_logs(database)
    _swap(fresh, database)
    _sync_folder(database.parent)
    return facts


def _drop_logs(database: Path) -> None:
    """What SQLite would otherwise merge into a database that it does not belong to."""
    for end in _BESIDE:
        database.with_name(database.name + end).unlink(missing_ok=True)


def _swap(fresh: Path, database: Path) -> None:
    fresh.replace(database)


def _move_mark_ahead(database: Path, of_copy: Epoch) -> None:
    sidecar = EpochFile(database)
    seen = sidecar.read() or Epoch()
    boots, events = max(seen.boots, of_copy.boots) + 1, max(seen.events, of_copy.events)
    sidecar.write(replace(seen, boots=boots, events=events, posts=max(seen.posts, of_copy.posts)))


def _set_aside(database: Path, aside: Path) -> None:
    """A last look at the old state may still be worth something, broken or not."""
    for end in ("", "-wal"):
        part = database.with_name(database.name + end)
        if part.exists():
            shutil.copy2(part, aside.with_name(aside.name + end))  # with its mode, 0600


def upgraded(database: Path) -> int:
    """Bring a database that the caller owns up to this Retake's schema; the version then. Raises Unreadable."""
    with _writing(database) as connection:
        upgrade(connection)
    return version_of(database)


def _forget_tokens(copy: Path) -> None:
    with _writing(copy) as connection:
        connection.execute("PRAGMA secure_delete=ON")
        connection.execute("UPDATE job SET interaction_token = NULL WHERE interaction_token IS NOT NULL")


@contextlib.contextmanager
def _writing(database: Path) -> Iterator[sqlite3.Connection]:
    try:
        with contextlib.closing(sqlite3.connect(database, isolation_level=None)) as connection:
            yield connection
    except sqlite3.Error as error:
        raise (Damaged if is_damage(error) else Unreadable)(str(error)) from error


def _sync(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
