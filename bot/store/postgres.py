"""The same store on PostgreSQL: works of `bot/store` run on a few connections, one thread each."""

import asyncio
import contextlib
import logging
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Self, TypeVar

import psycopg
from psycopg import errors

from bot.jobs.rejections import StoreBusy
from bot.ports.patience import is_answering
from bot.ports.shards import ShardPlan, ShardRange
from bot.store.database import PATIENT_S, QUICK_S
from bot.store.group_commit import Row, Transaction, Value
from bot.store.location import Role
from bot.store.postgres_clock import DatabaseClock, Reading, is_skewed, read_clock
from bot.store.postgres_connection import CONNECTIONS, PgRow, PgTransaction, connect, run_transaction
from bot.store.postgres_errors import PostgresInUse, ShardCountDiffers, ShardsTaken, Unreachable
from bot.store.postgres_guard import Guard
from bot.store.postgres_hold import reported_rollback
from bot.store.postgres_owner import is_alive, is_open, own, own_again, release_ownership
from bot.store.postgres_shards import ShardHold

log = logging.getLogger("retake.store")

T = TypeVar("T")
_RETRY_S = 0.1
_NOTE_EVERY_S = 0.1
_COUNT_START = (
    "INSERT INTO fact (name, value, at) VALUES ('boots', '1', 0)"
    " ON CONFLICT (name) DO UPDATE SET value = CAST(CAST(fact.value AS INTEGER) + 1 AS TEXT)"
)
_READ = b"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
_AGAIN = (psycopg.OperationalError, errors.DeadlockDetected, errors.SerializationFailure, Unreachable, PostgresInUse)


class PgDatabase:
    """A PostgreSQL database that this process owns by advisory locks. Transactions of several connections overlap.

    `inline`: statements run in the caller's thread, for simulated time.
    """

    damaged = False
    restored = mark_gone = False  # the guard holds open jobs itself

    def __init__(
        self,
        url: str,
        owner: psycopg.Connection[PgRow],
        reading: Reading,
        guard: Guard | None,
        *,
        inline: bool,
        role: Role = "all",
        shared: bool = False,
        shards: ShardHold | None = None,
    ) -> None:
        self._guard = guard
        self._shards = shards or ShardHold()
        self._role = role
        self.shared = shared
        self._reported = reported_rollback(PgTransaction(owner)) if role == "gateway" else ""
        self.clock = DatabaseClock(reading)
        self._url = url
        self._owner = owner
        self._owning = threading.Lock()
        self._inline = inline
        self._local = threading.local()
        self._opened: list[psycopg.Connection[PgRow]] = []
        self._pool = ThreadPoolExecutor(CONNECTIONS, thread_name_prefix="postgres")
        self._lost_at: float | None = None
        self._noting: asyncio.Task[None] | None = None
        self._is_noted = True
        self._taken_by: PostgresInUse | None = None

    @classmethod
    async def open(
        cls,
        url: str,
        data: Path | None = None,
        *,
        inline: bool = False,
        role: Role = "all",
        plan: ShardPlan | None = None,
        shared: bool = False,
    ) -> Self:
        """Connect, own and upgrade the database. Raise CannotOpen. `plan`: the shards that a gateway may hold.

        `data`: the folder of the files that know how far it had come; without one nothing is noticed. A gateway pays
        and posts nothing, so it leaves them to the worker, and reads in the database what the worker has found.
        `shared`: other workers may have it open, too.
        """
        guard = Guard(data, shared=shared) if data is not None and role != "gateway" else None
        shards = ShardHold(plan)
        owner, reading = await asyncio.to_thread(partial(own, url, guard, role, shards, shared=shared))
        return cls(url, owner, reading, guard, inline=inline, role=role, shards=shards, shared=shared)

    async def close(self) -> None:
        if self._noting is not None:
            await self._noting
        await asyncio.to_thread(self._pool.shutdown)
        with contextlib.suppress(psycopg.Error):
            release_ownership(self._owner)
        if self._guard is not None:
            self._guard.close()
        for connection in (*self._opened, self._owner):
            connection.close()

    @property
    def held(self) -> str:
        """What is wrong with a database that went back, in sentences; nothing if it didn't."""
        return self._guard.held if self._guard is not None else self._reported

    @property
    def rollback(self) -> str:
        return self.held

    @property
    def shards(self) -> ShardRange | None:
        """The shards that this gateway holds, or None if it holds all or isn't one."""
        return self._shards.taken

    @property
    def shards_lost(self) -> str:
        """A sentence if another gateway has taken the shards of this one over while PostgreSQL wasn't reached."""
        is_lost = self._lost_at is not None and isinstance(self._taken_by, ShardsTaken | ShardCountDiffers)
        return str(self._taken_by) if is_lost else ""

    def trouble(self) -> str:
        """Return what keeps the bot from working: PostgreSQL isn't reached, has another owner, or went back."""
        lost_at = self._lost_at
        if self.held:
            return self.held
        if lost_at is None or (lost_s := time.monotonic() - lost_at) < QUICK_S:
            return ""
        if self._taken_by is not None:
            return "Another Retake has taken this database over: stop one of them."
        return f"PostgreSQL hasn't been reached for {lost_s:.0f} s: nothing is ordered, paid or posted until it is."

    def _connection(self, patience_s: float) -> psycopg.Connection[PgRow]:
        """Return this thread's connection, and make sure that this process still owns the database."""
        found: psycopg.Connection[PgRow] | None = getattr(self._local, "connection", None)
        if not self._owning.acquire(timeout=patience_s):
            raise Unreachable("timeout")  # another thread is still trying to connect
        try:
            if not is_open(self._owner):
                self._own_again()
            if found is not None and is_open(found):
                return found
            if found is not None:
                found.close()
            if not is_alive(self._owner):
                self._own_again()
            self._local.connection = found = self._connect()
            self._opened = [each for each in self._opened if not each.closed] + [found]
            return found
        finally:
            self._owning.release()

    def _connect(self) -> psycopg.Connection[PgRow]:
        """Open a connection to the server that this process owns the database on. Raise Unreachable."""
        found = connect(self._url, hands_out=self._role != "all")
        try:
            if self._guard is None or self._guard.is_same_server(found):
                return found
        except BaseException:
            found.close()
            raise
        found.close()
        self._own_again()  # the address leads to another server since
        raise Unreachable("shutting down")

    def _own_again(self) -> None:
        self._owner.close()
        guard, now = self._guard, self.clock.now()
        self._owner = own_again(self._url, guard, now, self._role, self._shards, shared=self.shared)

    def _work(self, do: Callable[[psycopg.Connection[PgRow]], T], patience_s: float, repeats: bool) -> T:
        """Do it, and again where it surely did not happen. `repeats`: what fails without CommitUnknown did not."""
        until = time.monotonic() + patience_s
        while True:
            connection: psycopg.Connection[PgRow] | None = None
            try:
                connection = self._connection(patience_s)
                result = do(connection)
            except _AGAIN as error:
                is_lost = connection is None or connection.closed
                if is_lost:
                    self._lost_at = self._lost_at or time.monotonic()
                    self._taken_by = error if isinstance(error, PostgresInUse) else None
                if connection is not None and is_lost and not repeats:
                    raise  # it may have been committed
                if time.monotonic() > until:
                    raise (StoreBusy() if patience_s == QUICK_S else error) from error
                time.sleep(_RETRY_S)
            else:
                if self._lost_at is not None:
                    self._note_return()
                if self.clock.is_due:
                    self._read_clock(connection)
                return result

    def _note_return(self) -> None:
        lost_at, self._lost_at = self._lost_at, None
        if lost_at is not None and (lost_s := time.monotonic() - lost_at) > QUICK_S:
            log.warning("PostgreSQL was not reached for %.1f s; requests were refused meanwhile", lost_s)

    def _read_clock(self, connection: psycopg.Connection[PgRow]) -> None:
        with contextlib.suppress(psycopg.OperationalError):  # the next work reconnects, and asks again
            reading = read_clock(connection)
            self.clock.correct(reading)
            if self._guard is not None and self.shared:  # a worker that pays nothing also knows how far it has come
                self._guard.note(connection)
            if self._role == "gateway":
                self._reported = reported_rollback(PgTransaction(connection))
            if is_skewed(reading):
                log.warning("this machine's clock and PostgreSQL's differ by %.1f s", reading.skew_s)

    async def _submit(
        self, do: Callable[[psycopg.Connection[PgRow]], T], *, quick: bool = False, repeats: bool = True
    ) -> T:
        patience_s = QUICK_S if quick else PATIENT_S
        if self._inline:
            return self._work(do, patience_s, repeats)
        work = partial(self._work, do, patience_s, repeats)
        return await asyncio.get_running_loop().run_in_executor(self._pool, work)

    async def run(self, sql: str, values: Sequence[Value] = (), *, quick: bool = False) -> list[Row]:
        """One statement in a transaction of its own; returns its rows. `quick`: see `transaction`."""
        reads = sql.startswith("SELECT")
        quick = quick or (reads and is_answering())
        return await self._submit(lambda each: PgTransaction(each).run(sql, values), quick=quick, repeats=reads)

    async def read(self, work: Callable[[Transaction], T]) -> T:
        """Several SELECTs on one state of the database. Raise StoreBusy as `transaction` does if a member waits."""
        return await self._submit(lambda each: run_transaction(each, work, _READ), quick=is_answering())

    async def transaction(self, work: Callable[[Transaction], T], *, quick: bool = False) -> T:
        """Several statements that hold together. Taken back where `work` raises.

        `quick`: a member waits for the answer, so raise StoreBusy if PostgreSQL isn't reached for 1.5 s.
        """
        return await self._submit(lambda each: run_transaction(each, work), quick=quick)

    async def record_start(self, work: Callable[[Transaction], T], now: float = 0.0) -> T:
        """Count this start in the database, together with `work`."""

        def count(tx: Transaction) -> T:
            result = work(tx)
            tx.run(_COUNT_START)
            return result

        def start(connection: psycopg.Connection[PgRow]) -> T:
            result = run_transaction(connection, count)
            if self._guard is not None:
                self._guard.note(connection)
            return result

        return await self._submit(start)

    async def commit_before_payment(self, work: Callable[[Transaction], T]) -> T:
        """Commit an intent to pay or to post, and remember it in the data folder. Raise PaymentsHeld."""
        guard = self._guard
        if guard is None:
            return await self.transaction(work)
        result = await self._submit(lambda each: guard.commit(each, work))
        self._is_noted = False
        if self._noting is None or self._noting.done():
            self._noting = asyncio.create_task(self._note(guard), name="mark of the database")
        return result

    async def _note(self, guard: Guard) -> None:
        """Write the spending beside the database, soon after it has changed."""
        while not self._is_noted:
            await asyncio.sleep(_NOTE_EVERY_S)
            self._is_noted = True
            with contextlib.suppress(psycopg.Error, Unreachable, PostgresInUse, StoreBusy):
                await self._submit(guard.note, quick=True)

    async def adopt(self) -> None:
        """Trust a database that went back as it is now. Raise OSError."""
        guard = self._guard
        if guard is not None:
            await self._submit(guard.adopt)
