"""Let one process at a time sweep: a lock in PostgreSQL that ends with the process that holds it."""

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator

import psycopg

from bot.store.postgres_connection import PgRow, connect, failures
from bot.store.postgres_owner import release_ownership

_SWEEPS = 727_563  # the first half of the lock's key; the second is the sweep's name
_TAKE = "SELECT pg_try_advisory_lock(%s, hashtext(%s))"


@contextlib.asynccontextmanager
async def hold_lock(url: str, name: str) -> AsyncIterator[bool]:
    """Hold a sweep's lock while the block runs. Yield False if another process holds it. Raise CannotOpen."""
    connecting = _Connecting()
    try:
        connection = await asyncio.to_thread(connecting.open, url)
    except asyncio.CancelledError:
        connecting.give_up()
        raise
    try:
        with failures():
            rows = await asyncio.to_thread(lambda: connection.execute(_TAKE, (_SWEEPS, name)).fetchall())
        yield bool(rows[0][0])
    finally:
        await asyncio.to_thread(_end, connection)


def _end(connection: psycopg.Connection[PgRow]) -> None:
    with contextlib.suppress(psycopg.Error):
        release_ownership(connection)
    connection.close()


class _Connecting:
    """A connection that is opened in a thread. It's closed if it comes after the caller was cancelled."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._is_given_up = False
        self._connection: psycopg.Connection[PgRow] | None = None

    def open(self, url: str) -> psycopg.Connection[PgRow]:
        connection = connect(url)
        with self._lock:
            self._connection = connection
            if self._is_given_up:
                connection.close()
        return connection

    def give_up(self) -> None:
        with self._lock:
            self._is_given_up = True
            if self._connection is not None:
                self._connection.close()
