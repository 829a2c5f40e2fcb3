"""Let one process at a time sweep: a lock in PostgreSQL that ends with the process that holds it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from bot.store.postgres_connection import connect, failures

_SWEEPS = 727_563  # the first half of the lock's key; the second is the sweep's name
_TAKE = "SELECT pg_try_advisory_lock(%s, hashtext(%s))"


@contextlib.asynccontextmanager
async def hold_lock(url: str, name: str) -> AsyncIterator[bool]:
    """Hold a sweep's lock while the block runs. Yield False if another process holds it. Raise CannotOpen."""
    connection = await asyncio.to_thread(connect, url)
    try:
        with failures():
            rows = await asyncio.to_thread(lambda: connection.execute(_TAKE, (_SWEEPS, name)).fetchall())
        yield bool(rows[0][0])
    finally:
        await asyncio.to_thread(connection.close)
