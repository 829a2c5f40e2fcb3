"""The database of a test: SQLite, or with STORE=postgres a PostgreSQL database per path on one local server."""

import atexit
import fcntl
import itertools
import os
import time
from functools import cache
from pathlib import Path

import psycopg
import pytest

from bot.sandbox.postgres import LocalPostgres
from bot.store.database import Database
from bot.store.location import DATABASE, StoreLocation
from bot.store.postgres import PgDatabase
from bot.store.postgres_owner import OWNER_KEY, own
from bot.store.sql_database import SqlDatabase

only_sqlite = pytest.mark.skipif(os.environ.get("STORE") == "postgres", reason="it reads SQLite's file")
_URLS: dict[Path, str] = {}
_NUMBERS = itertools.count()


def on_postgres() -> bool:
    """Return whether tests store their data in PostgreSQL."""
    return os.environ.get("STORE") == "postgres"


@cache
def local_server() -> LocalPostgres:
    """Return the PostgreSQL server of this test run."""
    server = LocalPostgres(fast=True)
    atexit.register(server.close)
    return server


def new_url(template: str = "template1") -> str:
    """Return the address of a new PostgreSQL database, which is empty unless another template is given."""
    server, name = local_server(), f"test{os.getpid()}_{next(_NUMBERS)}"
    with psycopg.connect(server.url(), autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name} TEMPLATE {template}".encode())
    return server.url(name)


@cache
def _template(_process: int) -> str:
    """Return the name of a database with Retake's tables: a copy of it takes a fifth of the time of a new one."""
    url = new_url()
    owner, _ = own(url, None)
    owner.close()
    return psycopg.conninfo.conninfo_to_dict(url)["dbname"]  # type: ignore[return-value]


def drop_databases() -> None:
    """Drop the databases of paths, which no bot uses any more."""
    if not _URLS:
        return
    with psycopg.connect(local_server().url(), autocommit=True) as admin:
        for url in _URLS.values():
            name = psycopg.conninfo.conninfo_to_dict(url)["dbname"]
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())
    _URLS.clear()


@cache
def _reused_url(_process: int) -> str:
    return new_url()


async def open_inline(path: Path) -> SqlDatabase:
    """Open an empty database without threads, for simulated time: in PostgreSQL one a process, emptied each time."""
    if not on_postgres():
        database = await Database.open(path, inline=True)
        await database.run("PRAGMA synchronous=OFF")
        return database
    url = _reused_url(os.getpid())
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", (OWNER_KEY,))  # the last owner's session may still be ending
        connection.execute("SELECT pg_advisory_unlock(%s)", (OWNER_KEY,))
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")
    return await PgDatabase.open(url, inline=True)


def url_of(path: Path) -> str:
    """Return the address of a path's PostgreSQL database, which is created if need be; empty on SQLite."""
    if not on_postgres():
        return ""
    if path not in _URLS:
        _URLS[path] = new_url(_template(os.getpid()))
    return _URLS[path]


def location_in(data: Path) -> StoreLocation:
    """Return where the data of a bot is that keeps it in a folder."""
    return StoreLocation(data, url_of(data / DATABASE))


async def open_database(path: Path) -> SqlDatabase:
    """Open the database of a path; opened again, it is the same one."""
    return await (PgDatabase.open(url_of(path)) if on_postgres() else Database.open(path))


def crash_server(down_s: float = 0.0) -> None:
    """End PostgreSQL as a crash does and start it again later, whichever process of this run calls."""
    server = local_server()
    with (server.folder / "crash").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        server.kill()
        time.sleep(down_s)
        server.start()
