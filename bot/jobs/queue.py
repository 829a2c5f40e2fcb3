"""Data of the queue: what waits, what runs, and the limits of a server."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueEntry:
    """A job that waits in the queue or runs at its provider. `asked_at` is in UTC seconds."""

    job_id: str
    account: str
    guild_id: int
    user_id: int
    requested_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ConcurrencyLimit:
    """The most jobs that a server lets run at once, per member and in total. None means no limit."""

    member: int | None = None
    server: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueSnapshot:
    """`waiting`: jobs of one account that could start now. `running`: jobs at providers, of every account.

    `last_submissions`: a number that grows with the time of each member's last submission, by (server, member), if the
    store knows it.
    """

    waiting: Sequence[QueueEntry]
    running: Sequence[QueueEntry]
    at_once: Mapping[int, ConcurrencyLimit] = field(default_factory=dict)  # by server with waiting jobs
    last_submissions: Mapping[tuple[int, int], int] = field(default_factory=dict)
