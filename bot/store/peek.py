"""Opens a database so that it can be read and not written, beside whoever owns it."""

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def peek(database: Path) -> Iterator[sqlite3.Connection]:
    """A connection for the length of a block. Raises sqlite3.Error where there is no such file."""
    uri = f"{database.resolve().as_uri()}?mode=ro"
    with contextlib.closing(sqlite3.connect(uri, uri=True, isolation_level=None, timeout=5.0)) as connection:
        yield connection
