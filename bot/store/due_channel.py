"""Tell the worker in another process that a job is due."""

import asyncio
import logging

from bot.store.sql_database import SqlDatabase

log = logging.getLogger("retake.store")

CHANNEL = "retake_due"


class DueNotifier:
    """Sends a notice after each change that makes a job due. One that is lost costs a few seconds: the worker also
    looks at the rows.
    """

    def __init__(self, database: SqlDatabase) -> None:
        self._database = database
        self._due = asyncio.Event()

    def wake_up(self) -> None:
        """Send a notice soon. Several at the same time are sent as one."""
        self._due.set()

    async def run(self) -> None:
        """Send the notices, until cancelled."""
        while True:
            await self._due.wait()
            self._due.clear()
            try:
                await self._database.run("SELECT pg_notify(?, '')", (CHANNEL,))
            except Exception as error:  # noqa: BLE001
                # Kept alive: the gateway. The row is committed, and the worker finds it.
                log.warning("the worker was not told of a job", extra={"why": type(error).__name__})
