"""Port: the order in which jobs may be sent to their providers, over all workers."""

from collections.abc import Callable, Sequence
from typing import Protocol

from bot.jobs.queue import QueueSnapshot

Order = Callable[[QueueSnapshot], Sequence[str]]  # returns the ids of the jobs that the limits allow, in fair order


class TurnLapsed(Exception):
    """The job has no turn any more, so its paid request isn't committed."""


class Turns(Protocol):
    """A job with a turn counts as running until it's sent, gives its turn back, or its turn is found to have lapsed.

    A turn lapses 60 s after it was given, but not while a worker has its job.
    """

    async def give(self, account: str, jobs_at_once: int, now: float, order: Order) -> frozenset[str] | None:
        """Give turns to the first waiting jobs of an account, as many as it has room for, and make them due.

        Return the ids of the account's jobs with a turn, or None if another process is giving them right now. The
        snapshot that `order` gets has the first waiting jobs of each member only.
        """

    async def give_back(self, job_id: str) -> None:
        """End a job's turn, if it has one."""

    async def make_due(self, job_id: str, now: float) -> None:
        """Make a job due now if it has got a turn while it was leased."""

    async def snapshot(self, account: str, now: float) -> QueueSnapshot:
        """Return the whole queue of an account, without the jobs that have a turn: those count as running."""
