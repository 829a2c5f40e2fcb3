"""Open a database read-only. It may be in use by the bot."""

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path


class Unreadable(Exception):
    """The database can't be read."""


@contextlib.contextmanager
def open_readonly(database: Path) -> Iterator[sqlite3.Connection]:
    """Open a read-only connection for the length of a block. Raise Unreadable on every error of SQLite."""
    uri = f"{database.resolve().as_uri()}?mode=ro"
    try:
        with contextlib.closing(sqlite3.connect(uri, uri=True, isolation_level=None, timeout=5.0)) as connection:
            yield connection
    except sqlite3.Error as error:
        raise Unreadable(str(error)) from error
