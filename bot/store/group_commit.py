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

T = TypeVar("T")
Row = sqlite3.Row
Value = str | int | float | None
MAX_GROUP = 64  # units of work in one transaction


class Transaction:
    """Runs statements between BEGIN and COMMIT, on the database's thread."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def run(self, sql: str, values: Sequence[Value] = ()) -> list[Row]:
        return self._connection.execute(sql, values).fetchall()


@dataclass(slots=True, eq=False)
class PendingWork:
    """One atomic unit of work, and the future of its result.

    `before_pay`: a payment follows, so the epoch file is updated after the commit.
    """

    do: Callable[[Transaction], Any]
    done: asyncio.Future[Any]
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


def run_transaction(connection: sqlite3.Connection, work: Callable[[Transaction], T]) -> T:
    """Run one unit of work in its own transaction. Roll back and re-raise if it raises."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        result = work(Transaction(connection))
        connection.execute("COMMIT")
    except BaseException:
        rollback(connection)
        raise
    return result


def run_group(connection: sqlite3.Connection, group: Sequence[PendingWork]) -> None:
    """Run a group in one transaction. A unit that raises is rolled back alone, by a savepoint.

    Sets `result` or `error` of each. If the transaction itself fails, nothing is written and all get its error.
    """

    def all_of_them(tx: Transaction) -> None:
        for work in group:
            _run_work(connection, tx, work)

    try:
        run_transaction(connection, all_of_them)
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
