"""Hand out the due jobs of a database to its only worker: claim their rows, and sleep until the next one is due."""

import asyncio

from bot.background import wait_for_event
from bot.ports.dispatcher import Carrier
from bot.worker.context import JobContext, log

MAX_SLEEP_S = 5.0
STORE_RETRY_S = 1.0
MAX_YIELD_S = 0.25
YIELDS_PER_POLL = 40  # a pause is at most this fraction of the poll interval


class LocalDispatcher:
    """Claims rows of the store. See the port `Dispatcher`."""

    def __init__(self, context: JobContext) -> None:
        self._context = context
        self._stopped = False
        self._wake = asyncio.Event()

    def wake_up(self) -> None:
        """End the sleep."""
        self._wake.set()

    def stop(self) -> None:
        """Claim no more jobs."""
        self._stopped = True
        self._wake.set()

    async def run(self, carrier: Carrier) -> None:
        """Claim due jobs until `stop`."""
        while not self._stopped:
            self._wake.clear()
            try:
                await carrier.save_retries()
                sleep_s = await self._start_due(carrier)
            except Exception:  # noqa: BLE001
                # Kept alive: the loop. A full disk or a locked file is temporary; open jobs are on disk.
                log.exception("the store failed")
                sleep_s = STORE_RETRY_S
            if sleep_s > 0:
                await self._sleep(sleep_s)

    async def _sleep(self, seconds: float) -> None:
        if await wait_for_event(self._wake, seconds) and not self._stopped:
            # Of many simultaneous requests, all are answered before the first one is worked on.
            await asyncio.sleep(min(MAX_YIELD_S, self._context.timing.check_every_s / YIELDS_PER_POLL))

    async def _start_due(self, carrier: Carrier) -> float:
        """Start the due jobs. Return the seconds until the next one is due."""
        context, room = self._context, carrier.room
        if room <= 0:
            return MAX_SLEEP_S  # a task that ends wakes the loop
        for job in await context.store.claim(context.clock.now(), room, context.timing.lease_s):
            carrier.start(job)
        due_at = await context.store.next_due()
        if due_at is None:
            return MAX_SLEEP_S
        return min(MAX_SLEEP_S, max(0.0, due_at - context.clock.now()))
