"""The marks that a move leaves in both databases, so that no bot starts on one that is not in use."""

import json
from dataclasses import asdict, dataclass
from typing import Literal

from bot.store.flags import write_flag
from bot.store.group_commit import Transaction, Value
from bot.store.lock import CannotOpen

Kind = Literal["sqlite", "postgresql"]

SOURCE = "moved"  # the flag of a database that is being moved or was
TARGET = "move"  # the flag of a database that is being filled, with the progress
RULES = "move-rules"  # the SQL that brings back what a database being filled does without
FLAGS = (SOURCE, TARGET, RULES)


class MoveUnfinished(CannotOpen):
    """A move of this database is not finished. Run the same `python -m bot move` again: it goes on where it stopped. To
    stay with the database that was to be moved, run it with --cancel.
    """


class MovedToPostgres(CannotOpen):
    """This database was moved to PostgreSQL, and its jobs go on there: started here, they might be paid again. Set
    RETAKE_DATABASE_URL. To go back, run: python -m bot move --to sqlite. If PostgreSQL is lost for good, run:
    python -m bot adopt.
    """


class MovedToSqlite(CannotOpen):
    """This database was moved to SQLite, and its jobs go on there: started here, they might be paid again. Remove
    RETAKE_DATABASE_URL. To come back, move to an empty database: python -m bot move --to postgresql://...
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceMark:
    """`token` is known to the target too. `is_done`: everything was copied and compared."""

    token: str
    to: Kind
    is_done: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a target was filled: the number of tables that are complete, and the last key of the next one."""

    token: str
    tables: int = 0
    after: tuple[Value, ...] = ()


def source_mark(tx: Transaction) -> SourceMark | None:
    value = _value(tx, SOURCE)
    return SourceMark(**json.loads(value)) if value is not None else None


def progress(tx: Transaction) -> Progress | None:
    value = _value(tx, TARGET)
    if value is None:
        return None
    found = json.loads(value)
    return Progress(token=found["token"], tables=found["tables"], after=tuple(found["after"]))


def write_mark(tx: Transaction, mark: SourceMark | Progress, now: float = 0.0) -> None:
    write_flag(tx, SOURCE if isinstance(mark, SourceMark) else TARGET, json.dumps(asdict(mark)), now)


def refuse_moved(tx: Transaction) -> None:
    """Raise CannotOpen if this database was moved to another one, or a move of it or to it isn't finished."""
    mark = source_mark(tx)
    if progress(tx) is not None or (mark is not None and not mark.is_done):
        raise MoveUnfinished
    if mark is not None:
        raise MovedToPostgres if mark.to == "postgresql" else MovedToSqlite


def _value(tx: Transaction, name: str) -> str | None:
    rows = tx.run("SELECT value FROM fact WHERE name = ?", (name,))
    return str(rows[0][0]) if rows else None
