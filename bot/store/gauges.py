"""Reads how things stand, for whoever watches: on a connection of its own that cannot write, and never for long."""

import sqlite3
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.jobs.model import ENDED, State
from bot.store.peek import peek

MOST_S = 2.0  # a look that takes longer is called off
_STEPS = 20_000  # of SQLite's machine, between two looks at the clock
_OPEN = ", ".join(f"'{state}'" for state in State if state not in ENDED)


class TooSlow(Exception):
    """The database did not answer in time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """`jobs`: how many are in each state. Money is millionths of a US dollar; `released` was reserved and not used."""

    jobs: Mapping[State, int]
    oldest_open_s: float  # 0 where nothing is open
    late_s: float  # how long the longest waiting job that nobody works on is overdue
    reserved: int
    held: int
    spent: int
    released: int
    starts: int
    took_s: float


def read(database: Path, now: float, most_s: float = MOST_S) -> Reading:
    """One look. Raises TooSlow, and sqlite3.Error where the file cannot be read."""
    began = time.monotonic()
    with peek(database) as connection:
        connection.set_progress_handler(lambda: time.monotonic() > began + most_s, _STEPS)
        try:
            jobs = dict.fromkeys(State, 0)
            for state, count in connection.execute("SELECT state, count(*) FROM job GROUP BY state"):
                jobs[State(state)] = count
            oldest, due = _ages(connection)
            pots = _pots(connection)
            boots = connection.execute("SELECT value FROM fact WHERE name = 'boots'").fetchone()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT:
                raise TooSlow from error
            raise
    return Reading(
        jobs=jobs,
        oldest_open_s=max(0.0, now - oldest) if oldest is not None else 0.0,
        late_s=max(0.0, now - due) if due is not None else 0.0,
        **pots,
        starts=int(boots[0]) if boots else 0,
        took_s=time.monotonic() - began,
    )


def _ages(connection: sqlite3.Connection) -> tuple[float | None, float | None]:
    """When the oldest open job was asked for, and when the longest waiting one was due."""
    (oldest,) = connection.execute(f"SELECT min(created_at) FROM job WHERE state IN ({_OPEN})").fetchone()  # noqa: S608
    (due,) = connection.execute(
        "SELECT min(due_at) FROM job WHERE due_at IS NOT NULL AND lease_until IS NULL"
    ).fetchone()
    return oldest, due


def _pots(connection: sqlite3.Connection) -> dict[str, int]:
    pots = dict.fromkeys(("reserved", "held", "spent", "released"), 0)
    moves = connection.execute("SELECT kind, debit, credit, sum(micros) FROM ledger GROUP BY kind, debit, credit")
    for kind, debit, credit, micros in moves:
        for pot, change in ((debit, -micros), (credit, micros)):
            if pot in pots:
                pots[pot] += change
        if kind == "release":
            pots["released"] += micros
    return pots
