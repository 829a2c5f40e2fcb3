"""Port: storage of jobs."""

from collections.abc import Collection, Sequence
from typing import Literal, Protocol, Unpack

from bot.jobs.film_plan import FilmPart, FilmStep
from bot.jobs.job import Job, JobChanges, State
from bot.jobs.limits import Caps
from bot.jobs.pictures import JobPicture
from bot.jobs.queue import QueueSnapshot
from bot.ports.bundles import BundleStore

Held = tuple[str, int]  # a job's id, and the fence under which a worker has it
Money = Literal["reserve", "hold", "capture", "release", "again"]  # again: capture, then reserve a second time


class JobStore(Protocol):
    """Stores jobs. Every change is one durable transaction and a compare-and-set on (id, state, fence)."""

    @property
    def bundles(self) -> BundleStore:
        """What belongs to the takes of one order together."""

    async def insert(
        self,
        job: Job,
        caps: Caps | None = None,
        pictures: Sequence[JobPicture] = (),
        *,
        parts: Sequence[FilmPart] = (),
        step: FilmStep | None = None,
    ) -> Job | None:
        """Insert a new job and its pictures, and reserve its price. Return None if this Discord event has a job.

        `parts` are the videos that a film joins, in their order. `step` is what the job is to a plan of a
        film: raise FilmMoved, with nothing written, if the plan has moved on.

        The returned job has another short code if the given one was taken. Raise LimitReached or BudgetSpent, with
        nothing written, if a limit would be exceeded.
        """

    async def insert_import(self, job: Job) -> Job:
        """Insert a member's own video, which costs nothing. Return the known row if its message has one.

        The returned job has another short code if the given one was taken.
        """

    async def job(self, job_id: str) -> Job | None: ...

    async def pictures(self, job_ids: Collection[str]) -> list[JobPicture]:
        """List the pictures of jobs, of each in the order in which they are sent.

        The first frame is among them once it's on disk; a job of an older version has no row of it.
        """

    async def pictures_only_of(self, job_ids: Collection[str]) -> list[str]:
        """Return the digests of the pictures that no other job than these has."""

    async def save_picture(self, job_id: str, picture: JobPicture) -> None:
        """Store a picture of a job in place of the one with its role and position."""

    async def by_code(self, guild_id: int, code: str) -> Job | None: ...

    async def by_message(self, message_id: int) -> Job | None:
        """Return the job whose status message or result this is: of several takes the chosen one, or the first."""

    async def by_task(self, account: str, task_id: str) -> Job | None:
        """Return the job with this task at a provider."""

    async def by_source_message(self, message_id: int) -> Job | None:
        """Return the job that was requested by this message."""

    async def claim(self, now: float, limit: int, lease_s: float) -> list[Job]:
        """Claim due jobs without a lease, those due longest first: raise their fences and lease them.

        A claimed job is due again when its lease ends, so that none is ever lost.
        """

    async def take(self, job_id: str, now: float, lease_s: float) -> Job | None:
        """Claim one job if it is due without a lease, as `claim` does. Return None if not: it's another worker's."""

    async def renew_leases(self, held: Collection[Held], until: float) -> set[Held]:
        """Lease jobs in hand until then, or longer if they are already. Return those that are still in hand.

        Raise StoreBusy if the store isn't reached for 1.5 s.
        """

    async def end_leases(self, held: Collection[Held], now: float) -> None:
        """Make jobs in hand due for other workers, except those whose paid request may be on its way."""

    async def take_over(
        self, job_id: str, states: Collection[State], now: float, lease_s: float, *, patient: bool = False
    ) -> Job | None:
        """Take over one job now if it is in one of these states. The previous owner's result will be dropped.

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
        uses_turn: bool = False,
        **changes: Unpack[JobChanges],
    ) -> Job | None:
        """Change a job's state. Return None if it no longer has `job.state` and `job.fence`: drop your result then.

        `money` books the job's price in the same transaction. `lease_until=None` without `due_at` makes the job due
        at once. Raise LimitReached or BudgetSpent, with nothing changed, if one of `caps` would be exceeded; raise
        ValueError for a transition that is not allowed. `uses_turn` ends the job's turn with it; raise TurnLapsed, with
        nothing changed, if it has none.
        """

    async def keep_late_task(self, job: Job, *, now: float, **task: Unpack[JobChanges]) -> Job | None:
        """Store the task of a paid request that was answered after its row was taken over, and make the job due.

        Return None if the row has ended, has a task, or was paid again since: identified by attempt and intent.
        """

    async def update(self, job: Job, **changes: Unpack[JobChanges]) -> Job | None:
        """Change columns of a job without changing its state, under the same condition."""

    async def next_due(self) -> float | None:
        """Return when the next job is due, in UTC seconds, or None."""

    async def film_parts(self, film_id: str) -> list[tuple[Job, FilmPart]]:
        """List the videos that a film joins, in their order."""

    async def children(self, job_id: str) -> list[Job]: ...

    async def mark_children_due(self, parent_id: str, now: float) -> int:
        """Make the waiting remixes of a video due. Return how many."""

    async def newest(self, guild_id: int, channel_id: int, limit: int) -> list[Job]:
        """List the posted videos of a channel that were not deleted, newest first."""

    async def queue_snapshot(self, account: str, now: float) -> QueueSnapshot:
        """Return the jobs of an account that could start now, and the running jobs of every account."""

    async def accounts_waiting(self) -> list[str]:
        """List the accounts with waiting jobs."""

    async def mark_due(self, job_ids: Collection[str], now: float) -> int:
        """Make waiting jobs due, except leased ones. Return how many."""

    async def mark_parked_due(self, guild_id: int, now: float) -> int:
        """Make due the posts that a server's permissions prevented, unless they are leased. Return how many."""

    async def mark_messages_due(self, now: float) -> int:
        """Make due every job that waits to read, post or edit a message, unless it is leased. Return how many."""

    async def render_times(self, account: str, model: str, limit: int) -> list[float]:
        """List the last render times of a model here in seconds, newest first."""

    async def open_jobs(self) -> list[Job]:
        """List the jobs that have not ended, oldest first."""

    async def new_epoch(self, now: float) -> int:
        """Take over from an earlier process: end its leases and make its jobs due.

        If the database was restored from a backup, every open job goes to `needs_person` with its money held. Return
        how many.
        """

    async def set_flag(self, name: str, value: str, now: float) -> None:
        """Store a value under a name, with the time."""

    async def set_smallest_flag(self, name: str, value: int, now: float, for_s: float) -> None:
        """Store a number under a name, unless a smaller one was stored there in the last `for_s` seconds."""

    async def has_withdrawn(self, job: Job) -> bool:
        """Return whether the requester has deleted their data and videos since the job was created."""

    async def set_flag_once_per(self, name: str, now: float, every_s: float) -> bool:
        """Return whether this was not set in the last `every_s` seconds, and set it in that case."""

    async def get_flag(self, name: str) -> tuple[str, float] | None:
        """Return a stored value and its time in UTC seconds, or None."""
