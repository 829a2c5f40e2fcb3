"""Moves jobs forward. Knows a clock, a store, providers and a publisher; knows no library."""

import asyncio

from bot.jobs import deliver, fetch, render, submit, tell
from bot.jobs.model import Job, State
from bot.jobs.parts import Parts, log
from bot.jobs.provider import Ready
from bot.jobs.publisher import Unclear

MOST_AT_ONCE = 64
LONGEST_SLEEP_S = 5.0
ACK_TRIES = 6


class Engine:
    """The background loop: wakes for the earliest due job and gives each due job a task of its own."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self._wake = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    def nudge(self) -> None:
        """Something became due earlier than the loop knows."""
        self._wake.set()

    async def run(self) -> None:
        """Until `stop`. Survives any failure of one job, and of the store."""
        await self.parts.store.new_epoch(self.parts.clock.now())
        while not self.parts.stopping:
            try:
                sleep_s = await self._start_due()
            except Exception:  # noqa: BLE001
                # Kept alive: the loop. A full disk or a locked file passes; every open job waits on disk meanwhile.
                log.exception("the store failed")
                sleep_s = 1.0
            self._wake.clear()
            if sleep_s > 0:
                await self._rest(sleep_s)

    async def stop(self, within_s: float) -> None:
        """No new claims; what was claimed may finish, and is left to the next start if it does not."""
        self.parts.stopping = True
        self.nudge()
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=within_s)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _rest(self, sleep_s: float) -> None:
        try:
            async with asyncio.timeout(sleep_s):
                await self._wake.wait()
        except TimeoutError:
            return

    async def _start_due(self) -> float:
        """Start what is due; returns how long nothing else will be."""
        room = MOST_AT_ONCE - len(self._tasks)
        if room <= 0:
            return 0.05
        now = self.parts.clock.now()
        for job in await self.parts.store.claim(now, room, self.parts.pace.lease_s):
            task = asyncio.create_task(self.carry(job), name=f"job {job.code}")
            self._tasks.add(task)
            task.add_done_callback(self._ended)
        due = await self.parts.store.next_due()
        if due is None:
            return LONGEST_SLEEP_S
        return min(LONGEST_SLEEP_S, max(0.0, due - self.parts.clock.now()))

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self.nudge()

    async def carry(self, job: Job) -> None:
        """Take one claimed job as far as it goes now."""
        ready: Ready | None = None
        current: Job | None = job
        while current is not None:
            job = current
            try:
                current, ready = await self._step(job, ready)
            except Exception:  # noqa: BLE001
                # Kept alive: every other job. This one is tried again later, from where the store has it.
                log.exception("a step failed", extra={"job": job.code, "state": job.state.value})
                await self._leave(job)
                return

    async def _leave(self, job: Job) -> None:
        try:
            await self.parts.again_later(job, most_s=300.0, why="a step failed")
        except Exception:  # noqa: BLE001
            # Kept alive: this task's end. The lease runs out, and the job is claimed again.
            log.exception("the store failed", extra={"job": job.code})

    async def _step(self, job: Job, ready: Ready | None) -> tuple[Job | None, Ready | None]:
        parts = self.parts
        match job.state:
            case State.RECEIVED:
                return await recover_answer(parts, job), None
            case State.ACCEPTED:
                return await submit.step(parts, job), None
            case State.SUBMITTING:
                return await submit.lost(parts, job), None
            case State.SUBMIT_UNKNOWN:
                return await submit.unknown(parts, job), None
            case State.POLLING:
                return await render.step(parts, job)
            case State.DOWNLOADING:
                return await fetch.step(parts, job, ready), None
            case State.DELIVERING:
                return await deliver.step(parts, job), None
            case _:
                await tell.step(parts, job)
                return None, None


async def recover_answer(parts: Parts, job: Job) -> Job | None:
    """A row whose answer was not confirmed: Discord decides whether this order is ours. Rule C."""
    found = await parts.publisher.answered(job)
    now = parts.clock.now()
    if isinstance(found, Unclear) and job.tries + 1 < ACK_TRIES:
        await parts.again_later(job, asked_s=found.retry_after_s, why="could not look for the answer")
        return None
    if isinstance(found, int):
        return await parts.store.advance(
            job, State.ACCEPTED, now=now, why="the answer was found", status_message_id=found, interaction_token=None
        )
    return await parts.store.advance(
        job, State.ABANDONED, now=now, why="no answer of ours", money="release", interaction_token=None, due_at=now
    )
