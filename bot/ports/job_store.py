"""The seam to the store: what the engine asks of it, whatever database is behind. Knows no SQL."""

from collections.abc import Collection
from typing import Literal, Protocol, Unpack

from bot.jobs.job import Job, JobChanges, State
from bot.jobs.limits import Caps
from bot.jobs.queue import QueueSnapshot

Money = Literal["reserve", "hold", "capture", "release", "again"]  # again: counts as spent, and reserved anew


class JobStore(Protocol):
    """Where jobs live. Every change is one durable transaction, and a compare-and-set on (id, state, fence)."""

    async def insert(self, job: Job, caps: Caps | None = None) -> Job | None:
        """Insert a new job and reserve its price; None where this Discord event has a job already.

        The returned job's short code differs from the given one where that was taken. Where a cap would be passed
        nothing is written, and the cap's sentence is raised: LimitReached, BudgetSpent.
        """

    async def job(self, job_id: str) -> Job | None: ...

    async def by_code(self, guild_id: int, code: str) -> Job | None: ...

    async def by_message(self, message_id: int) -> Job | None:
        """The job whose status or result this message is."""

    async def by_task(self, account: str, task_id: str) -> Job | None:
        """A job that has this task of the provider's."""

    async def by_order(self, message_id: int) -> Job | None:
        """The job that this member's reply asked for."""

    async def claim(self, now: float, limit: int, lease_s: float) -> list[Job]:
        """Take jobs that are due and not leased, the longest waiting ones: raises their fence, leases them.

        A claimed job is due again when its lease is over, so that none is ever forgotten.
        """

    async def take_over(
        self, job_id: str, states: Collection[State], now: float, lease_s: float, *, patient: bool = False
    ) -> Job | None:
        """Take one job now, in these states only, from whoever works on it: that one's result will be dropped.

        Raise StoreBusy if the store is locked by another program, unless `patient`: nobody waits for the answer.
        """

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
        """Move a job on, if it still is in `job.state` under `job.fence`; None where it is not: drop your result.

        `money` books the job's price in the same transaction; where a cap would be passed by it, nothing is changed
        and the cap's sentence is raised. A job put down without a time is due at once.
        Raises ValueError for a move that no state allows.
        """

    async def update(self, job: Job, **changes: Unpack[JobChanges]) -> Job | None:
        """Change facts of a job without moving it, under the same guard."""

    async def next_due(self) -> float | None:
        """When the earliest waiting job is due."""

    async def children(self, job_id: str) -> list[Job]: ...

    async def mark_children_due(self, parent_id: str, now: float) -> int:
        """Make the waiting remixes of a video due now."""

    async def newest(self, guild_id: int, channel_id: int, limit: int) -> list[Job]:
        """Delivered videos of a channel that were not deleted, newest first."""

    async def queue_snapshot(self, account: str, now: float) -> QueueSnapshot:
        """The jobs of an account that could go now, and everything that runs anywhere."""

    async def accounts_waiting(self) -> list[str]:
        """Accounts that a job waits for."""

    async def mark_due(self, job_ids: Collection[str], now: float) -> int:
        """Make these waiting jobs due now, unless somebody works on them."""

    async def mark_parked_due(self, guild_id: int, now: float) -> int:
        """Make due the posts that a server's permissions prevented, unless they are leased. Return how many."""

    async def render_times(self, account: str, model: str, limit: int) -> list[float]:
        """Seconds from submission to done of the last successes of a model here, newest first."""

    async def open_jobs(self) -> list[Job]:
        """Jobs that are not at an end, oldest first."""

    async def new_epoch(self, now: float) -> int:
        """This process is the only owner: leases of an earlier one are void, what it worked on is due now.

        Where the database is an older copy that was put back, every open job goes to `needs_person` with its money
        held; returns how many.
        """

    async def set_flag(self, name: str, value: str, now: float) -> None:
        """Keep a small fact."""

    async def set_flag_once_per(self, name: str, now: float, every_s: float) -> bool:
        """Whether this has not happened for so long; if so, it has happened now."""

    async def get_flag(self, name: str) -> tuple[str, float] | None:
        """(value, when) of a small fact."""
