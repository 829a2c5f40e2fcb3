"""Port: votes of comparisons."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from bot.jobs.job import Job


@dataclass(frozen=True, slots=True, kw_only=True)
class Wins:
    """How many of its comparisons a model has won on a server."""

    won: int
    compared: int


class Comparisons(Protocol):
    """Votes for the takes of comparisons, at most one for each member."""

    async def vote(self, job: Job, user_id: int, now: float) -> bool:
        """Count a member's vote for this take alone. Return False if it counted already: it's taken back then."""

    async def votes(self, bundle_id: str) -> Mapping[str, int]:
        """Return the votes by job id. A take without votes isn't there."""

    async def due(self, before: float) -> list[str]:
        """List the bundles of comparisons that were ordered before then and aren't revealed."""

    async def revealed(self, since: float) -> list[str]:
        """List the bundles of comparisons that were revealed since then."""

    async def wins(self, guild_id: int) -> Mapping[str, Wins]:
        """Return what each model has won in the revealed comparisons of a server, by the catalogue's key."""
