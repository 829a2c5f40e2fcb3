"""The one room that knows aiosqlite: a single durable connection, its schema, its transactions."""

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator, Iterable, Sequence
from importlib import resources
from pathlib import Path
from typing import Self

import aiosqlite

from bot.store.lock import OwnerLock

Row = sqlite3.Row
Value = str | int | float | None


class SchemaTooNew(Exception):
    """This database was written by a newer Retake. Run that version, or restore the backup taken before the upgrade."""


class Database:
    """One read-write connection. WAL and synchronous=FULL: what is committed survives a power cut."""

    def __init__(self, connection: aiosqlite.Connection, lock: OwnerLock) -> None:
        self._connection = connection
        self._owner = lock
        self._turn = asyncio.Lock()  # the connection is shared: a statement must not fall into another's transaction

    @classmethod
    async def open(cls, path: Path) -> Self:
        """Open, own and upgrade the file. Raises DatabaseInUse, SchemaTooNew."""
        lock = _own(path)
        connection = await aiosqlite.connect(path, isolation_level=None, cached_statements=256)
        try:
            connection.row_factory = Row
            for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=5000"):
                await connection.execute_fetchall(f"PRAGMA {pragma}")
            await upgrade(connection)
        except BaseException:
            await connection.close()
            lock.release()
            raise
        return cls(connection, lock)

    async def close(self) -> None:
        async with self._turn:
            await self._connection.close()
        self._owner.release()

    async def run(self, sql: str, values: Sequence[Value] = ()) -> list[Row]:
        """One statement, its own transaction; returns its rows."""
        async with self._turn:
            return list(await self._connection.execute_fetchall(sql, values))

    @contextlib.asynccontextmanager
    async def transaction(self) -> AsyncIterator["Transaction"]:
        """Several statements that hold together. Rolled back where the block raises."""
        async with self._turn:
            await self._connection.execute_fetchall("BEGIN IMMEDIATE")
            try:
                yield Transaction(self._connection)
                await self._connection.execute_fetchall("COMMIT")
            except BaseException:
                # On a full or failing disk SQLite has rolled back by itself; then there is nothing left to undo.
                with contextlib.suppress(sqlite3.OperationalError):
                    await asyncio.shield(self._connection.execute_fetchall("ROLLBACK"))
                raise


def _own(path: Path) -> OwnerLock:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = OwnerLock(path)
    path.touch(mode=0o600)  # before SQLite would make it with the process's umask
    return lock


class Transaction:
    """What may be done between BEGIN and COMMIT."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection

    async def run(self, sql: str, values: Sequence[Value] = ()) -> list[Row]:
        return list(await self._connection.execute_fetchall(sql, values))


def schema_files() -> list[tuple[int, str]]:
    """(version, SQL) of every schema step, in order."""
    folder = resources.files("bot.store") / "schema"
    steps = [(int(file.name[:4]), file.read_text()) for file in folder.iterdir() if file.name.endswith(".sql")]
    return sorted(steps)


async def upgrade(connection: aiosqlite.Connection, steps: Iterable[tuple[int, str]] | None = None) -> None:
    """Bring the schema up to date: each step and its version number in one transaction."""
    known = list(steps) if steps is not None else schema_files()
    (present,) = next(iter(await connection.execute_fetchall("PRAGMA user_version")))
    if present > known[-1][0]:
        raise SchemaTooNew
    for version, sql in known:
        if version > present:
            await connection.executescript(f"BEGIN IMMEDIATE;\n{sql}\nPRAGMA user_version={version:d};\nCOMMIT;")
