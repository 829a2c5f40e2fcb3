"""Port: storage of the posted results of contests, as long as they show words or names of their entries."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Protocol


class Shows(IntEnum):
    """What a result may show of an entry."""

    NOTHING = 0  # its member's data was deleted
    MEMBER = 1  # its video or its prompt was deleted
    EVERYTHING = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultLine:
    job_id: str
    stars: int
    shows: Shows = Shows.EVERYTHING


@dataclass(frozen=True, slots=True, kw_only=True)
class ContestResult:
    """A posted result with its listed entries, the most starred first.

    `winners`: how many there are; a tie may have more than are listed. `due_at`: UTC seconds; edit it then, and not
    before.
    """

    message_id: int
    guild_id: int
    channel_id: int
    theme: str
    winners: int
    lines: tuple[ResultLine, ...]
    due_at: float | None = None


class ContestResults(Protocol):
    async def outdated(self, now: float) -> list[ContestResult]:
        """List the results that show what was deleted since, with what they may show now, and those that are due."""

    async def save(self, result: ContestResult) -> None:
        """Store what a result shows, and when it's due."""

    async def drop(self, message_id: int) -> None:
        """Delete the row of a result: it shows nothing of a member any more, or its message is gone."""
