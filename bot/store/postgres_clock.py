"""The clock of a bot on PostgreSQL: the database's, so that every row has the time of one clock."""

import threading
import time
from dataclasses import dataclass
from typing import Any

import psycopg

from bot.ports.clock import SystemClock, elapsed_s

MAX_SKEW_S = 2.0
READ_EVERY_S = 60.0
_MIN_RATE = 0.5  # a clock that is ahead goes this much slower at least, because it never goes back


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """PostgreSQL's time at a moment of this machine's clocks. `doubt_s`: half of what the question took."""

    at: float
    wall: float
    monotonic: float
    doubt_s: float

    @property
    def skew_s(self) -> float:
        """This machine's time minus PostgreSQL's."""
        return self.wall - self.at


def is_skewed(reading: Reading) -> bool:
    """Return whether the two clocks surely differ by more than 2 s."""
    return abs(reading.skew_s) - reading.doubt_s > MAX_SKEW_S


def read_clock(connection: psycopg.Connection[Any]) -> Reading:
    """Ask PostgreSQL what time it is. Raise psycopg.Error."""
    before = elapsed_s()
    ((there,),) = connection.execute("SELECT CAST(extract(epoch FROM clock_timestamp()) AS float8)").fetchall()
    doubt_s = (elapsed_s() - before) / 2
    return Reading(at=float(there), wall=time.time() - doubt_s, monotonic=elapsed_s() - doubt_s, doubt_s=doubt_s)


class DatabaseClock(SystemClock):
    """PostgreSQL's time. Between two readings this machine's monotonic clock goes on; it never goes back."""

    def __init__(self, reading: Reading) -> None:
        self._turn = threading.Lock()
        self._at, self._since, self._rate = reading.at, reading.monotonic, 1.0

    def now(self) -> float:
        with self._turn:
            return self._at + max(0.0, self.monotonic() - self._since) * self._rate

    def correct(self, reading: Reading) -> None:
        """Follow a new reading: at once if it's ahead, else by going slower until it has caught up."""
        with self._turn:
            now = self.monotonic()
            own = self._at + max(0.0, now - self._since) * self._rate
            ahead_s = own - (reading.at + now - reading.monotonic)
            self._at, self._since = own - min(0.0, ahead_s), now
            self._rate = max(_MIN_RATE, 1.0 - max(0.0, ahead_s) / READ_EVERY_S)

    @property
    def is_due(self) -> bool:
        """Whether the last reading is old enough for another."""
        return self.monotonic() - self._since >= READ_EVERY_S
