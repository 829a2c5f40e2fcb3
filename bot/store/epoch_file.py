"""File beside the database that reveals a restored backup. Source: reference/reliability.md 2.6."""

import os
import sqlite3
from dataclasses import astuple, dataclass, fields, replace
from pathlib import Path

from bot.jobs.limits import DAY_S, month_days


@dataclass(frozen=True, slots=True, kw_only=True)
class Epoch:
    """How far a database had come: starts of the bot, its newest event, posts begun, and the spending that counts.

    `day` is the last UTC day with spending; `month_micros` is that of its month, over all servers.
    """

    boots: int = 0
    events: int = 0
    posts: int = 0
    day: int = 0
    day_micros: int = 0
    month_micros: int = 0


_NAMES = tuple(field.name for field in fields(Epoch))


class EpochFile:
    """Written after the database, so the database is never behind this file unless it was restored."""

    def __init__(self, database: Path) -> None:
        self._path = database.with_name(database.name + ".mark")

    def read(self) -> Epoch | None:
        """Return None if there is no file or it can't be read. Version 0.1 wrote the first two numbers only."""
        try:
            numbers = [int(word) for word in self._path.read_text().split()]
        except (OSError, ValueError):
            return None
        if len(numbers) not in (2, len(_NAMES)):
            return None
        return Epoch(**dict(zip(_NAMES, numbers, strict=False)))

    def write(self, mark: Epoch, *, durable: bool = True) -> None:
        """Write the file in place, in one sector. Raise OSError. `durable`: it also survives a power cut."""
        fd = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.pwrite(fd, (" ".join(f"{number:020d}" for number in astuple(mark)) + "\n").encode(), 0)
            if durable:
                os.fsync(fd)
        finally:
            os.close(fd)


def epoch_of(connection: sqlite3.Connection) -> Epoch:
    """Read how far a database has come, of any schema and without its spending."""
    facts = dict(connection.execute("SELECT name, value FROM fact WHERE name IN ('boots', 'posts')").fetchall())
    (events,) = connection.execute("SELECT coalesce(max(rowid), 0) FROM event").fetchone()
    return Epoch(boots=int(facts.get("boots", 0)), events=events, posts=int(facts.get("posts", 0)))


def with_spending(mark: Epoch, connection: sqlite3.Connection) -> Epoch:
    """Add the spending of the last day that has some, and of its month."""
    (day,) = connection.execute("SELECT coalesce(max(day), 0) FROM day_use WHERE micros > 0").fetchone()
    return replace(mark, day=day, **_spent(connection, day))


def _spent(connection: sqlite3.Connection, day: int) -> dict[str, int]:
    first, following = month_days(day * float(DAY_S))
    today, month = connection.execute(
        "SELECT coalesce(sum(CASE WHEN day = ? THEN micros END), 0), coalesce(sum(micros), 0)"
        " FROM day_use WHERE day >= ? AND day < ?",
        (day, first, following),
    ).fetchone()
    return {"day_micros": today, "month_micros": month}


def is_restored(database: Epoch, sidecar: Epoch | None) -> bool:
    """Whether a database is older than what its sidecar has seen, or has lost its sidecar on the way."""
    if sidecar is None:
        return database.boots > 0
    return database.boots < sidecar.boots or database.events < sidecar.events or database.posts < sidecar.posts
