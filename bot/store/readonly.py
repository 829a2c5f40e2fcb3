"""Open a database read-only. It may be in use by the bot."""

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path


class Unreadable(Exception):
    """The database can't be read. `database` is its file, if it is one."""

    def __init__(self, text: str, database: Path | None = None) -> None:
        self.database = database
        super().__init__(text)


class Damaged(Unreadable):
    """The database is damaged: a page of it, or the whole file, isn't what SQLite wrote."""


class TooSlow(Exception):
    """The database did not answer in time."""


def is_damage(error: BaseException) -> bool:
    """Return whether SQLite reports damage, as opposed to a lock, a full disk or a mistake in a statement."""
    code = getattr(error, "sqlite_errorcode", None) if isinstance(error, sqlite3.DatabaseError) else None
    return code is not None and code & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


@contextlib.contextmanager
def open_readonly(database: Path) -> Iterator[sqlite3.Connection]:
    """Yield a connection for the length of a block. Raise Damaged, or Unreadable for any other error of SQLite."""
    uri = f"{database.resolve().as_uri()}?mode=ro"
    try:
        with contextlib.closing(
            sqlite3.connect(uri, uri=True, isolation_level=None, timeout=5.0, check_same_thread=False)
        ) as connection:
            yield connection
    except sqlite3.Error as error:
        raise (Damaged if is_damage(error) else Unreadable)(str(error), database) from error
