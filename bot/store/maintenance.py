"""Back up the database, restore a backup, upgrade the schema."""

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bot.store.backup import (
    BackupFacts,
    copy_database,
    inspect_copy,
    newest_version,
    replace_database,
    upgrade_database,
    use_again,
    version_of,
)
from bot.store.location import DATABASE
from bot.store.lock import OwnerLock, refuse_network
from bot.store.migrations import SchemaTooNew


class UpkeepError(Exception):
    """The database cannot be looked after."""


class NoDatabase(UpkeepError):
    """There is no database in RETAKE_DATA yet. Start the bot once, or restore a backup."""


def foreign_file(data: Path) -> Path | None:
    """Return a file of the database that this process may not read or write, such as one of another user, or None."""
    for name in ("", "-wal", "-shm"):
        path = data / f"{DATABASE}{name}"
        if path.exists() and not os.access(path, os.R_OK | os.W_OK, effective_ids=True):
            return path
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """A checked copy of the database."""

    path: Path
    size_bytes: int
    facts: BackupFacts
    removed: tuple[Path, ...] = ()  # older ones, beyond the number to keep


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """`aside`: the database that was replaced, None if there was none."""

    facts: BackupFacts
    aside: Path | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Migrated:
    """Schema versions before and after. `backup` was taken first; None if there was nothing to upgrade."""

    before: int
    after: int
    backup: Path | None = None


def back_up(data: Path, into: Path | None = None, *, keep: int | None = None, now: datetime | None = None) -> Backup:
    """Copy the database, which may be in use. `keep`: delete all but this many of the dated copies in that folder.

    Raise NoDatabase, FileExistsError, InvalidBackup, Unreadable or OSError.
    """
    database = _database(data)
    target = into or _name(data, "retake", now)
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    facts = copy_database(database, target)
    removed: list[Path] = []
    if keep is not None:
        dated = sorted(target.parent.glob("retake-*.sqlite3"))
        removed = [path for path in dated[: max(0, len(dated) - max(1, keep))] if path != target]
        for path in removed:
            path.unlink()
    return Backup(path=target, size_bytes=target.stat().st_size, facts=facts, removed=tuple(removed))


def inspect(copy: Path) -> BackupFacts:
    """Check a backup and return its facts. Raise InvalidBackup, OSError, or SchemaTooNew for one of a newer Retake."""
    copy.stat()  # raises FileNotFoundError
    facts = inspect_copy(copy)
    if facts.version > newest_version():
        raise SchemaTooNew
    return facts


def restore(data: Path, copy: Path, now: datetime | None = None) -> Restored:
    """Restore a backup. The next start holds every job that was open in it for a person.

    Raise DatabaseInUse while a bot runs on this data, NetworkDisk, SchemaTooNew, InvalidBackup or OSError.
    """
    inspect(copy)
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    refuse_network(data)
    database = data / DATABASE
    lock = OwnerLock(database)
    try:
        existed = database.exists()
        aside = _name(data, "replaced", now)
        aside.parent.mkdir(exist_ok=True, mode=0o700)
        facts = replace_database(copy, database, aside)
    finally:
        lock.release()
    return Restored(facts=facts, aside=aside if existed else None)


def take_back(data: Path) -> bool:
    """Let a bot start again on a database that was moved away. The next start holds its open jobs for a person.

    Return False if it wasn't moved. Raise NoDatabase, DatabaseInUse, InvalidBackup or Unreadable.
    """
    database = _database(data)
    lock = OwnerLock(database)
    try:
        return use_again(database)
    finally:
        lock.release()


def migrate(data: Path, now: datetime | None = None) -> Migrated:
    """Back up the database and upgrade its schema. Raise NoDatabase, DatabaseInUse, SchemaTooNew or Unreadable."""
    database = _database(data)
    lock = OwnerLock(database)
    try:
        backup = before_upgrade(data, now)
        before = version_of(database)
        after = upgrade_database(database) if backup is not None else before
        return Migrated(before=before, after=after, backup=backup)
    finally:
        lock.release()


def before_upgrade(data: Path, now: datetime | None = None) -> Path | None:
    """Back up if the next start will upgrade the schema, else return None. Raise SchemaTooNew or Unreadable."""
    database = data / DATABASE
    if not database.exists():
        return None
    version, newest = version_of(database), newest_version()
    if version > newest:
        raise SchemaTooNew
    if version in (0, newest):  # 0: created and still empty
        return None
    target = _name(data, f"before-schema-{newest}", now)
    target.parent.mkdir(exist_ok=True, mode=0o700)
    copy_database(database, target)
    return target


def _database(data: Path) -> Path:
    database = data / DATABASE
    if not database.exists():
        raise NoDatabase
    return database


def _name(data: Path, what: str, now: datetime | None) -> Path:
    stamp = (now or datetime.now(UTC)).strftime("%Y%m%d-%H%M%S")
    return data / "backups" / f"{what}-{stamp}.sqlite3"
