"""Let one process at a time sweep: a lock in PostgreSQL that ends with the process that holds it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import psycopg

from bot.store.postgres_connection import PgRow, connect, failures

_SWEEPS = 727_563  # the first half of the lock's key; the second is the sweep's name
_TAKE = "SELECT pg_try_advisory_lock(%s, hashtext(%s))"


@contextlib.asynccontextmanager
async def hold_lock(url: str, name: str) -> AsyncIterator[bool]:
    """Hold a sweep's lock while the block runs. Yield False if another process holds it. Raise CannotOpen."""
    connection = await _connected(url)
    try:
        with failures():
            rows = await asyncio.to_thread(lambda: connection.execute(_TAKE, (_SWEEPS, name)).fetchall())
        yield bool(rows[0][0])
    finally:
        await asyncio.to_thread(connection.close)


async def _connected(url: str) -> psycopg.Connection[PgRow]:
    """Connect in a thread. A connection that comes after the caller was cancelled is closed."""
    connecting = asyncio.ensure_future(asyncio.to_thread(connect, url))
    try:
        return await asyncio.shield(connecting)
    except asyncio.CancelledError:
        connecting.add_done_callback(_close)
        raise


def _close(connecting: asyncio.Future[psycopg.Connection[PgRow]]) -> None:
    if not connecting.cancelled() and connecting.exception() is None:
        connecting.result().close()
