"""Looks after the database: backs it up in use, puts a backup in place, upgrades it with a backup before."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bot.store.backup import (
    BackupFacts,
    copy_database,
    inspect_copy,
    newest_version,
    replace_database,
    upgraded,
    version_of,
)
from bot.store.lock import OwnerLock, refuse_network
from bot.store.migrations import SchemaTooNew

DATABASE = "retake.sqlite3"


class UpkeepError(Exception):
    """The database cannot be looked after."""


class NoDatabase(UpkeepError):
    """There is no database in RETAKE_DATA yet. Start the bot once, or restore a backup."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """A copy that is whole and was looked at."""

    path: Path
    size_bytes: int
    facts: BackupFacts
    removed: tuple[Path, ...] = ()  # older ones, past the number to keep


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """`aside` is the database that was there before, if there was one."""

    facts: BackupFacts
    aside: Path | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Migrated:
    """`backup` was taken first; None where there was nothing to do."""

    before: int
    after: int
    backup: Path | None = None


def back_up(data: Path, into: Path | None = None, *, keep: int | None = None, now: datetime | None = None) -> Backup:
    """Copy the database, in use or not. `keep`: so many of our own copies in that folder stay, the newest.

    Raises NoDatabase, FileExistsError, BadCopy, Unreadable and OSError.
    """
    database = _database(data)
    target = into or _name(data, "retake", now)
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    facts = copy_database(database, target)
    removed: list[Path] = []
    if keep is not None:
        ours = sorted(target.parent.glob("retake-*.sqlite3"))
        removed = [each for each in ours[: max(0, len(ours) - max(1, keep))] if each != target]
        for each in removed:
            each.unlink()
    return Backup(path=target, size_bytes=target.stat().st_size, facts=facts, removed=tuple(removed))


def inspect(copy: Path) -> BackupFacts:
    """What a backup holds. Raises BadCopy, and SchemaTooNew for one that a newer Retake has written; OSError."""
    copy.stat()  # a file that is not there is said so
    facts = inspect_copy(copy)
    if facts.version > newest_version():
        raise SchemaTooNew
    return facts


def restore(data: Path, copy: Path, now: datetime | None = None) -> Restored:
    """Put a backup in place; at the next start a person decides about every job that was open in it.

    Raises DatabaseInUse while a bot runs on this data, NetworkDisk, SchemaTooNew, BadCopy and OSError.
    """
    inspect(copy)
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    refuse_network(data)
    database = data / DATABASE
    lock = OwnerLock(database)
    try:
        there = database.exists()
        aside = _name(data, "replaced", now)
        aside.parent.mkdir(exist_ok=True, mode=0o700)
        facts = replace_database(copy, database, aside)
    finally:
        lock.release()
    return Restored(facts=facts, aside=aside if there else None)


def migrate(data: Path, now: datetime | None = None) -> Migrated:
    """Bring the schema up to date, a backup first. Raises NoDatabase, DatabaseInUse, SchemaTooNew, Unreadable."""
    database = _database(data)
    lock = OwnerLock(database)
    try:
        backup = before_upgrade(data, now)
        before = version_of(database)
        after = upgraded(database) if backup is not None else before
        return Migrated(before=before, after=after, backup=backup)
    finally:
        lock.release()


def before_upgrade(data: Path, now: datetime | None = None) -> Path | None:
    """Take a backup where the next start will upgrade the schema, else None. Raises SchemaTooNew and Unreadable."""
    database = data / DATABASE
    if not database.exists():
        return None
    version, newest = version_of(database), newest_version()
    if version > newest:
        raise SchemaTooNew
    if version in (0, newest):  # 0: made and not filled yet
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
