"""Group commit: work that is requested at the same moment shares one transaction.

With synchronous=FULL every commit waits for the disk, on ordinary cloud volumes for 0.5 to 5 ms. Fifty simultaneous
requests wait for it once. Source: reference/performance.md, store.
"""

import asyncio
import contextlib
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from bot.jobs.rejections import StoreBusy

T = TypeVar("T")
Row = sqlite3.Row
Value = str | int | float | None
MAX_GROUP = 64  # units of work in one transaction


class Locked(sqlite3.OperationalError):
    """Another program holds the database's write lock. Nothing was done."""


class Transaction:
    """Runs statements between BEGIN and COMMIT, on the database's thread."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def run(self, sql: str, values: Sequence[Value] = ()) -> list[Row]:
        return self._connection.execute(sql, values).fetchall()

    def lock(self, name: str) -> None:
        """Let no other transaction hold this name until the end of this one. SQLite has a single writer anyway."""

    def try_lock(self, name: str) -> bool:
        """Take a lock as `lock` does, or return False at once if another transaction holds the name."""
        return True


@dataclass(slots=True, eq=False)
class PendingWork:
    """One atomic unit of work, and the future of its result.

    `until`: how long it waits for a lock, on the monotonic clock. `reads`: it only reads, and waits for none.
    `quick`: a member waits for it.
    `before_pay`: money follows, so the mark beside the database is brought up to date with it.
    """

    do: Callable[[Transaction], Any]
    done: asyncio.Future[Any]
    until: float
    reads: bool = False
    quick: bool = False
    before_pay: bool = False
    result: object = None
    error: BaseException | None = None

    def resolve(self) -> None:
        if self.done.done():
            return  # the caller was cancelled
        if self.error is not None:
            self.done.set_exception(self.error)
        else:
            self.done.set_result(self.result)


def give_up_late(waiting: Sequence[PendingWork], now: float, error: Locked) -> list[PendingWork]:
    """Tell those that have waited too long for a lock, and return the others in their order."""
    late = {work for work in waiting if work.until <= now and not work.reads}
    for work in late:
        work.error = StoreBusy() if work.quick else error
        work.resolve()
    return [work for work in waiting if work not in late]


def run_transaction(
    connection: sqlite3.Connection, work: Callable[[Transaction], T], begin: str = "BEGIN IMMEDIATE"
) -> T:
    """One work in a transaction of its own. Rolled back where it raises. Raise Locked before anything is done."""
    try:
        connection.execute(begin)
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY:
            raise Locked(*error.args) from error
        raise
    try:
        result = work(Transaction(connection))
        connection.execute("COMMIT")
    except BaseException:
        rollback(connection)
        raise
    return result


def run_group(connection: sqlite3.Connection, group: Sequence[PendingWork], begin: str = "BEGIN IMMEDIATE") -> None:
    """Several works in one transaction, each for itself: one that raises takes back its own. Fills in what came of
    them; where the transaction itself fails, none of them happened, and each is told so. Raise Locked if another
    program holds the lock: the group can be run again.
    """

    def all_of_them(tx: Transaction) -> None:
        for work in group:
            _run_work(connection, tx, work)

    try:
        run_transaction(connection, all_of_them, begin)
    except Locked:
        raise
    except Exception as error:  # noqa: BLE001
        # Kept alive: the thread. The error goes to every caller.
        for work in group:
            work.error = error


def _run_work(connection: sqlite3.Connection, tx: Transaction, work: PendingWork) -> None:
    connection.execute("SAVEPOINT work")
    try:
        work.result = work.do(tx)
    except Exception as error:
        # Kept alive: the other units of the group.
        if not connection.in_transaction:
            raise  # a full or failing disk: SQLite has already rolled everything back
        connection.execute("ROLLBACK TO work")
        work.error = error
    connection.execute("RELEASE work")


def rollback(connection: sqlite3.Connection) -> None:
    """Roll back the transaction, if there is one."""
    # On a full or failing disk SQLite has already rolled back, and ROLLBACK fails.
    with contextlib.suppress(sqlite3.OperationalError):
        connection.execute("ROLLBACK")
