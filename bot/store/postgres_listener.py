"""Listen for the gateway's notices that a job is due, on a connection of their own."""

import asyncio
import logging
from collections.abc import Callable

import psycopg

from bot.store.due_channel import CHANNEL

log = logging.getLogger("retake.store")

RETRY_S = 5.0


async def listen(url: str, wake: Callable[[], None]) -> None:
    """Call `wake` for every notice and after every connection, until cancelled."""
    while True:
        try:
            async with await psycopg.AsyncConnection.connect(
                url, autocommit=True, connect_timeout=5, keepalives=1, keepalives_idle=10, keepalives_interval=5,
                keepalives_count=2, application_name="retake listener",
            ) as connection:  # fmt: skip
                await connection.execute(f"LISTEN {CHANNEL}".encode())
                wake()  # for what was due before
                async for _ in connection.notifies():
                    wake()
        except psycopg.Error as error:
            # The worker looks at the rows every few seconds in any case.
            log.info("not listening for due jobs", extra={"why": type(error).__name__})
        await asyncio.sleep(RETRY_S)
