"""The seam to the store: what the engine asks of it, whatever database is behind. Knows no SQL."""

from typing import Protocol

from bot.jobs.model import Job, State


class Store(Protocol):
    """Where jobs live. Every change is one durable transaction, and a compare-and-set on (id, state, fence)."""

    async def received(self, job: Job) -> bool:
        """Insert a new job and reserve its price; False where this Discord event has a job already."""

    async def job(self, job_id: str) -> Job | None: ...

    async def by_code(self, guild_id: int, code: str) -> Job | None: ...

    async def by_message(self, message_id: int) -> Job | None:
        """The job whose status or result this message is."""

    async def by_order(self, message_id: int) -> Job | None:
        """The job that this member's reply asked for."""

    async def claim(self, now: float, limit: int, lease_s: float) -> list[Job]:
        """Take jobs that are due, earliest first: raises their fence and leases them."""

    async def take(self, job_id: str, now: float, lease_s: float) -> Job | None:
        """Take one job now, due or not; None where somebody holds it."""

    async def advance(self, job: Job, to: State, *, now: float, why: str, **changes: object) -> Job | None:
        """Move a job on, if it still is in `job.state` under `job.fence`; None where it is not: drop your result."""

    async def note(self, job: Job, **changes: object) -> Job | None:
        """Change facts of a job without moving it, under the same guard."""

    async def next_due(self) -> float | None:
        """When the earliest waiting job is due."""

    async def children(self, job_id: str) -> list[Job]: ...

    async def wake(self, parent_id: str, now: float) -> int:
        """Make the waiting remixes of a video due now."""

    async def newest(self, guild_id: int, channel_id: int, limit: int) -> list[Job]:
        """Delivered videos of a channel that were not deleted, newest first."""

    async def ahead(self, job: Job) -> tuple[int, int]:
        """(place, length) of the accepted jobs of this account that have not been sent yet."""

    async def render_times(self, account: str, model: str, limit: int) -> list[float]:
        """Seconds from submission to done of the last successes of a model here, newest first."""

    async def new_epoch(self, now: float) -> None:
        """This process is the only owner: leases of an earlier one are void."""
