"""File beside the database that reveals a restored backup. Source: reference/reliability.md 2.6."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass, fields, replace
from itertools import chain
from pathlib import Path

from bot.jobs.limits import DAY_S, month_days
from bot.store.group_commit import Transaction


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


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSpending:
    """What counts toward a server's budgets: on the last UTC day with spending, and in its month."""

    guild_id: int
    day: int
    day_micros: int
    month_micros: int


_NAMES = tuple(field.name for field in fields(Epoch))
RECORD = 128  # bytes: a part of one sector, so that a record is written as a whole or not at all
MOST_SERVERS = 8_192  # 1 MiB; the spending of more servers counts toward the host's budgets alone


class EpochFile:
    """Written after the database, so the database is never behind this file unless it was restored.

    The first record is the epoch, each other one the spending of a server. Records of earlier months are overwritten.
    """

    def __init__(self, database: Path) -> None:
        self._path = database.with_name(database.name + ".mark")
        self._places: dict[int, ServerSpending] | None = None  # of the records, once they are known

    def read(self) -> Epoch | None:
        """Return None if there is no file or it can't be read. Version 0.1 wrote the first two numbers only."""
        records = self._records()
        if not records or records[0] is None or len(records[0]) not in (2, len(_NAMES)):
            return None
        return Epoch(**dict(zip(_NAMES, records[0], strict=False)))

    def servers(self) -> dict[int, ServerSpending]:
        """Return what servers have spent, by the place of their record. Records that can't be read are left out."""
        return {
            place: ServerSpending(guild_id=numbers[0], day=numbers[1], day_micros=numbers[2], month_micros=numbers[3])
            for place, numbers in enumerate(self._records())
            if place and numbers is not None and len(numbers) == 4 and numbers[0]
        }

    def _records(self) -> list[list[int] | None]:
        try:
            data = self._path.read_bytes()
        except OSError:
            return []
        return [numbers_of(data[at : at + RECORD]) for at in range(0, len(data), RECORD)]

    def write(self, mark: Epoch, servers: Iterable[ServerSpending] = (), *, durable: bool = True) -> None:
        """Write the epoch and these servers in place. Raise OSError. `durable`: it also survives a power cut."""
        if self._places is None:
            self._places = self.servers()
        fd = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.pwrite(fd, record_of(astuple(mark)), 0)
            for place, server in self._placed(self._places, servers).items():
                os.pwrite(fd, record_of(astuple(server)), place * RECORD)
                self._places[place] = server
            if durable:
                os.fsync(fd)
        finally:
            os.close(fd)

    @staticmethod
    def _placed(known: Mapping[int, ServerSpending], servers: Iterable[ServerSpending]) -> dict[int, ServerSpending]:
        """Give each server its own place, one of a server that has spent nothing in this month, or a new one."""
        wanted = {server.guild_id: server for server in servers}
        if not wanted:
            return {}
        month, _ = month_days(max(server.day for server in wanted.values()) * float(DAY_S))
        own = {server.guild_id: place for place, server in known.items()}
        stale = [place for place, server in known.items() if server.day < month and server.guild_id not in wanted]
        places = chain(stale, range(max(known, default=0) + 1, MOST_SERVERS + 1))
        placed = {own[guild_id]: server for guild_id, server in wanted.items() if guild_id in own}
        new = (server for guild_id, server in wanted.items() if guild_id not in own)
        return placed | dict(zip(places, new, strict=False))


def record_of(numbers: Iterable[int]) -> bytes:
    return " ".join(f"{number:020d}" for number in numbers).ljust(RECORD - 1).encode() + b"\n"


def numbers_of(record: bytes) -> list[int] | None:
    try:
        return [int(word) for word in record.split()]
    except ValueError:
        return None


def epoch_of(tx: Transaction) -> Epoch:
    """Read how far a database has come, of any schema and without its spending."""
    facts = {row[0]: row[1] for row in tx.run("SELECT name, value FROM fact WHERE name IN ('boots', 'posts')")}
    ((events,),) = tx.run("SELECT coalesce(max(rowid), 0) FROM event")
    return Epoch(boots=int(facts.get("boots", 0)), events=events, posts=int(facts.get("posts", 0)))


def with_spending(mark: Epoch, tx: Transaction) -> Epoch:
    """Add the spending of the last day that has some, and of its month."""
    ((day,),) = tx.run("SELECT coalesce(max(day), 0) FROM day_use WHERE micros > 0")
    first, following = month_days(day * float(DAY_S))
    ((today, month),) = tx.run(
        "SELECT coalesce(sum(CASE WHEN day = ? THEN micros END), 0), coalesce(sum(micros), 0)"
        " FROM day_use WHERE day >= ? AND day < ?",
        (day, first, following),
    )
    return replace(mark, day=day, day_micros=today, month_micros=month)


def spending_of_servers(tx: Transaction, day: int, since_event: int | None) -> list[ServerSpending]:
    """Return the spending in a day's month of every server with a later event (no money moves without one), or of all.

    What no server is known for (server 0) is left out.
    """
    month = month_days(day * float(DAY_S))
    moved, values = "SELECT guild_id FROM day_use WHERE day >= ? AND day < ?", [*month]
    if since_event is not None:
        moved, values = (
            "SELECT guild_id FROM event JOIN job ON job.id = event.job_id WHERE event.rowid > ?",
            [since_event],
        )
    rows = tx.run(
        f"WITH moved AS (SELECT DISTINCT guild_id FROM ({moved}) AS seen WHERE guild_id <> 0),"  # noqa: S608
        " spent AS (SELECT day_use.guild_id, day, sum(micros) AS micros FROM moved CROSS JOIN day_use"
        " WHERE day_use.guild_id = moved.guild_id AND day >= ? AND day < ? GROUP BY day_use.guild_id, day),"
        " latest AS (SELECT guild_id, max(day) AS day, sum(micros) AS micros FROM spent GROUP BY guild_id)"
        " SELECT latest.guild_id, latest.day, spent.micros, latest.micros FROM latest"
        " JOIN spent ON spent.guild_id = latest.guild_id AND spent.day = latest.day",
        (*values, *month),
    )
    return [ServerSpending(guild_id=row[0], day=row[1], day_micros=row[2], month_micros=row[3]) for row in rows]


def is_restored(database: Epoch, sidecar: Epoch | None) -> bool:
    """Whether a database is older than what its sidecar has seen, or has lost its sidecar on the way."""
    if sidecar is None:
        return database.boots > 0
    return database.boots < sidecar.boots or database.events < sidecar.events or database.posts < sidecar.posts
