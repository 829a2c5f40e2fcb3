"""Port: storage of contests and their entries."""

from dataclasses import dataclass
from typing import Protocol

from bot.ports.contest_results import ContestResult


@dataclass(frozen=True, slots=True, kw_only=True)
class Contest:
    """A contest of a server. Times are UTC seconds; `id` is the interaction that started it.

    `message_id`: its announcement, None until Discord has confirmed it. `result`: JSON, [job id, stars] of the entries,
    the most starred first; None until it's decided. `tried_at` and `result_tried_at`: the first try of each post.
    """

    id: int
    guild_id: int
    channel_id: int
    theme: str
    started_at: float
    ends_at: float
    message_id: int | None = None
    tried_at: float | None = None
    result: str | None = None
    result_tried_at: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContestEntry:
    """A member's only entry. `by_star`: entered by their own star, which takes it back as well."""

    contest_id: int
    user_id: int
    guild_id: int
    job_id: str
    by_star: bool


class ContestRepository(Protocol):
    """At most one contest per server. A finished one is deleted."""

    async def start(self, contest: Contest) -> bool:
        """Store a contest. Return False if the server has one."""

    async def find(self, contest_id: int) -> Contest | None: ...

    async def of_server(self, guild_id: int) -> Contest | None: ...

    async def all(self) -> list[Contest]:
        """List every contest, those that end first first."""

    async def end(self, contest_id: int, at: float) -> None:
        """End a contest at this time, unless it ends earlier."""

    async def save(self, contest: Contest) -> None:
        """Store a contest's posts and result, durably, if it's still there."""

    async def finish(self, contest_id: int, result: ContestResult | None = None) -> None:
        """Delete a contest and its entries, and store its result if it was posted, in one transaction."""

    async def enter(self, entry: ContestEntry) -> None:
        """Store a member's entry in place of an earlier one."""

    async def entry(self, contest_id: int, user_id: int) -> ContestEntry | None: ...

    async def withdraw(self, contest_id: int, user_id: int) -> None: ...

    async def entries(self, contest_id: int) -> list[ContestEntry]: ...
