"""Keep the leases of the jobs in hand by one statement for all, and pay and post nothing once that fails for long.

For a worker beside others: the jobs of one that died become due when its leases end.
"""

import asyncio
import contextlib
import logging
from collections.abc import Iterator

from bot.jobs.job import Job
from bot.ports.clock import Clock
from bot.ports.job_store import Held, JobStore
from bot.worker.poll_queue import PollQueue

log = logging.getLogger("retake.jobs")

LEASE_S = 45.0
RENEW_EVERY_S = 15.0
RENEW_TIMEOUT_S = 10.0
RETRY_S = 2.0
STOP_AFTER_S = 30.0  # without a renewal, and so well before another worker may take the jobs over


class Leases:
    """The jobs whose step runs here, and those that are polled here. Its times are those of the database's clock."""

    def __init__(self, store: JobStore, clock: Clock, polls: PollQueue) -> None:
        self._store = store
        self._clock = clock
        self._polls = polls
        self._running: set[Held] = set()
        self._until: dict[Held, float] = {}
        self._renewed_at = clock.monotonic()
        self._is_stopped = False
        self._keeps_all = False
        self._renewal: asyncio.Task[None] | None = None

    @contextlib.contextmanager
    def holding(self, job: Job) -> Iterator[None]:
        """Renew a job's lease while the block runs."""
        held = (job.id, job.fence)
        self._running.add(held)
        try:
            yield
        finally:
            if not self._keeps_all:
                self._running.discard(held)

    def allows(self, job: Job) -> bool:
        """Return whether this worker may pay or post for a job now: its lease lasts, and the last renewal is recent."""
        until = max(job.lease_until or 0.0, self._until.get((job.id, job.fence), 0.0))
        is_recent = self._clock.monotonic() - self._renewed_at <= STOP_AFTER_S
        return is_recent and self._clock.now() < until

    def start(self) -> None:
        """Renew the leases from now on."""
        self._renewal = asyncio.create_task(self._run(), name="leases")

    def keep_all(self) -> None:
        """Renew the leases of all jobs until `hand_on`, also of those whose step ends unfinished."""
        self._keeps_all = True

    async def _run(self) -> None:
        while True:
            started = self._clock.monotonic()
            try:
                async with asyncio.timeout(RENEW_TIMEOUT_S):
                    await self.renew()
            except Exception as error:  # noqa: BLE001
                # Kept alive: the loop. Without a renewal nothing is paid or posted, and the database may come back.
                self._report(type(error).__name__)
                await self._clock.sleep(RETRY_S)
            else:
                await self._clock.sleep(max(0.0, RENEW_EVERY_S - (self._clock.monotonic() - started)))

    async def renew(self) -> None:
        """Renew every lease. Jobs that another worker has by now are no longer polled."""
        started, until = self._clock.monotonic(), self._clock.now() + LEASE_S
        held = self._in_hand()
        kept = await self._store.renew_leases(held, until)
        self._until = dict.fromkeys(kept, until)
        self._renewed_at = started
        for job_id, fence in held - kept:
            self._polls.drop(job_id, fence)
        if self._is_stopped:
            self._is_stopped = False
            log.warning("the leases are renewed again, and jobs go on")

    async def hand_on(self) -> None:
        """End the renewal and the leases, so that other workers go on at once."""
        if self._renewal is not None:
            self._renewal.cancel()
        try:
            await self._store.end_leases(self._in_hand(), self._clock.now())
        except Exception as error:  # noqa: BLE001
            # Kept alive: the rest of the stop. The leases end by themselves.
            log.warning("the jobs were not handed on", extra={"why": type(error).__name__})

    def _in_hand(self) -> set[Held]:
        return self._running | self._polls.held()

    def _report(self, why: str) -> None:
        if not self._is_stopped and self._clock.monotonic() - self._renewed_at > STOP_AFTER_S:
            self._is_stopped = True
            log.error("the leases can't be renewed: nothing is paid or posted until they are", extra={"why": why})
