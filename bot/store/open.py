"""Open the database of a location, whichever it is. psycopg is imported only for PostgreSQL."""

import contextlib
import importlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, cast

from bot.ports.shards import ShardPlan
from bot.store.database import Database
from bot.store.group_commit import Row, Transaction
from bot.store.location import Role, StoreLocation
from bot.store.postgres_errors import PostgresNotInstalled
from bot.store.readonly import open_readonly
from bot.store.sql_database import SqlDatabase

if TYPE_CHECKING:
    from bot.store.move_postgres import PostgresEnd
    from bot.store.postgres import PgDatabase
    from bot.store.postgres_reader import PostgresFacts


async def open_store(
    location: StoreLocation, role: Role = "all", plan: ShardPlan | None = None, *, shared: bool = False
) -> SqlDatabase:
    """Open, own and upgrade the database. Raise CannotOpen, and Unreadable or OSError for the SQLite file.

    `role`: on PostgreSQL a gateway and a worker may have one database open together; `shared`: several workers;
    `plan`: several gateways, each with shards of its own.
    """
    if not location.database_url:
        return await Database.open(location.file)
    return await open_postgres(location, role, plan, shared=shared)


async def open_postgres(
    location: StoreLocation, role: Role = "all", plan: ShardPlan | None = None, *, shared: bool = False
) -> "PgDatabase":
    """Open the database of a location that is on PostgreSQL. Raise CannotOpen."""
    opened = await _module("bot.store.postgres").PgDatabase.open(
        location.database_url, location.data, role=role, plan=plan, shared=shared
    )
    return cast("PgDatabase", opened)


@contextlib.asynccontextmanager
async def sweep_lock(location: StoreLocation, name: str) -> AsyncIterator[bool]:
    """Hold a sweep's lock while a block runs. Yield False if another process holds it. Raise CannotOpen.

    SQLite has one process, which always holds it.
    """
    if not location.database_url:
        yield True
        return
    async with _module("bot.store.postgres_sweeps").hold_lock(location.database_url, name) as held:
        yield held


@contextlib.contextmanager
def open_reader(location: StoreLocation, max_s: float | None = None) -> Iterator[Transaction]:
    """Yield a transaction that only reads, for the length of a block. The database may be in use by the bot.

    `max_s` limits each statement on PostgreSQL. Raise Damaged or Unreadable, TooSlow, or PostgresNotInstalled.
    """
    if location.database_url:
        with _module("bot.store.postgres_reader").read_only(location.database_url, max_s) as transaction:
            yield transaction
        return
    with open_readonly(location.file) as connection:
        connection.row_factory = Row
        yield Transaction(connection)


def read_postgres(location: StoreLocation) -> "PostgresFacts":
    """Return what can be said of a PostgreSQL database. Raise CannotOpen or Unreadable."""
    facts: PostgresFacts = _module("bot.store.postgres_reader").read_facts(location.database_url, location.data)
    return facts


def open_postgres_end(url: str, data: Path) -> "PostgresEnd":
    """Own a PostgreSQL database for a move. Raise CannotOpen or MoveError."""
    end: PostgresEnd = _module("bot.store.move_postgres").PostgresEnd(url, data)
    return end


@contextlib.contextmanager
def postgres_failures(location: StoreLocation) -> Iterator[None]:
    """Turn what PostgreSQL refuses into CannotOpen, as `open_store` does. Nothing on SQLite."""
    if not location.database_url:
        yield
        return
    with _module("bot.store.postgres_connection").failures():
        yield


def _module(name: str) -> ModuleType:
    """Import a module that needs psycopg. Raise PostgresNotInstalled."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name != "psycopg":
            raise
        raise PostgresNotInstalled from error
