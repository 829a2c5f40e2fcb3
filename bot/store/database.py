"""The database: owned by one process, written in group commits, read beside them."""

import asyncio
import logging
import sqlite3
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Self, TypeVar

from bot.ports.clock import SystemClock
from bot.ports.shards import ShardRange
from bot.store import rollback
from bot.store.connection import Connection, connect
from bot.store.epoch_file import Epoch, EpochFile, epoch_of, is_restored, spending_of_servers, with_spending
from bot.store.flags import write_flag
from bot.store.group_commit import (
    MAX_GROUP,
    Locked,
    PendingWork,
    Row,
    Transaction,
    Value,
    give_up_late,
    run_group,
    run_transaction,
)
from bot.store.integrity import check_database
from bot.store.lock import OwnerLock, own_file
from bot.store.migrations import upgrade
from bot.store.moved import refuse_moved
from bot.store.readonly import is_damage

log = logging.getLogger("retake.store")

T = TypeVar("T")
QUICK_S = 1.5  # how long a member's request waits for another program's lock: Discord wants an answer within 3 s
PATIENT_S = 20.0  # everything else
_LOCK_TIMEOUT_MS = 50
_RETRY_S = 0.05


class Database:
    """One connection that writes and one that reads. WAL and synchronous=FULL: what is committed survives a power cut.

    `aio` runs the statements on its thread. Without it they run in the caller's thread, for simulated time.
    """

    shared = False
    shards: ShardRange | None = None  # one process holds all of them
    shards_lost = ""

    def __init__(
        self,
        connection: sqlite3.Connection,
        lock: OwnerLock,
        sidecar: EpochFile,
        aio: Connection | None = None,
        reader: Connection | None = None,
    ) -> None:
        self.clock = SystemClock()
        self._connection = connection
        self._aio = aio
        self._reader = reader
        self._locked_at: float | None = None
        self._lock = lock
        self._sidecar = sidecar
        self._mark = with_spending(epoch_of(Transaction(connection)), Transaction(connection))
        self._servers_until: int | None = None  # the newest event whose server's spending is in the mark
        self.held = self.rollback = ""  # `rollback`: one sentence if this start found an older database
        seen = sidecar.read()
        self._seen_boots = max(self._mark.boots, seen.boots if seen is not None else 0)
        self.restored, self.mark_gone = is_restored(self._mark, seen), seen is None
        self._wanted: list[PendingWork] = []
        self._carrier: asyncio.Task[None] | None = None
        self.damaged = False  # a statement of this process has met damage

    @classmethod
    async def open(cls, path: Path, *, inline: bool = False) -> Self:
        """Open, own and upgrade the file. Raise CannotOpen."""
        lock = own_file(path)
        aio: Connection | None = None
        reader: Connection | None = None
        connection: sqlite3.Connection | None = None
        try:
            if inline:
                check_database(path)
                connection = connect(path)
            else:
                await asyncio.to_thread(check_database, path)
                aio = Connection(lambda: connect(path), iter_chunk_size=64)
                await aio
                connection = aio.raw
            upgrade(connection)
            refuse_moved(Transaction(connection))
            if aio is None:
                return cls(connection, lock, EpochFile(path))
            reader = Connection(lambda: connect(path, "query_only=ON"), iter_chunk_size=64)
            await reader
            connection.execute(f"PRAGMA busy_timeout={_LOCK_TIMEOUT_MS}")  # from here on, groups wait by themselves
            return cls(connection, lock, EpochFile(path), aio, reader)
        except BaseException:
            for each in (reader, aio):  # its thread would keep the process from ending
                if each is not None:
                    await each.close()
            if aio is None and connection is not None:
                connection.close()
            lock.release()
            raise

    async def close(self) -> None:
        if self._carrier is not None:
            await asyncio.wait([self._carrier])
        if self._reader is not None:
            await self._reader.close()
        if self._aio is not None:
            await self._aio.close()
        else:
            self._connection.close()
        self._lock.release()

    @property
    def locked_s(self) -> float:
        """How long another program has kept this one from writing; 0 if it doesn't."""
        return time.monotonic() - self._locked_at if self._locked_at is not None else 0.0

    def trouble(self) -> str:
        """Return one sentence while another program keeps this one from writing, else nothing."""
        if (locked_s := self.locked_s) < QUICK_S:
            return ""
        return f"Another program has locked the database for {locked_s:.0f} s: requests are refused until it ends."

    async def _submit(
        self, do: Callable[[Transaction], T], *, before_pay: bool = False, quick: bool = False, reads: bool = False
    ) -> T:
        """Run one unit of work, batched with all others that wait when the thread becomes free."""
        if self._aio is None:
            result = run_transaction(self._connection, do)
            self._note_mark(durable=before_pay)
            return result
        until = time.monotonic() + (QUICK_S if quick else PATIENT_S)
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._wanted.append(PendingWork(do, future, until, reads, quick, before_pay))
        if self._carrier is None or self._carrier.done():
            self._carrier = asyncio.create_task(self._commit_groups(), name="store")
        return await future

    async def _commit_groups(self) -> None:
        """Do what is wanted, in its order. A lock of another program is waited for here, and by no read."""
        while self._wanted:
            group = self._next_group()
            try:
                await self._run_on_thread(group)
            except Locked as error:
                self._locked_at = self._locked_at or time.monotonic()
                self._wanted = give_up_late(self._wanted, time.monotonic(), error)
                if not any(work.reads for work in self._wanted):
                    await asyncio.sleep(_RETRY_S)
                continue
            except Exception as error:  # noqa: BLE001
                # Kept alive: the callers. The connection is closed, or our own code failed.
                for work in group:
                    work.error = error
            done = set(group)
            self._wanted = [work for work in self._wanted if work not in done]
            for work in group:
                self.damaged = self.damaged or (work.error is not None and is_damage(work.error))
                work.resolve()

    def _next_group(self) -> list[PendingWork]:
        """Return what comes first; during a lock, the reads alone, as long as there are some."""
        reads = [work for work in self._wanted if work.reads] if self._locked_at is not None else []
        return (reads or self._wanted)[:MAX_GROUP]

    async def _run_on_thread(self, group: Sequence[PendingWork]) -> None:
        if self._aio is None or self._reader is None:
            raise RuntimeError("an inline database has no thread")
        if all(work.reads for work in group):  # in WAL mode, a read transaction waits for no writer
            await self._reader.use(partial(run_group, self._reader.raw, group, "BEGIN"))
        else:
            await self._aio.use(partial(self._run_group, group))
            self._note_unlock()

    def _note_unlock(self) -> None:
        if (locked_s := self.locked_s) > QUICK_S:
            log.warning("another program has locked the database for %.1f s; requests were refused meanwhile", locked_s)
        self._locked_at = None

    def _run_group(self, group: Sequence[PendingWork]) -> None:
        run_group(self._connection, group)
        self._note_mark(durable=any(work.before_pay and work.error is None for work in group))

    async def run(self, sql: str, values: Sequence[Value] = (), *, quick: bool = False) -> list[Row]:
        """One statement; returns its rows. A SELECT waits for no lock. `quick`: see `transaction`."""
        if sql.startswith("SELECT"):
            return await self.read(lambda tx: tx.run(sql, values))
        if self._aio is None:
            return self._connection.execute(sql, values).fetchall()
        return await self._submit(lambda tx: tx.run(sql, values), quick=quick)

    async def read(self, work: Callable[[Transaction], T]) -> T:
        """Several SELECTs on one state of the database. They see what was asked for before, and wait for no lock."""
        if self._aio is None:
            return work(Transaction(self._connection))
        return await self._submit(work, reads=True)

    async def transaction(self, work: Callable[[Transaction], T], *, quick: bool = False) -> T:
        """Several statements that hold together. Taken back where `work` raises.

        `quick`: a member waits for the answer, so raise StoreBusy if another program holds the lock for 1.5 s.
        """
        return await self._submit(work, quick=quick)

    async def record_start(self, work: Callable[[Transaction], T], now: float = 0.0) -> T:
        """Count this start in the database, together with `work`, and then beside it. Record a rollback."""

        def count(tx: Transaction) -> T:
            result = work(tx)
            mark = self._sidecar.read()
            if self.restored:
                servers = self._sidecar.servers().values()
                self.rollback = rollback.record(tx, rollback.describe(epoch_of(tx), mark), mark, servers, now)
            self._mark = replace(self._mark, boots=max(self._mark.boots, (mark or Epoch()).boots) + 1)
            write_flag(tx, "boots", str(self._mark.boots), 0.0)
            return result

        result = await self._submit(count, before_pay=True)
        if self.rollback:
            log.error(self.rollback)
        return result

    async def commit_before_payment(self, work: Callable[[Transaction], T]) -> T:
        """Commit an intent to pay or to post, and remember beside the database how far it had come."""
        return await self._submit(work, before_pay=True)

    def _note_mark(self, *, durable: bool) -> None:
        """Write the mark if the database has moved on; an older database must not, before its start is recorded."""
        try:
            mark = epoch_of(tx := Transaction(self._connection))
            if self.restored and mark.boots <= self._seen_boots:
                return
            self.restored = False
            spent, servers = replace(self._mark, boots=mark.boots, events=mark.events, posts=mark.posts), []
            if durable:
                spent = with_spending(mark, tx)
                servers = spending_of_servers(tx, spent.day, self._servers_until)
            if durable or spent != self._mark:
                self._mark = spent
                self._sidecar.write(spent, servers, durable=durable)
            if durable:
                self._servers_until = mark.events
        except (OSError, sqlite3.Error) as error:  # the intent is safe; a restore of this hour might go unnoticed
            log.warning("the mark beside the database was not written", extra={"why": str(error)})
