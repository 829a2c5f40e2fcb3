"""Poll rendering jobs when they are due, in batches where the provider can list its tasks."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from functools import partial

from bot.background import TaskSet, wait_for_event
from bot.jobs.job import Job
from bot.jobs.provider_errors import ProviderError
from bot.jobs.status import Cancelling
from bot.ports.metrics import timed
from bot.ports.provider import Provider, Ready, TaskState
from bot.ports.provider_capabilities import BatchStatus
from bot.worker import cancellation, poll_result
from bot.worker.context import JobContext, log
from bot.worker.dispatch import admit_waiting
from bot.worker.poll_queue import PollEntry
from bot.worker.poll_result import KeepPolling, StopPolling
from bot.worker.provider_order import task_of

MAX_CONCURRENT_POLLS = 100
MIN_BATCH = 3  # jobs of one account that are due together; from here on one list request is cheaper
MAX_BATCH = 100
BATCH_AHEAD_S = 1.0  # a batch includes jobs that are due this soon
MAX_SLEEP_S = 5.0
MAX_RETRY_S = 300.0
NO_PROVIDER_S = 600.0


class Poller:
    """Polls in a loop of its own.

    `resume` gets every job that has finished rendering, with the clip's link. `has_room` returns whether the worker
    can run another job now; otherwise the job is left to be claimed later.
    """

    def __init__(
        self, context: JobContext, resume: Callable[[Job, Ready | None], None], has_room: Callable[[], bool]
    ) -> None:
        self._context = context
        self._resume = resume
        self._has_room = has_room
        self._batch_providers = {
            name: provider for name, provider in context.providers.items() if isinstance(provider, BatchStatus)
        }
        self._wake = asyncio.Event()
        self._tasks = TaskSet(on_end=self._wake.set)

    async def add(self, job: Job) -> None:
        """Poll a submitted job from now on. One that is polled already only gets its new fence."""
        context = self._context
        if job.cancel_requested_at is not None:
            context.poll_queue.add(job, context.clock.monotonic())
            context.poll_queue.make_due(job.id, context.clock.monotonic())
            await context.publisher.show_status(job, Cancelling())
        elif job.id in context.poll_queue:
            context.poll_queue.add(job, context.clock.monotonic())
            return
        else:
            in_s = poll_result.first_check_s(context, job, await poll_result.profile_of(context, job))
            context.poll_queue.add(job, context.clock.monotonic(), in_s=in_s)
        self._wake.set()

    def announce(self, account: str, task_id: str) -> bool:
        """Poll a task now, since a webhook says that it has ended. Return False if no job renders it."""
        if not self._context.poll_queue.announce(account, task_id, self._context.clock.monotonic()):
            return False
        self._context.announcing.add(account)
        self._wake.set()
        return True

    async def run(self) -> None:
        """Poll until the context is stopping."""
        while not self._context.stopping:
            self._wake.clear()
            await self._context.foreground.wait_idle()
            self._start_due()
            await wait_for_event(self._wake, self._sleep_s())

    async def stop(self) -> None:
        """Cancel the running polls. They cost nothing, so the next start repeats them."""
        self._wake.set()
        await self._tasks.close()

    def _sleep_s(self) -> float:
        due, now = self._context.poll_queue.next_due(), self._context.clock.monotonic()
        if due is None or len(self._tasks) >= MAX_CONCURRENT_POLLS:
            return MAX_SLEEP_S  # a new job or a poll that ends wakes the loop
        return min(MAX_SLEEP_S, max(0.0, due - now))

    def _start_due(self) -> None:
        context, now = self._context, self._context.clock.monotonic()
        due: dict[str, list[PollEntry]] = {}
        for entry in context.poll_queue.take_due(now, MAX_CONCURRENT_POLLS - len(self._tasks)):
            context.metrics.poll_started_late(now - entry.due)
            due.setdefault(entry.job.account, []).append(entry)
        for account, entries in due.items():
            batch_provider = self._batch_providers.get(account)
            if batch_provider is not None and len(entries) + context.poll_queue.count(account) > MIN_BATCH:
                room = MAX_BATCH - len(entries)
                entries += context.poll_queue.take_soon_due(account, now + BATCH_AHEAD_S, room) if room > 0 else ()
                if len(entries) >= MIN_BATCH:
                    self._start(self._poll_batch(batch_provider, entries))
                    continue
            for entry in entries:
                self._start(self._poll(context.providers.get(account), entry))

    def _start(self, work: Coroutine[object, object, None]) -> None:
        self._tasks.start(work)

    async def _poll(self, provider: Provider | None, entry: PollEntry) -> None:
        """Poll one job."""
        if provider is None:
            await self._apply(entry, None)
            return
        try:
            record = partial(self._context.metrics.polled, entry.job.account)
            state = await timed(provider.check(task_of(entry.job)), self._context.clock, record)
        except ProviderError as error:
            await self._apply(entry, error)
        except Exception:  # noqa: BLE001
            # Kept alive: the other jobs. This one is polled again.
            self._retry_failed(entry)
        else:
            await self._apply(entry, state)

    async def _poll_batch(self, provider: BatchStatus, entries: Sequence[PollEntry]) -> None:
        """Poll many jobs of one account with one request; those missing in the answer are polled one by one."""
        try:
            record = partial(self._context.metrics.polled, entries[0].job.account)
            tasks = [task_of(entry.job) for entry in entries]
            states = await timed(provider.check_many(tasks), self._context.clock, record)
        except ProviderError as error:
            for entry in entries:
                await self._apply(entry, error)
            return
        except Exception:  # noqa: BLE001
            # Kept alive: the other jobs. These are polled one by one.
            log.exception("a list of tasks could not be read")
            states = {}
        for entry in entries:
            state = states.get(entry.job.task.task_id or "")
            if state is not None:
                await self._apply(entry, state)
            else:
                self._start(self._poll(self._context.provider(entry.job), entry))

    async def _apply(self, entry: PollEntry, answer: TaskState | ProviderError | None) -> None:
        """Apply the answer to a poll; None if the host has removed the account."""
        context, has_room = self._context, self._has_room()
        polled_fence = entry.job.fence
        try:
            result = await self._result(entry, answer, resume=has_room)
        except Exception:  # noqa: BLE001
            # Kept alive: the other jobs. A failing store leaves this one unchanged.
            self._retry_failed(entry)
            return
        match result:
            case KeepPolling(in_s=in_s):
                self._reschedule(entry, in_s)
            case StopPolling(job=None) if entry.job.fence != polled_fence:
                self._reschedule(entry, 0.0)  # its lease was renewed meanwhile: poll again under the new fence
            case StopPolling(job=job, ready=ready):
                context.poll_queue.drop(entry.job.id)
                if ready is not None and not entry.announced:
                    context.announcing.discard(entry.job.account)  # its webhook was late or got lost
                if job is not None and (has_room or job.ended):
                    self._resume(job, ready)
                await self._admit_waiting()

    async def _result(
        self, entry: PollEntry, answer: TaskState | ProviderError | None, *, resume: bool
    ) -> KeepPolling | StopPolling:
        if entry.job.cancel_requested_at is not None:
            return await cancellation.apply_answer(self._context, entry, answer)
        if answer is None:  # the task still exists there
            return KeepPolling(in_s=NO_PROVIDER_S)
        if isinstance(answer, ProviderError):
            return await poll_result.apply_error(self._context, entry, answer)
        return await poll_result.apply_status(self._context, entry, answer, resume=resume)

    async def _admit_waiting(self) -> None:
        """Give the free slot to a waiting job."""
        try:
            await admit_waiting(self._context)
        except Exception:  # noqa: BLE001
            # Kept alive: the finished job. Waiting jobs also check for a slot at intervals.
            log.exception("the store failed")

    def _retry_failed(self, entry: PollEntry) -> None:
        log.exception("a poll failed", extra={"job": entry.job.code})
        entry.tries += 1
        self._reschedule(entry, min(MAX_RETRY_S, self._context.timing.retry_s * 2.0 ** min(entry.tries, 8)))

    def _reschedule(self, entry: PollEntry, in_s: float) -> None:
        self._context.poll_queue.reschedule(entry, self._context.clock.monotonic() + in_s)
        self._wake.set()
