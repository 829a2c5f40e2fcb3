"""Read statistics for the metrics, on a read-only connection with a time limit."""

import contextlib
import math
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bot.jobs.job import ENDED, State
from bot.store.group_commit import Row, Transaction
from bot.store.integrity import read_every_table
from bot.store.location import StoreLocation
from bot.store.open import open_reader
from bot.store.readonly import TooSlow, open_readonly

MAX_S = 2.0  # a read that takes longer is interrupted
FIRST_MAX_S = 20.0  # the first read scans everything
_STEPS = 20_000  # SQLite instructions between two checks of the clock
SETTLED_AFTER_S = 90.0  # no transaction on PostgreSQL is as long: 20 s a statement, 30 s between two
_MOVED = "SELECT from_state, to_state, count(*) FROM event WHERE rowid > ? AND rowid <= ? GROUP BY 1, 2"
_BOOKED = "SELECT kind, debit, credit, sum(micros) FROM ledger WHERE rowid > ? AND rowid <= ? GROUP BY 1, 2, 3"
# Few rows, so they are added up each time.
_WRITER = "SELECT coalesce(sum(CASE WHEN credit = 'spent' THEN micros ELSE -micros END), 0) FROM writer_ledger"
_OPEN = ", ".join(f"'{state}'" for state in State if state not in ENDED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stats:
    """`jobs`: number per state. Money is in millionths of a US dollar; `released` was reserved and not spent."""

    jobs: Mapping[State, int]
    oldest_open_s: float  # 0 if no job is open
    late_s: float  # how overdue the oldest due job without a lease is
    reserved: int
    held: int
    spent: int
    released: int
    starts: int
    rolled_back_at: float  # the last start that found an older database; 0 if none did
    took_s: float
    database_bytes: int | None = None  # on PostgreSQL


@dataclass(frozen=True, slots=True)
class _Sums:
    """What the rows of `event` and `ledger` up to two row numbers add up to."""

    jobs: Counter[State]
    money: Counter[str]
    event: int = 0
    move: int = 0

    def up_to(self, tx: Transaction, event: int, move: int) -> "_Sums":
        """Return these sums with the rows up to `event` and `move` added."""
        jobs, money = self.jobs.copy(), self.money.copy()
        for left, reached, count in tx.run(_MOVED, (self.event, event)):
            jobs[State(reached)] += count
            if left is not None:
                jobs[State(left)] -= count
        for kind, debit, credit, micros in tx.run(_BOOKED, (self.move, move)):
            money[debit] -= micros
            money[credit] += micros
            money["released"] += micros if kind == "release" else 0
        return _Sums(jobs, money, max(self.event, event), max(self.move, move))


@contextlib.contextmanager
def _timeout() -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT:
            raise TooSlow from error
        raise


class StatsReader:
    """Reads one database repeatedly. Events and ledger only grow, so each read adds up only the new rows.

    On PostgreSQL a row may be committed after one with a higher number, so newer rows are added up again each time.
    """

    def __init__(self, location: StoreLocation) -> None:
        self._location = location
        self._settled = _Sums(Counter(), Counter())

    def read(self, now: float, max_s: float = MAX_S) -> Stats:
        """Read the statistics. Raise CannotOpen, Unreadable, or TooSlow if the time limit is exceeded."""
        began = time.monotonic()
        with self._open(FIRST_MAX_S if self._settled.event == 0 else max_s) as tx:
            sums = self._add(tx, now)
            oldest, due = _ages(tx)
            ((writer_micros,),) = tx.run(_WRITER)
            starts = tx.run("SELECT value FROM fact WHERE name = 'boots'")
            rolled_back = tx.run("SELECT at FROM fact WHERE name = 'rollback'")
            size = tx.run("SELECT pg_database_size(current_database())") if self._location.database_url else []
        return Stats(
            jobs={state: sums.jobs[state] for state in State},
            oldest_open_s=max(0.0, now - oldest) if oldest is not None else 0.0,
            late_s=max(0.0, now - due) if due is not None else 0.0,
            reserved=sums.money["reserved"],
            held=sums.money["held"],
            spent=sums.money["spent"] + writer_micros,
            released=sums.money["released"],
            starts=int(starts[0][0]) if starts else 0,
            rolled_back_at=rolled_back[0][0] if rolled_back else 0.0,
            took_s=time.monotonic() - began,
            database_bytes=size[0][0] if size else None,
        )

    @contextlib.contextmanager
    def _open(self, max_s: float) -> Iterator[Transaction]:
        """Yield one state of the database, however long it is read."""
        if self._location.database_url:
            with open_reader(self._location, max_s) as tx:
                yield tx
            return
        until = time.monotonic() + max_s
        with open_readonly(self._location.file) as connection, _timeout():
            connection.row_factory = Row
            connection.set_progress_handler(lambda: time.monotonic() > until, _STEPS)
            connection.execute("BEGIN")
            read_every_table(connection)
            yield Transaction(connection)

    def _add(self, tx: Transaction, now: float) -> _Sums:
        """Return the sums of all rows: all of what is new, or nothing of it."""
        if not self._location.database_url:
            self._settled = self._settled.up_to(tx, *_newest(tx))
            return self._settled
        self._settled = self._settled.up_to(tx, *_newest(tx, now - SETTLED_AFTER_S))
        return self._settled.up_to(tx, *_newest(tx))


def _newest(tx: Transaction, until: float = math.inf) -> tuple[int, int]:
    """Return the numbers of the newest event and the newest move of money until then."""
    event = tx.run("SELECT rowid FROM event WHERE at <= ? ORDER BY rowid DESC LIMIT 1", (until,))
    move = tx.run("SELECT rowid FROM ledger WHERE at <= ? ORDER BY rowid DESC LIMIT 1", (until,))
    return (event[0][0] if event else 0, move[0][0] if move else 0)


def _ages(tx: Transaction) -> tuple[float | None, float | None]:
    """When the oldest open job was asked for, and when the longest waiting one was due."""
    ((oldest,),) = tx.run(f"SELECT min(created_at) FROM job WHERE state IN ({_OPEN})")  # noqa: S608
    ((due,),) = tx.run("SELECT min(due_at) FROM job WHERE due_at IS NOT NULL AND lease_until IS NULL")
    return oldest, due
