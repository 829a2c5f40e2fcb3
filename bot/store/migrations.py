"""The database's schema: numbered SQL files, and the upgrade that applies the missing ones."""

import contextlib
import sqlite3
from collections.abc import Iterable
from importlib import resources

from bot.store.lock import CannotOpen


class SchemaTooNew(CannotOpen):
    """This database was written by a newer Retake. Run that version, or restore the backup taken before the upgrade."""


def schema_files() -> list[tuple[int, str]]:
    """(version, SQL) of every schema step, in order."""
    folder = resources.files("bot.store") / "schema"
    steps = [(int(file.name[:4]), file.read_text()) for file in folder.iterdir() if file.name.endswith(".sql")]
    return sorted(steps)


def upgrade(connection: sqlite3.Connection, steps: Iterable[tuple[int, str]] | None = None) -> None:
    """Bring the schema up to date: each step and its version number in one transaction."""
    known = list(steps) if steps is not None else schema_files()
    (present,) = connection.execute("PRAGMA user_version").fetchone()
    if present > known[-1][0]:
        raise SchemaTooNew
    for version, sql in known:
        if version > present:
            try:
                connection.executescript(f"BEGIN IMMEDIATE;\n{sql}\nPRAGMA user_version={version:d};\nCOMMIT;")
            except BaseException:
                with contextlib.suppress(sqlite3.OperationalError):
                    connection.execute("ROLLBACK")
                raise
