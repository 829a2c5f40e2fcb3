"""Connections to the database: one thread each, one that writes and one that can only read."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import aiosqlite

from bot.store.group_commit import Row

T = TypeVar("T")
PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=5000", "secure_delete=ON")


class Connection(aiosqlite.Connection):
    """aiosqlite's connection on its thread, which also takes work of ours: several statements in one trip."""

    async def use(self, work: Callable[[], T]) -> T:
        """Run something on the connection's thread."""
        result: T = await self._execute(work)  # type: ignore[no-untyped-call]
        return result

    @property
    def raw(self) -> sqlite3.Connection:
        """The connection itself; outside of `use` only before anybody else has it."""
        return self._conn


def connect(path: Path, *more_pragmas: str) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=256)
    connection.row_factory = Row
    for pragma in (*PRAGMAS, *more_pragmas):
        connection.execute(f"PRAGMA {pragma}")
    return connection
