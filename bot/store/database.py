"""The one room that knows aiosqlite: one durable connection on a thread of its own, its schema, its transactions."""

import asyncio
import logging
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Self, TypeVar

import aiosqlite

from bot.store.epoch_file import Epoch, EpochFile, is_restored
from bot.store.group_commit import MOST, PendingWork, Row, Transaction, Value, run_alone, run_together
from bot.store.integrity import check_database
from bot.store.lock import OwnerLock, refuse_network
from bot.store.migrations import upgrade
from bot.store.readonly import is_damage

log = logging.getLogger("retake.store")

T = TypeVar("T")
PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=5000")


class Connection(aiosqlite.Connection):
    """aiosqlite's connection on its thread, which also takes work of ours: several statements in one trip."""

    async def use(self, work: Callable[[], T]) -> T:
        """Run something on the connection's thread."""
        result: T = await self._execute(work)  # type: ignore[no-untyped-call]
        return result

    @property
    def raw(self) -> sqlite3.Connection:
        """The connection itself; outside of `use` only before anybody else has it."""
        return self._conn


class Database:
    """One read-write connection. WAL and synchronous=FULL: what is committed survives a power cut.

    `aio` is the thread that statements run on; without one they run in the caller's, for a simulation that owns time.
    """

    def __init__(
        self, connection: sqlite3.Connection, lock: OwnerLock, sidecar: EpochFile, aio: Connection | None = None
    ) -> None:
        self._connection = connection
        self._aio = aio
        self._owner = lock
        self._sidecar = sidecar
        self._mark = _mark_of(connection)
        self.restored = is_restored(self._mark, sidecar.read())
        self._wanted: list[PendingWork] = []
        self._carrier: asyncio.Task[None] | None = None
        self.damaged = False  # a statement of this process has met damage

    @classmethod
    async def open(cls, path: Path, *, inline: bool = False) -> Self:
        """Open, own and upgrade the file. Raises CannotOpen: DatabaseInUse, NetworkDisk, SchemaTooNew,
        DatabaseDamaged.
        """
        lock = _own(path)
        aio: Connection | None = None
        connection: sqlite3.Connection | None = None
        try:
            if inline:
                check_database(path)
                connection = _connect(path)
            else:
                await asyncio.to_thread(check_database, path)
                aio = Connection(lambda: _connect(path), iter_chunk_size=64)
                await aio
                connection = aio.raw
            upgrade(connection)
            return cls(connection, lock, EpochFile(path), aio)
        except BaseException:
            if aio is not None:  # its thread would keep the process from ending
                await aio.close()
            elif connection is not None:
                connection.close()
            lock.release()
            raise

    async def close(self) -> None:
        if self._carrier is not None:
            await asyncio.wait([self._carrier])
        if self._aio is not None:
            await self._aio.close()
        else:
            self._connection.close()
        self._owner.release()

    async def _do(self, do: Callable[[Transaction], T], *, before_pay: bool = False) -> T:
        """Have a work done, together with whatever else is wanted by the time that the thread is free."""
        if self._aio is None:
            result = run_alone(self._connection, do)
            if before_pay:
                self._note_mark()
            return result
        work = PendingWork(do, asyncio.get_running_loop().create_future(), before_pay)
        self._wanted.append(work)
        if self._carrier is None or self._carrier.done():
            self._carrier = asyncio.create_task(self._commit_groups(self._aio), name="store")
        done: T = await work.done
        return done

    async def _commit_groups(self, aio: Connection) -> None:
        while self._wanted:
            group, self._wanted = self._wanted[:MOST], self._wanted[MOST:]
            try:
                await aio.use(partial(self._run_group, group))
            except Exception as error:  # noqa: BLE001
                # Kept alive: whoever waits. The connection is closed, or something of ours broke.
                for work in group:
                    work.error = error
            for work in group:
                self.damaged = self.damaged or (work.error is not None and is_damage(work.error))
                work.resolve()

    def _run_group(self, group: Sequence[PendingWork]) -> None:
        run_together(self._connection, group)
        if any(work.before_pay and work.error is None for work in group):
            self._note_mark()

    async def run(self, sql: str, values: Sequence[Value] = ()) -> list[Row]:
        """One statement; returns its rows."""
        if self._aio is None:
            return self._connection.execute(sql, values).fetchall()
        return await self._do(lambda tx: tx.run(sql, values))

    async def once(self, work: Callable[[Transaction], T]) -> T:
        """Several statements that hold together. Taken back where `work` raises."""
        return await self._do(work)

    async def booted(self, work: Callable[[Transaction], T]) -> T:
        """Count this start in the database, together with `work`, and then beside it."""

        def count(tx: Transaction) -> T:
            result = work(tx)
            seen = self._sidecar.read() or Epoch()
            self._mark = replace(self._mark, boots=max(self._mark.boots, seen.boots) + 1)
            tx.run("INSERT OR REPLACE INTO fact (name, value, at) VALUES ('boots', ?, 0)", (str(self._mark.boots),))
            return result

        result = await self._do(count, before_pay=True)
        self.restored = False
        return result

    async def paid(self, work: Callable[[Transaction], T]) -> T:
        """Commit an intent to pay, and remember beside the database how far it had come."""
        return await self._do(work, before_pay=True)

    def _note_mark(self) -> None:
        try:
            self._mark = replace(self._mark, events=_mark_of(self._connection).events)
            self._sidecar.write(self._mark)
        except (OSError, sqlite3.Error) as error:  # the intent is safe; a restore of this hour might go unnoticed
            log.warning("the mark beside the database was not written", extra={"why": str(error)})


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=256)
    connection.row_factory = Row
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")
    return connection


def _own(path: Path) -> OwnerLock:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    refuse_network(path.parent)
    lock = OwnerLock(path)
    path.touch(mode=0o600)  # before SQLite would make it with the process's umask
    return lock


def _mark_of(connection: sqlite3.Connection) -> Epoch:
    boots = connection.execute("SELECT value FROM fact WHERE name = 'boots'").fetchone()
    (events,) = connection.execute("SELECT coalesce(max(rowid), 0) FROM event").fetchone()
    return Epoch(boots=int(boots[0]) if boots else 0, events=events)
