"""Hand jobs out to workers by procrastinate, whose tables are beside ours in PostgreSQL.

One job of the engine carries one video job until that ends, waits or is lost. The row's fence and lease alone decide
who may pay: a worker that loses the engine goes on with what it has in hand, and a row that the engine forgets is
handed out again by the net. Therefore no job of the engine is ever retried, and none has a lock.
"""

import asyncio
import contextlib
import logging
import time

from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Job as EngineJob
from procrastinate.jobs import Status
from procrastinate.manager import JobManager
from procrastinate.schema import SchemaManager

from bot.background import wait_for_event
from bot.ports.dispatcher import Carrier
from bot.store.hand_out import HandOut

log = logging.getLogger("retake.scale")

QUEUE = "videos"
MOST_IN_HAND = 5000  # jobs of one worker, most of which are polled
NET_EVERY_S = 5.0
FETCH_EVERY_S = 1.0  # a short wait ends this late at most
HEARTBEAT_EVERY_S = 10.0
STALLED_AFTER_S = 30.0
FIRST_RETRY_S, MAX_RETRY_S = 0.5, 15.0
LONG_RUN_S = 60.0  # an engine that ran this long starts again at once
STOP_WITHIN_S = 10.0
_CONNECTION = {
    "connect_timeout": 5, "keepalives": 1, "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 2,
    "tcp_user_timeout": 10_000, "application_name": "retake engine",
    "options": "-c statement_timeout=20s -c lock_timeout=10s -c timezone=UTC",
}  # fmt: skip

for _name in ("procrastinate", "psycopg.pool"):
    logging.getLogger(_name).setLevel(logging.CRITICAL)  # what matters of it is said here


class _Jobs(JobManager):
    async def finish_job(self, job: EngineJob, status: Status, delete_job: bool) -> None:
        """Delete a job of the engine. One that is gone already, or can't be reached, is nobody's loss."""
        with contextlib.suppress(ConnectorException):
            await super().finish_job(job, status, delete_job)


class EngineDispatcher:
    """Runs a worker of procrastinate, and starts another one whenever its connections break. See `Dispatcher`."""

    def __init__(self, hand_out: HandOut) -> None:
        self._hand_out = hand_out
        self._stopped = asyncio.Event()
        self._jobs: JobManager | None = None  # while the engine is connected
        self._is_prepared = False

    def stop(self) -> None:
        """Hand out no more jobs."""
        self._stopped.set()

    def wake_up(self) -> None:
        """Nothing to do: PostgreSQL tells procrastinate of a job that is due."""

    async def run(self, carrier: Carrier) -> None:
        """Hand out jobs until `stop`."""
        net = asyncio.create_task(self._run_net(carrier), name="net")
        stopped = asyncio.create_task(self._stopped.wait(), name="stop of the engine")
        wait_s = FIRST_RETRY_S
        while not self._stopped.is_set():
            started = time.monotonic()
            engine = asyncio.create_task(self._run_engine(carrier), name="engine")
            await asyncio.wait({engine, stopped}, return_when=asyncio.FIRST_COMPLETED)
            if stopped.done():
                engine.cancel()
                await asyncio.wait({engine}, timeout=STOP_WITHIN_S)
                break
            # Kept alive: the worker. What it has in hand goes on, and libpq's texts may hold the address.
            error = engine.exception()
            wait_s = FIRST_RETRY_S if time.monotonic() - started > LONG_RUN_S else min(MAX_RETRY_S, wait_s * 2)
            why = type(error).__name__ if error is not None else "its connections broke"
            log.warning("the job engine ended and starts again", extra={"why": why, "for_s": wait_s})
            await wait_for_event(self._stopped, wait_s)
        for task in (net, stopped):
            task.cancel()
        await asyncio.gather(net, stopped, return_exceptions=True)

    async def _run_engine(self, carrier: Carrier) -> None:
        """Run one worker of procrastinate until its connections break or it's cancelled."""
        if not self._is_prepared:
            await self._hand_out.prepare(SchemaManager.get_schema())
            self._is_prepared = True
        app = build_app(self._hand_out.url, carrier)
        try:
            async with app.open_async():
                self._jobs = app.job_manager
                await run_worker(app)
        finally:
            self._jobs = None
            await app.connector.close_async()  # also of an app that couldn't be opened

    async def _run_net(self, carrier: Carrier) -> None:
        """Find what the engine has forgotten, every few seconds."""
        while not self._stopped.is_set():
            try:
                await carrier.save_retries()
                if self._is_prepared:
                    await self._cast_net()
            except Exception as error:  # noqa: BLE001
                # Kept alive: the net. A database that fails now is asked again.
                log.warning("due jobs couldn't be looked for", extra={"why": type(error).__name__})
            await wait_for_event(self._stopped, NET_EVERY_S)

    async def _cast_net(self) -> None:
        """Defer the rows that nobody carries, and delete the engine's jobs of workers that died."""
        deferred = await self._hand_out.defer_due()
        if deferred:
            log.info("due jobs were handed out again", extra={"count": len(deferred)})
        jobs = self._jobs
        if deferred is None or jobs is None:
            return
        for stalled in await jobs.get_stalled_jobs(seconds_since_heartbeat=STALLED_AFTER_S):
            await jobs.finish_job(stalled, Status.FAILED, delete_job=True)


def build_app(url: str, carrier: Carrier) -> App:
    """Return the app of procrastinate with its tasks, not connected yet."""
    app = App(connector=PsycopgConnector(conninfo=url, kwargs=_CONNECTION, min_size=1, max_size=4, timeout=10.0))
    app.job_manager = _Jobs(app.connector)

    @app.task(name="carry", queue=QUEUE)
    async def carry(job_id: str) -> None:
        await carrier.carry(job_id)

    # Without a periodic task, procrastinate 3.10 doesn't notice when its heartbeat or its listener ends.
    @app.periodic(cron="*/10 * * * *")
    @app.task(name="prune", queue=QUEUE, queueing_lock="prune", pass_context=False)
    async def prune(timestamp: int) -> None:
        await app.job_manager.prune_stalled_workers(STALLED_AFTER_S * 10)

    return app


async def run_worker(app: App) -> None:
    """Run a worker until it's cancelled or its connections break. A job that is cancelled with it goes on elsewhere."""
    await app.run_worker_async(
        queues=[QUEUE],
        concurrency=MOST_IN_HAND,
        delete_jobs="always",
        fetch_job_polling_interval=FETCH_EVERY_S,
        abort_job_polling_interval=60.0,
        update_heartbeat_interval=HEARTBEAT_EVERY_S,
        stalled_worker_timeout=STALLED_AFTER_S,
        shutdown_graceful_timeout=0.0,
        install_signal_handlers=False,
    )
