"""The worker: runs the step of each job's state, for the jobs that a dispatcher hands out."""

import asyncio

from bot.background import TaskSet, wait_for_event
from bot.jobs.job import ANSWERED, Job, Kind, State
from bot.jobs.undo import undo_until
from bot.ports.dispatcher import Dispatcher
from bot.ports.object_storage import ObjectStorageUnavailable
from bot.ports.provider import Ready
from bot.ports.publisher import UnknownOutcome
from bot.worker import deliver, deliver_bundle, download, film, finish, reconcile, submit
from bot.worker.context import JobContext, log
from bot.worker.finish_bundle import follow_first
from bot.worker.in_hand import JobsInHand
from bot.worker.local_dispatcher import LocalDispatcher
from bot.worker.poller import Poller
from bot.worker.transitions import retry_later, wait_for_discord, wait_for_storage

MAX_RUNNING = 64  # jobs whose step runs at the same time
STORE_RETRY_S = 1.0
MAX_RETRY_S = 300.0  # backoff after an unexpected error
MAX_ANSWER_TRIES = 6
MAX_ANSWER_WAIT_S = 24 * 3600.0
MAX_REPLY_WAIT_S = 900.0  # nobody has read an answer to an order by reply yet


class Worker:
    """Carries out the jobs that its dispatcher hands out, each in a task of its own.

    Rendering jobs are handed to the `Poller`. Without a dispatcher, it claims the rows that are due itself.
    """

    def __init__(self, context: JobContext, dispatcher: Dispatcher | None = None) -> None:
        self.context = context
        self._dispatcher = dispatcher or LocalDispatcher(context)
        self._tasks = TaskSet(on_end=self.wake_up)
        self._unsaved: dict[str, Job] = {}  # jobs whose retry the store could not save yet
        self._stopped = asyncio.Event()
        self._in_hand = JobsInHand(context.poll_queue)
        self._takes = TaskSet()
        self._to_take: set[str] = set()
        self._carried: set[str] = set()  # jobs whose end a call of `carry` waits for
        self._slots = asyncio.Semaphore(MAX_RUNNING)
        self._poller = Poller(context, self._resume, self._has_room)

    @property
    def room(self) -> int:
        """How many more jobs it may run a step of at once."""
        return MAX_RUNNING - len(self._tasks)

    def wake_up(self) -> None:
        """Look for due jobs now: one may be due earlier than is known here."""
        self._dispatcher.wake_up()

    def announce(self, account: str, task_id: str) -> bool:
        """Poll a task now. Return False if no job renders it."""
        return self._poller.announce(account, task_id)

    async def run(self) -> None:
        """Run until `stop`. A failing job or store doesn't end it."""
        if quarantined := await self._acquire_store():
            log.error("the database was restored from a backup; open jobs held for a decision: %d", quarantined)
        poller = asyncio.create_task(self._poller.run(), name="poller")
        if self.context.leases is not None:
            self.context.leases.start()
        await self._dispatcher.run(self)
        await self._poller.stop()
        await poller

    async def _acquire_store(self) -> int:
        """Start a new epoch in the store, retried until it succeeds. Return the number of quarantined jobs."""
        while not self.context.stopping:
            try:
                return await self.context.store.new_epoch(self.context.clock.now())
            except Exception:  # noqa: BLE001
                # Kept alive: the start. Nothing is claimed or paid before this is on disk.
                log.exception("the store failed")
                await wait_for_event(self._stopped, STORE_RETRY_S)
        return 0

    async def stop(self, within_s: float) -> None:
        """Stop claiming and polling. Running steps get `within_s` seconds, then the next start continues them."""
        self.context.stopping = True
        leases = self.context.leases
        if leases is not None:
            leases.keep_all()
        self._stopped.set()
        self._dispatcher.stop()
        await self._poller.stop()
        await self._tasks.drain(within_s)
        await self._takes.close()
        if leases is not None:
            await leases.hand_on()

    def _has_room(self) -> bool:
        return self.room > 0 and not self.context.stopping

    def _resume(self, job: Job, ready: Ready | None) -> None:
        self._start(job, ready)

    def start(self, job: Job) -> None:
        """Run a claimed job's steps in a task of its own."""
        self._start(job)

    def _start(self, job: Job, ready: Ready | None = None) -> asyncio.Task[None]:
        self._in_hand.begin(job.id)
        task = self._tasks.start(self.run_job(job, ready), name=f"job {job.code}")
        task.add_done_callback(lambda _: self._in_hand.end(job.id))
        return task

    async def carry(self, job_id: str) -> None:
        """Take a job and return when it has ended, waits or is another worker's. Return at once if it isn't due.

        If another call waits for it already, return as soon as it is taken. A caller that is cancelled doesn't stop it.
        """
        if job_id in self._to_take:
            return
        self._to_take.add(job_id)
        await asyncio.wait({self._takes.start(self._take_and_run(job_id))})
        if job_id in self._carried:
            return
        self._carried.add(job_id)
        try:
            await self._in_hand.released(job_id)
        finally:
            self._carried.discard(job_id)

    async def _take_and_run(self, job_id: str) -> None:
        """Take a job as soon as one of its steps may run, so that it is this worker's alone, and run them."""
        context, job = self.context, None
        try:
            async with self._slots:
                if not context.stopping:
                    job = await context.store.take(job_id, context.clock.now(), context.timing.lease_s)
                self._to_take.discard(job_id)
                if job is not None:
                    await asyncio.wait({self._start(job)})
        except Exception:  # noqa: BLE001
            # Kept alive: the other jobs. This row stays due, and is handed out again.
            log.exception("the store failed")
        finally:
            self._to_take.discard(job_id)

    async def run_job(self, job: Job, ready: Ready | None = None) -> None:
        """Run a claimed job's steps until it has to wait or has ended."""
        with self.context.holding(job):
            await self._run_steps(job, ready)

    async def _run_steps(self, job: Job, ready: Ready | None) -> None:
        current: Job | None = job
        while current is not None:
            job = current
            try:
                current, ready = await self._run_state(job, ready)
            except Exception as error:  # noqa: BLE001
                # Kept alive: the other jobs. This one is retried from the state that the store has.
                await self._retry_failed(job, error)
                return
            if current is not None and self.context.stopping and not current.ended:
                return  # its state is on disk; the next start continues it

    async def _retry_failed(self, job: Job, error: Exception) -> None:
        try:
            if isinstance(error, ObjectStorageUnavailable):
                await wait_for_storage(self.context, job, error)
                return
            log.error("a step failed", exc_info=error, extra={"job": job.code, "state": job.state.value})
            await retry_later(self.context, job, max_s=MAX_RETRY_S, why="a step failed")
        except Exception:  # noqa: BLE001
            # Kept alive: this task. The dispatcher has the retry saved when the store works again.
            self._unsaved[job.id] = job

    async def save_retries(self) -> None:
        """Save the retries that the store could not save before."""
        for job_id, job in list(self._unsaved.items()):
            await retry_later(self.context, job, max_s=MAX_RETRY_S, why="the store failed")
            self._unsaved.pop(job_id, None)

    async def _run_state(self, job: Job, ready: Ready | None) -> tuple[Job | None, Ready | None]:
        context = self.context
        match job.state:
            case State.RECEIVED:
                return await recover_answer(context, job), None
            case State.ACCEPTED | State.DOWNLOADING if job.kind is Kind.FILM:
                return await film.run(context, job), None
            case State.ACCEPTED:
                return await submit.run(context, job), None
            case State.SUBMITTING:
                return await submit.mark_unknown(context, job), None
            case State.SUBMIT_UNKNOWN:
                return await reconcile.run(context, job), None
            case State.POLLING:
                await self._poller.add(job)
                return None, None
            case State.DOWNLOADING:
                return await download.run(context, job, ready), None
            case State.DELIVERING:
                step = deliver.run if job.bundle.bundle_id is None else deliver_bundle.run
                return await step(context, job), None
            case _:
                await finish.run(context, job)
                return None, None


async def recover_answer(context: JobContext, job: Job) -> Job | None:
    """Ask Discord whether our answer to a request arrived; only then may the job continue.

    Source: reference/reliability.md 1 C, 2.2.
    """
    if job.bundle.bundle_place > 1:
        return await follow_first(context, job)
    if not context.publisher.available():
        await wait_for_discord(context, job)
        return None
    answer = await context.publisher.find_answer(job)
    now = context.clock.now()
    if isinstance(answer, UnknownOutcome):
        is_answered = job.interaction_token == ANSWERED
        # One that was answered goes on without a status in the channel. Of another one its member may believe that
        # it was started, so Discord is asked until it says so.
        wait_s = MAX_ANSWER_WAIT_S if job.interaction_id is not None else MAX_REPLY_WAIT_S
        gives_up = job.tries + 1 >= MAX_ANSWER_TRIES if is_answered else now - job.created_at > wait_s
        if not gives_up:
            await retry_later(context, job, retry_after_s=answer.retry_after_s, why="could not look up the answer")
            return None
        answer = job.post.status_message_id if is_answered else None
    if isinstance(answer, int):
        send_after = undo_until(now) if job.send_after is not None else None
        accepted = await context.store.transition(
            job, State.ACCEPTED, now=now, why="the answer was found", status_message_id=answer,
            interaction_token=None, send_after=send_after,
        )  # fmt: skip
        if job.bundle.bundle_id is not None:
            await context.store.bundles.wake(job.bundle.bundle_id, now)
        return accepted
    return await context.store.transition(
        job, State.ABANDONED, now=now, why="no answer of ours", money="release", interaction_token=None, due_at=now
    )
