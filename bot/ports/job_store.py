"""Port: the job store."""

from collections.abc import Collection
from typing import Literal, Protocol, Unpack

from bot.jobs.job import Job, JobChanges, State
from bot.jobs.limits import Caps
from bot.jobs.queue import QueueSnapshot

Money = Literal[
    "reserve", "hold", "capture", "release", "again"
]  # again: the earlier request counts as spent, and a new one is reserved


class JobStore(Protocol):
    """Stores jobs. Every change is one durable transaction and a compare-and-set on (id, state, fence)."""

    async def insert(self, job: Job, caps: Caps | None = None) -> Job | None:
        """Insert a job and reserve its price. Return None if this Discord event already has a job.

        The returned job has another short code if the given one was taken. Raise LimitReached or BudgetSpent, and
        write nothing, if a cap would be exceeded.
        """

    async def job(self, job_id: str) -> Job | None: ...

    async def by_code(self, guild_id: int, code: str) -> Job | None: ...

    async def by_message(self, message_id: int) -> Job | None:
        """Return the job with this status or result message."""

    async def by_task(self, account: str, task_id: str) -> Job | None:
        """Return a job with this provider task."""

    async def by_source_message(self, message_id: int) -> Job | None:
        """Return the job that this reply requested."""

    async def claim(self, now: float, limit: int, lease_s: float) -> list[Job]:
        """Claim due jobs that aren't leased, the longest due first: raise their fence and lease them.

        A claimed job is due again when its lease ends.
        """

    async def take_over(self, job_id: str, states: Collection[State], now: float, lease_s: float) -> Job | None:
        """Claim one job in these states, even if it's leased: the other worker's result will be dropped."""

    async def transition(
        self,
        job: Job,
        to: State,
        *,
        now: float,
        why: str,
        money: Money | None = None,
        caps: Caps | None = None,
        **changes: Unpack[JobChanges],
    ) -> Job | None:
        """Change a job's state. Return None if it no longer is in `job.state` under `job.fence`: drop the result.

        `money` books the job's price in the same transaction. Raise LimitReached or BudgetSpent, and change nothing,
        if a cap would be exceeded. A job that is released without a due time is due at once. Raise ValueError for a
        transition that isn't allowed.
        """

    async def update(self, job: Job, **changes: Unpack[JobChanges]) -> Job | None:
        """Change columns of a job without a transition, under the same guard."""

    async def next_due(self) -> float | None:
        """Return when the next job is due, or None."""

    async def children(self, job_id: str) -> list[Job]: ...

    async def mark_children_due(self, parent_id: str, now: float) -> int:
        """Make the waiting remixes of a video due now. Return how many."""

    async def newest(self, guild_id: int, channel_id: int, limit: int) -> list[Job]:
        """Return the delivered and not deleted videos of a channel, newest first."""

    async def queue_snapshot(self, account: str, now: float) -> QueueSnapshot:
        """Return the jobs of an account that could start now, and all running jobs."""

    async def accounts_waiting(self) -> list[str]:
        """Return the accounts with waiting jobs."""

    async def mark_due(self, job_ids: Collection[str], now: float) -> int:
        """Make these waiting jobs due now, unless they're leased. Return how many."""

    async def mark_parked_due(self, guild_id: int, now: float) -> int:
        """Make due the posts that a server's permissions prevented, unless they are leased. Return how many."""

    async def render_times(self, account: str, model: str, limit: int) -> list[float]:
        """Return the render times of a model's last successes in seconds, newest first."""

    async def open_jobs(self) -> list[Job]:
        """Return the jobs that haven't ended, oldest first."""

    async def new_epoch(self, now: float) -> int:
        """Start a new epoch: void the leases of earlier processes and make their jobs due.

        If the database is an older copy that was put back, move every open job to `needs_person` with its money held.
        Return how many.
        """

    async def set_flag(self, name: str, value: str, now: float) -> None:
        """Store a flag."""

    async def set_flag_once_per(self, name: str, now: float, every_s: float) -> bool:
        """Set a flag if it wasn't set within the interval. Return whether it was set now."""

    async def get_flag(self, name: str) -> tuple[str, float] | None:
        """Return (value, time) of a flag, or None."""
