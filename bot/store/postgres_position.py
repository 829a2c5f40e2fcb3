"""Where a PostgreSQL database is, and the newest intents to pay or post, in a file of the data folder."""

import os
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path

from bot.store.epoch_file import RECORD, numbers_of, record_of
from bot.store.group_commit import Transaction
from bot.store.postgres_connection import CONNECTIONS

MAX_INTENTS = CONNECTIONS + 4  # every connection may commit one at once, and none of them may be overwritten


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """The server's system identifier, the database's oid, the timeline, and the place in its log; 0 if unknown."""

    system: int = 0
    database: int = 0
    timeline: int = 0
    wal: int = 0

    def is_same_server(self, other: "Position") -> bool:
        """Whether both are of one database, without a failover or a restored copy between them."""
        return (self.system, self.database, self.timeline) == (other.system, other.database, other.timeline)

    def leads_to(self, later: "Position") -> bool:
        """Whether a server that was here can be there now by going on. One whose files were put back can't."""
        return self.is_same_server(later) and self.wal <= later.wal


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """A row of `event` that was committed with an intent, a checksum of its job's id, and the posts begun by then."""

    event: int
    job: int
    posts: int


_POSITION = (
    "SELECT (SELECT system_identifier FROM pg_control_system()),"
    " (SELECT CAST(oid AS BIGINT) FROM pg_database WHERE datname = current_database()),"
    " pg_walfile_name(pg_current_wal_lsn()), CAST(pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0') AS BIGINT)"
)


def read_position(tx: Transaction) -> Position:
    """Ask PostgreSQL. Raise psycopg.Error, also if a service offers only a part of PostgreSQL's functions."""
    ((system, database, segment, wal),) = tx.run(_POSITION)
    return Position(system=system, database=database, timeline=int(segment[:8], 16), wal=wal)


def newest_intent(tx: Transaction, job_id: str) -> Intent:
    """Return what is committed together with an intent of this job."""
    ((event, posts),) = tx.run(
        "SELECT rowid, (SELECT value FROM fact WHERE name = 'posts') FROM event WHERE job_id = ?"
        " ORDER BY seq DESC LIMIT 1",
        (job_id,),
    )
    return Intent(event=event, job=zlib.crc32(job_id.encode()), posts=int(posts or 0))


def count_missing(tx: Transaction, intents: Sequence[Intent], posts: int) -> int:
    """Return how many intents a database doesn't have, where `posts` were begun."""
    return sum(intent.posts > posts or not _is_there(tx, intent) for intent in intents)


def _is_there(tx: Transaction, intent: Intent) -> bool:
    rows = tx.run("SELECT job_id FROM event WHERE rowid = ?", (intent.event,))
    return bool(rows) and zlib.crc32(rows[0][0].encode()) == intent.job


class PositionFile:
    """The first record is the position, each other one an intent; a newer intent overwrites an older one."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._next = 0

    def read(self) -> tuple[Position, list[Intent]] | None:
        """Return None if there is no file or it can't be read."""
        try:
            data = self._path.read_bytes()
        except OSError:
            return None
        records = [numbers_of(data[at : at + RECORD]) or [] for at in range(0, len(data), RECORD)]
        if len(data) % RECORD or [len(record) for record in records] != [4, *[3] * (len(records) - 1)]:
            return None
        system, database, timeline, wal = records[0]
        position = Position(system=system, database=database, timeline=timeline, wal=wal)
        return position, [Intent(event=event, job=job, posts=posts) for event, job, posts in records[1:]]

    def add(self, intents: Sequence[Intent]) -> None:
        """Remember intents, before what they allow is done. Raise OSError."""
        places = [(1 + (self._next + number) % MAX_INTENTS, intent) for number, intent in enumerate(intents)]
        self._next = (self._next + len(intents)) % MAX_INTENTS
        if places:
            self._write({place: record_of(astuple(intent)) for place, intent in places}, durable=True)

    def place(self, position: Position) -> None:
        """Write the position. Raise OSError."""
        self._write({0: record_of(astuple(position))}, durable=True)

    def clear(self) -> None:
        """Forget everything. Raise OSError."""
        self._path.unlink(missing_ok=True)
        self._next = 0

    def _write(self, records: Mapping[int, bytes], *, durable: bool) -> None:
        fd = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            for place, record in records.items():
                os.pwrite(fd, record, place * RECORD)
            if durable:
                os.fsync(fd)
        finally:
            os.close(fd)
