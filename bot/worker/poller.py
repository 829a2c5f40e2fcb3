"""Asks about the rendering jobs when they are due: bounded, many at once where a provider lists, never in a row."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from functools import partial

from bot.jobs.job import Job
from bot.jobs.provider_errors import ProviderError
from bot.ports.metrics import timed
from bot.ports.provider import Provider, Ready, TaskState
from bot.ports.provider_capabilities import BatchStatus
from bot.worker import poll_result
from bot.worker.context import JobContext, log
from bot.worker.dispatch import admit_waiting
from bot.worker.poll_queue import PollEntry
from bot.worker.poll_result import KeepPolling, StopPolling
from bot.worker.provider_order import task_of

MAX_CONCURRENT_POLLS = 100
BATCH_FROM = 3  # so many jobs of an account that are due together are asked about with one list call
BATCH_AHEAD_S = 1.0
BATCH_MAX = 100
MAX_SLEEP_S = 5.0
NO_PROVIDER_S = 600.0


class Poller:
    """A loop of its own. `go_on` gets every job that is through, with the clip's link; `room` says if it may."""

    def __init__(
        self, context: JobContext, go_on: Callable[[Job, Ready | None], None], room: Callable[[], bool]
    ) -> None:
        self._context = context
        self._go_on = go_on
        self._room = room
        self._lists = {name: each for name, each in context.providers.items() if isinstance(each, BatchStatus)}
        self._wake = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    async def add(self, job: Job) -> None:
        """Watch a job that its provider has."""
        context = self._context
        if job.id in context.poll_queue:
            context.poll_queue.add(job, context.clock.monotonic())
            return
        in_s = poll_result.first_check_s(context, job, await poll_result.profile_of(context, job))
        context.poll_queue.add(job, context.clock.monotonic(), in_s=in_s)
        self._wake.set()

    async def run(self) -> None:
        while not self._context.stopping:
            self._wake.clear()
            await self._context.foreground.wait_idle()
            self._start_due()
            await self._wait()

    async def stop(self) -> None:
        """A question is free: whatever is under way is asked again by the next start."""
        self._wake.set()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _wait(self) -> None:
        due, now = self._context.poll_queue.next_due(), self._context.clock.monotonic()
        wait_s = MAX_SLEEP_S if due is None else min(MAX_SLEEP_S, max(0.0, due - now))
        if len(self._tasks) >= MAX_CONCURRENT_POLLS:
            wait_s = MAX_SLEEP_S  # the end of any of them wakes us
        try:
            async with asyncio.timeout(wait_s):
                await self._wake.wait()
        except TimeoutError:
            return

    def _start_due(self) -> None:
        context, now = self._context, self._context.clock.monotonic()
        groups: dict[str, list[PollEntry]] = {}
        for entry in context.poll_queue.take_due(now, MAX_CONCURRENT_POLLS - len(self._tasks)):
            context.metrics.poll_started_late(now - entry.due)
            groups.setdefault(entry.job.account, []).append(entry)
        for account, group in groups.items():
            provider, lists = context.providers.get(account), self._lists.get(account)
            if lists is not None and len(group) + context.poll_queue.open(account) > BATCH_FROM:
                more = BATCH_MAX - len(group)
                group += context.poll_queue.take_with(account, now + BATCH_AHEAD_S, more) if more > 0 else ()
                if len(group) >= BATCH_FROM:
                    self._start(self._poll_batch(lists, group))
                    continue
            for entry in group:
                self._start(self._poll(provider, entry))

    def _start(self, work: Coroutine[object, object, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._wake.set()

    async def _poll(self, provider: Provider | None, entry: PollEntry) -> None:
        """One question about one job."""
        if provider is None:  # the host took the account out; the task is not lost, only unreachable
            self._pause_account(entry, NO_PROVIDER_S)
            return
        try:
            asked = partial(self._context.metrics.polled, entry.job.account)
            state = await timed(provider.check(task_of(entry.job)), self._context.clock, asked)
        except ProviderError as error:
            self._pause_account(entry, poll_result.apply_error(self._context, entry, error).in_s)
        except Exception:  # noqa: BLE001
            # Kept alive: every other job. This one is asked about again.
            self._failed(entry)
        else:
            await self._apply(entry, state)

    async def _poll_batch(self, provider: BatchStatus, group: Sequence[PollEntry]) -> None:
        """One question about many jobs; those that the answer leaves out are asked about one by one."""
        try:
            asked = partial(self._context.metrics.polled, group[0].job.account)
            tasks = [task_of(entry.job) for entry in group]
            states = await timed(provider.check_many(tasks), self._context.clock, asked)
        except ProviderError as error:
            for entry in group:
                self._pause_account(entry, poll_result.apply_error(self._context, entry, error).in_s)
            return
        except Exception:  # noqa: BLE001
            # Kept alive: every other job. These are asked about one by one.
            log.exception("a list of tasks could not be read")
            states = {}
        for entry in group:
            state = states.get(entry.job.task.task_id or "")
            if state is not None:
                await self._apply(entry, state)
            else:
                self._start(self._poll(self._context.provider(entry.job), entry))

    async def _apply(self, entry: PollEntry, state: TaskState) -> None:
        context, room = self._context, self._room()
        asked_under = entry.job.fence
        try:
            after = await poll_result.apply_status(context, entry, state, go_on=room)
        except Exception:  # noqa: BLE001
            # Kept alive: every other job. A store that fails leaves this one as it was.
            self._failed(entry)
            return
        match after:
            case KeepPolling(in_s=in_s):
                self._pause_account(entry, in_s)
            case StopPolling(job=None) if entry.job.fence != asked_under:
                self._pause_account(entry, 0.0)  # its lease was renewed meanwhile: once more under the new fence
            case StopPolling(job=job, ready=ready):
                context.poll_queue.drop(entry.job.id)
                if job is not None and (room or job.ended):
                    self._go_on(job, ready)
                await self._free_slot()

    async def _free_slot(self) -> None:
        """Somebody else's turn."""
        try:
            await admit_waiting(self._context)
        except Exception:  # noqa: BLE001
            # Kept alive: the job that is through. Whoever waits looks again by itself.
            log.exception("the store failed")

    def _failed(self, entry: PollEntry) -> None:
        log.exception("a question about a task failed", extra={"job": entry.job.code})
        entry.tries += 1
        self._pause_account(entry, min(300.0, self._context.timing.retry_s * 2.0 ** min(entry.tries, 8)))

    def _pause_account(self, entry: PollEntry, in_s: float) -> None:
        self._context.poll_queue.rest(entry, self._context.clock.monotonic() + in_s)
        self._wake.set()
