"""The jobs that this process has in hand: those of which a step runs, and those that it polls."""

import asyncio
from collections import Counter

from bot.worker.poll_queue import PollQueue


class JobsInHand:
    """Counts running steps, and tells who waits for a job when it's no longer in hand. No method but one awaits."""

    def __init__(self, poll_queue: PollQueue) -> None:
        self._poll_queue = poll_queue
        self._poll_queue.on_drop = self._changed
        self._steps: Counter[str] = Counter()
        self._waiting: dict[str, asyncio.Event] = {}

    def __contains__(self, job_id: str) -> bool:
        return job_id in self._steps or job_id in self._poll_queue

    def begin(self, job_id: str) -> None:
        """Note that a step of a job runs."""
        self._steps[job_id] += 1

    def end(self, job_id: str) -> None:
        """Note that a step of a job has ended."""
        self._steps[job_id] -= 1
        if not self._steps[job_id]:
            del self._steps[job_id]
        self._changed(job_id)

    async def released(self, job_id: str) -> None:
        """Wait until no step of a job runs and it isn't polled."""
        while job_id in self:
            await self._waiting.setdefault(job_id, asyncio.Event()).wait()

    def _changed(self, job_id: str) -> None:
        if job_id not in self and (waiting := self._waiting.pop(job_id, None)) is not None:
            waiting.set()
