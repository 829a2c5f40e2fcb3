"""Ports: storage of stars, and of the posts in servers' galleries."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

from bot.jobs.job import Job


@dataclass(frozen=True, slots=True, kw_only=True)
class Star:
    """A member's star on the message with a video. `at`: UTC seconds."""

    message_id: int
    user_id: int
    job_id: str
    guild_id: int
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Starred:
    """A video and how many stars it has."""

    job_id: str
    guild_id: int
    stars: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A video's post in its server's gallery. Times are UTC seconds.

    `message_id` is None until Discord has confirmed the post, and once it was taken down. `epoch` is part of the nonce:
    raised when a new message is wanted. `tried_at`: the first try to post in this epoch. `due_at`: when to look again.
    `removed_at`: a person deleted the post, or Discord refuses it, so it isn't posted again.
    """

    job_id: str
    guild_id: int
    channel_id: int
    message_id: int | None = None
    epoch: int = 0
    tried_at: float | None = None
    due_at: float | None = None
    removed_at: float | None = None


class StarRepository(Protocol):
    """The stars that count. At most one per member and message."""

    async def add(self, star: Star) -> None:
        """Store a star. One that is known stays as it is."""

    async def remove(self, message_id: int, user_id: int) -> str | None:
        """Delete a member's star. Return the id of the video's job, or None if there was no such star."""

    async def clear(self, message_id: int) -> str | None:
        """Delete every star of a message. Return the id of the video's job, or None if there was none."""

    async def replace(self, job: Job, user_ids: Collection[int], now: float) -> None:
        """Make these members' stars the stars of a video's message. Those that are known keep their time."""

    async def count(self, job: Job) -> int:
        """Return how many stars the present message of a video has."""

    async def unshown(self, since: float) -> list[Starred]:
        """List the videos with a star since then that have no post in a gallery."""

    async def recent(self, guild_id: int, since: float, limit: int) -> list[Job]:
        """List the videos posted since then, newest first."""

    async def channels(self, guild_id: int, known: Collection[int], since: float) -> list[int]:
        """List those of these channels that have starred videos posted since then."""

    async def top(self, guild_id: int, channels: Collection[int], since: float, limit: int) -> list[tuple[Job, int]]:
        """List the videos posted in these channels since then with their stars, the most starred and earliest first."""


class GalleryRepository(Protocol):
    """Posts in galleries, at most one per video."""

    async def find(self, job_id: str) -> Shown | None: ...

    async def by_message(self, message_id: int) -> Shown | None: ...

    async def save(self, shown: Shown) -> None:
        """Store a post in place of the video's earlier row, durably."""

    async def drop(self, job_id: str) -> None:
        """Delete the row of a post."""

    async def due(self, now: float) -> list[Shown]:
        """List the posts to look at, those due longest first."""

    async def of_server(self, guild_id: int, limit: int) -> list[Shown]:
        """List a server's posts that are there, those tried last first."""
