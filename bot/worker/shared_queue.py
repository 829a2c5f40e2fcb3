"""The queue of accounts that several workers share. Turns are given in the database, fairly over all workers."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from bot.jobs.queue import QueueSnapshot
from bot.ports.clock import Clock
from bot.ports.turns import Turns
from bot.worker.fair_queue import Queue, QueueView, fair_order

T = TypeVar("T")
BUSY_S, BUSY_TRIES = 0.03, 30  # while another worker gives turns of the account


@dataclass(slots=True)
class _SharedRead(Generic[T]):
    """A read whose result serves everybody who asked before it began."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    begun: int = 0
    result: tuple[int, T] | None = None  # with the number of its read

    async def get(self, read: Callable[[], Awaitable[T]]) -> T:
        begun = self.begun
        async with self.lock:
            if self.result is None or self.result[0] <= begun:
                self.begun += 1
                number = self.begun
                self.result = (number, await read())
            return self.result[1]


class SharedQueue:
    """The queues of all accounts, as this worker sees them. `limited`: the limits of servers apply."""

    def __init__(self, turns: Turns, clock: Clock, *, limited: bool) -> None:
        self._turns = turns
        self._clock = clock
        self._limited = limited
        self._holders: dict[str, _SharedRead[frozenset[str]]] = {}
        self._views: dict[str, _SharedRead[QueueView]] = {}

    async def give_turns(self, account: str, jobs_at_once: int) -> frozenset[str]:
        """Give turns to the jobs that may start now, and make them due. Return the jobs that have a turn."""
        holders = self._holders.setdefault(account, _SharedRead())
        return await holders.get(lambda: self._give(account, jobs_at_once))

    async def give_back(self, job_id: str) -> None:
        """End a job's turn, unless its request has used it."""
        await self._turns.give_back(job_id)

    async def make_due(self, job_id: str) -> None:
        """Make a job that was just rescheduled due if it has got a turn meanwhile."""
        await self._turns.make_due(job_id, self._clock.now())

    async def view(self, account: str) -> QueueView:
        """Return the whole queue of an account. Jobs with a turn are no longer in it."""
        return await self._views.setdefault(account, _SharedRead()).get(lambda: self._read(account))

    async def _give(self, account: str, jobs_at_once: int) -> frozenset[str]:
        for _ in range(BUSY_TRIES):
            holders = await self._turns.give(account, jobs_at_once, self._clock.now(), self._ready)
            if holders is not None:
                return holders
            await self._clock.sleep(BUSY_S)
        return frozenset()  # the jobs ask again

    async def _read(self, account: str) -> QueueView:
        snapshot = await self._turns.snapshot(account, self._clock.now())
        return QueueView(
            account=account,
            read_at=self._clock.monotonic(),
            snapshot=snapshot,
            queue=self._order(snapshot),
            next_up=(),
        )

    def _ready(self, snapshot: QueueSnapshot) -> Sequence[str]:
        return self._order(snapshot).ready

    def _order(self, snapshot: QueueSnapshot) -> Queue:
        at_once = snapshot.at_once if self._limited else {}
        return fair_order(snapshot.waiting, snapshot.running, at_once, snapshot.last_submissions)
