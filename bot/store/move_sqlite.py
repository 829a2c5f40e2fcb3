"""The SQLite file at one end of a move."""

import contextlib
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Self, TypeVar

from bot.store.backup import delete_logs, set_aside, sync_folder
from bot.store.connection import connect
from bot.store.epoch_file import EpochFile, epoch_of, is_restored, spending_of_servers, with_spending
from bot.store.group_commit import Transaction, run_transaction
from bot.store.integrity import check_database
from bot.store.lock import OwnerLock, own_file
from bot.store.maintenance import NoDatabase
from bot.store.migrations import schema_files, upgrade
from bot.store.move import MoveError
from bot.store.move_tables import Table
from bot.store.moved import Kind, Progress, progress, source_mark, write_mark

T = TypeVar("T")


class OlderThanItsMark(MoveError):
    """The database is older than its mark, or the mark is gone. Start the bot once, so that it holds what it may have
    paid for already, stop it, and move then.
    """


class BrokenReferences(MoveError):
    """Some rows of the copy refer to others that are missing. Nothing was switched over. Run `python -m bot move
    --cancel` and start the bot as before.
    """


class SqliteFailed(MoveError):
    """The disk is full, or a file can't be written. Make room, and run the same command again: it goes on where it
    stopped.
    """


class SqliteEnd:
    """Owns the file until it's closed."""

    kind: Kind = "sqlite"

    def __init__(self, path: Path, lock: OwnerLock) -> None:
        self._path = path
        self._lock = lock
        self._connection = connect(path, "foreign_keys=OFF")

    @classmethod
    def source(cls, path: Path) -> Self:
        """Open a database to move. Raise MoveError, NoDatabase or CannotOpen."""
        if not path.exists():
            raise NoDatabase
        lock = OwnerLock(path)
        try:
            check_database(path)
            return cls(path, lock)
        except BaseException:
            lock.release()
            raise

    @classmethod
    def target(cls, path: Path, now: datetime | None = None) -> tuple[Self, Path | None]:
        """Open or create the file to fill. One that was moved away is set aside first; return where it is then."""
        lock, aside = own_file(path), None
        try:
            check_database(path)
            if _was_moved(path):
                aside = path.parent / "backups" / f"moved-{(now or datetime.now(UTC)):%Y%m%d-%H%M%S}.sqlite3"
                aside.parent.mkdir(exist_ok=True, mode=0o700)
                set_aside(path, aside)
                _replace_by_unfilled(path)
            return cls(path, lock), aside
        except BaseException:
            lock.release()
            raise

    def refuse_older(self) -> None:
        if is_restored(self.read(epoch_of), EpochFile(self._path).read()):
            raise OlderThanItsMark

    def close(self) -> None:
        self._connection.close()
        self._lock.release()

    def version(self) -> int:
        return int(self._connection.execute("PRAGMA user_version").fetchone()[0])

    def newest_version(self) -> int:
        return schema_files()[-1][0]

    def create_schema(self) -> None:
        with _failures():
            upgrade(self._connection)

    def read(self, work: Callable[[Transaction], T]) -> T:
        with _failures():
            return work(Transaction(self._connection))

    def write(self, work: Callable[[Transaction], T]) -> T:
        with _failures():
            return run_transaction(self._connection, work)

    def suspend_rules(self, tx: Transaction, tables: Sequence[Table]) -> list[str]:
        triggers = tx.run("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'")
        for name, _ in triggers:
            tx.run(f'DROP TRIGGER "{name}"')
        return [sql for _, sql in triggers]

    def restore_rules(self, tx: Transaction, rules: Sequence[str]) -> None:
        if tx.run("SELECT 1 FROM pragma_foreign_key_check LIMIT 1"):
            raise BrokenReferences
        for sql in rules:
            tx.run(sql)

    def before_use(self) -> None:
        """Write the mark beside the file, without which the next start takes it for a restored one."""
        marks = EpochFile(self._path)
        if marks.read() is None:
            tx = Transaction(self._connection)
            mark = with_spending(epoch_of(tx), tx)
            marks.write(mark, spending_of_servers(tx, mark.day, None))


def _was_moved(path: Path) -> bool:
    """Return whether a database was moved to another one. Its log is in the file then, which can be replaced."""
    with closing(connect(path)) as connection:
        tx = Transaction(connection)
        if not tx.run("SELECT 1 FROM sqlite_schema WHERE name = 'fact'") or progress(tx) is not None:
            return False
        mark = source_mark(tx)
        tx.run("PRAGMA wal_checkpoint(TRUNCATE)")
        return mark is not None and mark.is_done


def _replace_by_unfilled(path: Path) -> None:
    """Put a new database in place of one that was moved away. No bot starts on either."""
    fresh = path.with_name(f".{path.name}.new")
    fresh.unlink(missing_ok=True)
    fresh.touch(mode=0o600)
    with closing(sqlite3.connect(fresh, isolation_level=None)) as connection:
        upgrade(connection)
        write_mark(Transaction(connection), Progress(token=""))
    delete_logs(path)
    fresh.replace(path)
    sync_folder(path.parent)


@contextlib.contextmanager
def _failures() -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        raise SqliteFailed from error
