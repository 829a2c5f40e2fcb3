"""Read statistics for the metrics, on a read-only connection with a time limit."""

import contextlib
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.jobs.job import ENDED, State
from bot.store.integrity import read_every_table
from bot.store.readonly import open_readonly

MAX_S = 2.0  # a read that takes longer is interrupted
FIRST_MAX_S = 20.0  # the first read scans everything
_STEPS = 20_000  # SQLite instructions between two checks of the clock
_OPEN = ", ".join(f"'{state}'" for state in State if state not in ENDED)


class TooSlow(Exception):
    """The database did not answer in time."""


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


@contextlib.contextmanager
def _timeout() -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT:
            raise TooSlow from error
        raise


class StatsReader:
    """Reads one database repeatedly. Events and ledger only grow, so each read adds up only the new rows."""

    def __init__(self, database: Path) -> None:
        self._database = database
        self._jobs: Counter[State] = Counter()
        self._money: Counter[str] = Counter()
        self._event = self._move = 0  # the last rows that were read

    def read(self, now: float, max_s: float = MAX_S) -> Stats:
        """Read the statistics. Raise Unreadable, or TooSlow if the time limit is exceeded."""
        began = time.monotonic()
        until = began + (FIRST_MAX_S if self._event == 0 else max_s)
        with open_readonly(self._database) as connection, _timeout():
            connection.set_progress_handler(lambda: time.monotonic() > until, _STEPS)
            connection.execute("BEGIN")  # one state of it, however long it takes
            read_every_table(connection)
            self._add(connection)
            oldest, due = _ages(connection)
            starts = connection.execute("SELECT value FROM fact WHERE name = 'boots'").fetchone()
            rolled_back = connection.execute("SELECT at FROM fact WHERE name = 'rollback'").fetchone()
        return Stats(
            jobs={state: self._jobs[state] for state in State},
            oldest_open_s=max(0.0, now - oldest) if oldest is not None else 0.0,
            late_s=max(0.0, now - due) if due is not None else 0.0,
            reserved=self._money["reserved"],
            held=self._money["held"],
            spent=self._money["spent"],
            released=self._money["released"],
            starts=int(starts[0]) if starts else 0,
            rolled_back_at=rolled_back[0] if rolled_back else 0.0,
            took_s=time.monotonic() - began,
        )

    def _add(self, connection: sqlite3.Connection) -> None:
        """All of what is new, or nothing of it."""
        (event,) = connection.execute("SELECT coalesce(max(rowid), 0) FROM event").fetchone()
        (move,) = connection.execute("SELECT coalesce(max(rowid), 0) FROM ledger").fetchone()
        moved = connection.execute(
            "SELECT from_state, to_state, count(*) FROM event WHERE rowid > ? GROUP BY 1, 2", (self._event,)
        ).fetchall()
        booked = connection.execute(
            "SELECT kind, debit, credit, sum(micros) FROM ledger WHERE rowid > ? GROUP BY 1, 2, 3", (self._move,)
        ).fetchall()
        for left, reached, count in moved:
            self._jobs[State(reached)] += count
            if left is not None:
                self._jobs[State(left)] -= count
        for kind, debit, credit, micros in booked:
            self._money[debit] -= micros
            self._money[credit] += micros
            self._money["released"] += micros if kind == "release" else 0
        self._event, self._move = event, move


def _ages(connection: sqlite3.Connection) -> tuple[float | None, float | None]:
    """When the oldest open job was asked for, and when the longest waiting one was due."""
    (oldest,) = connection.execute(f"SELECT min(created_at) FROM job WHERE state IN ({_OPEN})").fetchone()  # noqa: S608
    (due,) = connection.execute(
        "SELECT min(due_at) FROM job WHERE due_at IS NOT NULL AND lease_until IS NULL"
    ).fetchone()
    return oldest, due
