"""Moves jobs forward. Knows a clock, a store, providers and a publisher; knows no library."""

import asyncio
from collections.abc import Coroutine

from bot.jobs.job import Job, State
from bot.ports.provider import Ready
from bot.ports.publisher import UnknownOutcome
from bot.worker import deliver, download, finish, reconcile, submit
from bot.worker.context import JobContext, log
from bot.worker.poller import Poller
from bot.worker.transitions import retry_later

MAX_RUNNING = 64
MAX_SLEEP_S = 5.0
STORE_PAUSE_S = 1.0
MAX_YIELD_S = 0.25
MAX_YIELDS = 40  # a pause is such a part of the time between two questions
ACK_TRIES = 6


class Worker:
    """The background loop: wakes for the earliest due job and gives each due job a task of its own.

    Jobs that render are in the hands of `Polls`.
    """

    def __init__(self, context: JobContext) -> None:
        self.context = context
        self._wake = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._unsaved: dict[str, Job] = {}  # the store did not take it that these are put down
        self._polls = Poller(context, self._resume, self._has_room)

    def wake_up(self) -> None:
        """Something became due earlier than the loop knows."""
        self._wake.set()

    async def run(self) -> None:
        """Until `stop`. Survives any failure of one job, and of the store."""
        if quarantined := await self._acquire_store():
            log.error("an older copy of the database was put back; its open jobs wait for a person: %d", quarantined)
        polls = asyncio.create_task(self._polls.run(), name="polls")
        while not self.context.stopping:
            self._wake.clear()
            try:
                await self._flush_unsaved()
                sleep_s = await self._start_due()
            except Exception:  # noqa: BLE001
                # Kept alive: the loop. A full disk or a locked file passes; every open job waits on disk meanwhile.
                log.exception("the store failed")
                sleep_s = STORE_PAUSE_S
            if sleep_s > 0:
                await self._wait(sleep_s)
        await self._polls.stop()
        await polls

    async def _acquire_store(self) -> int:
        while not self.context.stopping:
            try:
                return await self.context.store.new_epoch(self.context.clock.now())
            except Exception:  # noqa: BLE001
                # Kept alive: the start. Nothing is claimed and nothing paid before the disk takes this.
                log.exception("the store failed")
                await self._wait(STORE_PAUSE_S)
        return 0

    async def stop(self, within_s: float) -> None:
        """No new claims and no new questions; what was claimed may finish, or is left to the next start."""
        self.context.stopping = True
        self.wake_up()
        await self._polls.stop()
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=within_s)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _wait(self, sleep_s: float) -> None:
        try:
            async with asyncio.timeout(sleep_s):
                await self._wake.wait()
        except TimeoutError:
            return
        if not self.context.stopping:
            # Fifty orders at once are answered before the first of them is worked on.
            await asyncio.sleep(min(MAX_YIELD_S, self.context.timing.check_every_s / MAX_YIELDS))

    def _has_room(self) -> bool:
        return len(self._tasks) < MAX_RUNNING and not self.context.stopping

    async def _start_due(self) -> float:
        """Start what is due; returns how long nothing else will be."""
        room = MAX_RUNNING - len(self._tasks)
        if room <= 0:
            return MAX_SLEEP_S  # the end of any of them wakes us
        for job in await self.context.store.claim(self.context.clock.now(), room, self.context.timing.lease_s):
            self._start(self.run_job(job), job)
        due = await self.context.store.next_due()
        if due is None:
            return MAX_SLEEP_S
        return min(MAX_SLEEP_S, max(0.0, due - self.context.clock.now()))

    def _resume(self, job: Job, ready: Ready | None) -> None:
        self._start(self.run_job(job, ready), job)

    def _start(self, work: Coroutine[object, object, None], job: Job) -> None:
        task = asyncio.create_task(work, name=f"job {job.code}")
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self.wake_up()

    async def run_job(self, job: Job, ready: Ready | None = None) -> None:
        """Take one claimed job as far as it goes now."""
        current: Job | None = job
        while current is not None:
            job = current
            try:
                current, ready = await self._run_state(job, ready)
            except Exception:  # noqa: BLE001
                # Kept alive: every other job. This one is tried again later, from where the store has it.
                log.exception("a step failed", extra={"job": job.code, "state": job.state.value})
                await self._reschedule_failed(job)
                return
            if current is not None and self.context.stopping and not current.ended:
                return  # it is on disk; the next start goes on

    async def _reschedule_failed(self, job: Job) -> None:
        try:
            await retry_later(self.context, job, max_s=300.0, why="a step failed")
        except Exception:  # noqa: BLE001
            # Kept alive: this task's end. The loop puts the job down as soon as the store takes it.
            self._unsaved[job.id] = job

    async def _flush_unsaved(self) -> None:
        """The disk is back: what could not be put down then is put down now."""
        for job_id, job in list(self._unsaved.items()):
            await retry_later(self.context, job, max_s=300.0, why="the store failed")
            self._unsaved.pop(job_id, None)

    async def _run_state(self, job: Job, ready: Ready | None) -> tuple[Job | None, Ready | None]:
        context = self.context
        match job.state:
            case State.RECEIVED:
                return await recover_answer(context, job), None
            case State.ACCEPTED:
                return await submit.run(context, job), None
            case State.SUBMITTING:
                return await submit.mark_unknown(context, job), None
            case State.SUBMIT_UNKNOWN:
                return await reconcile.run(context, job), None
            case State.POLLING:
                await self._polls.add(job)
                return None, None
            case State.DOWNLOADING:
                return await download.run(context, job, ready), None
            case State.DELIVERING:
                return await deliver.run(context, job), None
            case _:
                await finish.run(context, job)
                return None, None


async def recover_answer(context: JobContext, job: Job) -> Job | None:
    """A row whose answer was not confirmed: Discord decides whether this order is ours. Rule C."""
    found = await context.publisher.find_answer(job)
    now = context.clock.now()
    if isinstance(found, UnknownOutcome) and job.tries + 1 < ACK_TRIES:
        await retry_later(context, job, retry_after_s=found.retry_after_s, why="could not look for the answer")
        return None
    if isinstance(found, int):
        return await context.store.transition(
            job, State.ACCEPTED, now=now, why="the answer was found", status_message_id=found, interaction_token=None
        )
    return await context.store.transition(
        job, State.ABANDONED, now=now, why="no answer of ours", money="release", interaction_token=None, due_at=now
    )
