"""One durable SQLite connection on its own thread: opening, schema upgrades and transactions."""

import asyncio
import contextlib
import logging
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from importlib import resources
from pathlib import Path
from typing import Self, TypeVar

import aiosqlite

from bot.store.epoch_file import Epoch, EpochFile, is_restored
from bot.store.group_commit import MAX_GROUP, PendingWork, Row, Transaction, Value, run_group, run_transaction
from bot.store.lock import CannotOpen, OwnerLock, refuse_network

log = logging.getLogger("retake.store")

T = TypeVar("T")
PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=5000")


class SchemaTooNew(CannotOpen):
    """This database was written by a newer Retake. Run that version, or restore the backup taken before the upgrade."""


class Connection(aiosqlite.Connection):
    """aiosqlite's connection, extended to run several statements in one call on its thread."""

    async def use(self, work: Callable[[], T]) -> T:
        """Run a function on the connection's thread."""
        result: T = await self._execute(work)  # type: ignore[no-untyped-call]
        return result

    @property
    def raw(self) -> sqlite3.Connection:
        """The sqlite3 connection. Outside of `use`, access it only before others use the database."""
        return self._conn


class Database:
    """One read-write connection. With WAL and synchronous=FULL, committed data survives a power failure.

    `aio` runs the statements on its thread. Without it they run in the caller's thread, for simulated time.
    """

    def __init__(
        self, connection: sqlite3.Connection, lock: OwnerLock, epoch_file: EpochFile, aio: Connection | None = None
    ) -> None:
        self._connection = connection
        self._aio = aio
        self._lock = lock
        self._epoch_file = epoch_file
        self._epoch = _read_epoch(connection)
        self.restored = is_restored(self._epoch, epoch_file.read())
        self._pending: list[PendingWork] = []
        self._committer: asyncio.Task[None] | None = None

    @classmethod
    async def open(cls, path: Path, *, inline: bool = False) -> Self:
        """Open, lock and upgrade the file. Raise DatabaseInUse, NetworkDisk or SchemaTooNew."""
        lock = _acquire(path)
        aio: Connection | None = None
        connection: sqlite3.Connection | None = None
        try:
            if inline:
                connection = _connect(path)
            else:
                aio = Connection(lambda: _connect(path), iter_chunk_size=64)
                await aio
                connection = aio.raw
            upgrade(connection)
            return cls(connection, lock, EpochFile(path), aio)
        except BaseException:
            if aio is not None:  # its thread would keep the process alive
                await aio.close()
            elif connection is not None:
                connection.close()
            lock.release()
            raise

    async def close(self) -> None:
        if self._committer is not None:
            await asyncio.wait([self._committer])
        if self._aio is not None:
            await self._aio.close()
        else:
            self._connection.close()
        self._lock.release()

    async def _submit(self, do: Callable[[Transaction], T], *, before_pay: bool = False) -> T:
        """Run a unit of work, grouped with the others that are pending when the thread is free."""
        if self._aio is None:
            result = run_transaction(self._connection, do)
            if before_pay:
                self._write_epoch()
            return result
        work = PendingWork(do, asyncio.get_running_loop().create_future(), before_pay)
        self._pending.append(work)
        if self._committer is None or self._committer.done():
            self._committer = asyncio.create_task(self._commit_groups(self._aio), name="store")
        done: T = await work.done
        return done

    async def _commit_groups(self, aio: Connection) -> None:
        while self._pending:
            group, self._pending = self._pending[:MAX_GROUP], self._pending[MAX_GROUP:]
            try:
                await aio.use(partial(self._run_group, group))
            except Exception as error:  # noqa: BLE001
                # Kept alive: the callers. The connection is closed, or our own code failed.
                for work in group:
                    work.error = error
            for work in group:
                work.resolve()

    def _run_group(self, group: Sequence[PendingWork]) -> None:
        run_group(self._connection, group)
        if any(work.before_pay and work.error is None for work in group):
            self._write_epoch()

    async def run(self, sql: str, values: Sequence[Value] = ()) -> list[Row]:
        """Run one statement and return its rows."""
        if self._aio is None:
            return self._connection.execute(sql, values).fetchall()
        return await self._submit(lambda tx: tx.run(sql, values))

    async def transaction(self, work: Callable[[Transaction], T]) -> T:
        """Run several statements atomically. Roll back and re-raise if `work` raises."""
        return await self._submit(work)

    async def record_start(self, work: Callable[[Transaction], T]) -> T:
        """Run `work` and count this start in the same transaction, then write the epoch file."""

        def count(tx: Transaction) -> T:
            result = work(tx)
            recorded = self._epoch_file.read() or Epoch()
            self._epoch = replace(self._epoch, boots=max(self._epoch.boots, recorded.boots) + 1)
            tx.run("INSERT OR REPLACE INTO fact (name, value, at) VALUES ('boots', ?, 0)", (str(self._epoch.boots),))
            return result

        result = await self._submit(count, before_pay=True)
        self.restored = False
        return result

    async def commit_before_payment(self, work: Callable[[Transaction], T]) -> T:
        """Commit the intent of a paid request, then write the epoch file."""
        return await self._submit(work, before_pay=True)

    def _write_epoch(self) -> None:
        try:
            self._epoch = replace(self._epoch, events=_read_epoch(self._connection).events)
            self._epoch_file.write(self._epoch)
        except (
            OSError,
            sqlite3.Error,
        ) as error:  # the intent is committed
            log.warning("could not write the epoch file", extra={"why": str(error)})


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=256)
    connection.row_factory = Row
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")
    return connection


def _acquire(path: Path) -> OwnerLock:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    refuse_network(path.parent)
    lock = OwnerLock(path)
    path.touch(mode=0o600)  # before SQLite creates it with the process's umask
    return lock


def _read_epoch(connection: sqlite3.Connection) -> Epoch:
    boots = connection.execute("SELECT value FROM fact WHERE name = 'boots'").fetchone()
    (events,) = connection.execute("SELECT coalesce(max(rowid), 0) FROM event").fetchone()
    return Epoch(boots=int(boots[0]) if boots else 0, events=events)


def schema_files() -> list[tuple[int, str]]:
    """Return (version, SQL) of every schema step in order."""
    folder = resources.files("bot.store") / "schema"
    steps = [(int(file.name[:4]), file.read_text()) for file in folder.iterdir() if file.name.endswith(".sql")]
    return sorted(steps)


def upgrade(connection: sqlite3.Connection, steps: Iterable[tuple[int, str]] | None = None) -> None:
    """Upgrade the schema, each step and its version number in one transaction. Raise SchemaTooNew."""
    known = list(steps) if steps is not None else schema_files()
    (present,) = connection.execute("PRAGMA user_version").fetchone()
    if present > known[-1][0]:
        raise SchemaTooNew
    for version, sql in known:
        if version > present:
            try:
                connection.executescript(f"BEGIN IMMEDIATE;\n{sql}\nPRAGMA user_version={version:d};\nCOMMIT;")
            except BaseException:
                with contextlib.suppress(sqlite3.OperationalError):
                    connection.execute("ROLLBACK")
                raise
