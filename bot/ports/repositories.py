"""Ports: the repositories beside the job store, and their data."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from bot.jobs.job import Job
from bot.jobs.limits import UsageTotals
from bot.jobs.server_settings import ServerSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingConfirmation:
    """A confirmation below a reply. `message_id` is None until it's posted."""

    order_message_id: int
    message_id: int | None
    channel_id: int
    guild_id: int
    user_id: int
    job_id: str  # the video that was replied to
    expires_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A blocked member. `until` None means permanently."""

    user_id: int
    until: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsChange:
    """An entry of a server's settings log. `what` is a setting's name, or `blocked`."""

    user_id: int
    at: float
    what: str
    was: Any
    became: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageRow:
    """A member's use of a model on a UTC day, without released requests."""

    day: date
    user_id: int
    model: str
    account: str
    videos: int
    micros: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasableVideo:
    """A video whose prompt and files are to be deleted. `message_id` is its result message, if any."""

    job_id: str
    code: str
    clip_file: str | None
    image_file: str | None
    guild_id: int
    channel_id: int
    message_id: int | None


class PendingConfirmations(Protocol):
    """Stores at most one confirmation per reply."""

    async def open(self, question: PendingConfirmation) -> bool:
        """Store a confirmation. Return False if the reply already has one."""

    async def set_message(self, order_message_id: int, message_id: int) -> None:
        """Store the id of the posted confirmation."""

    async def find(self, message_id: int, order_message_id: int) -> PendingConfirmation | None:
        """Return the confirmation of a message, by its id or by the reply that it references."""

    async def close(self, order_message_id: int) -> PendingConfirmation | None:
        """Delete a confirmation and return it, or None if it's already deleted."""

    async def expired(self, now: float) -> list[PendingConfirmation]:
        """Return the expired confirmations."""

    async def next_expiry(self) -> float | None: ...


class JobQueries(Protocol):
    """Queries for lists of jobs. The caller decides which channels of a server are visible."""

    async def channels(self, guild_id: int) -> list[int]:
        """Return the channels with videos of a server."""

    async def videos(
        self,
        guild_id: int,
        channels: Collection[int],
        *,
        member_id: int | None = None,
        for_user: int | None = None,
        words: str = "",
        limit: int,
        offset: int = 0,
    ) -> list[Job]:
        """Return posted videos in these channels, newest first.

        `member_id` selects a requester. `for_user` leaves out others' videos that are not for remixing. Each of
        `words` must be in the prompt or start the code.
        """

    async def count(self, guild_id: int, channels: Collection[int], *, member_id: int | None = None) -> int:
        """Return how many videos `videos` would return without a limit."""

    async def of_member(self, guild_id: int, user_id: int, *, limit: int, offset: int = 0) -> list[Job]:
        """Return a member's jobs on a server: running ones first, then the newest."""

    async def count_of_member(self, guild_id: int, user_id: int) -> int:
        """Return how many jobs `of_member` would return without a limit."""

    async def family(self, guild_id: int, root_id: str, limit: int) -> list[Job]:
        """Return a job and all jobs that descend from it, parents before children."""


class MemberRepository(Protocol):
    """Stores display names and locales of members."""

    async def record(self, guild_id: int, user_id: int, name: str, now: float, locale: str | None = None) -> None:
        """Store a member's name and locale. Without a locale the stored one is kept."""

    async def locale(self, guild_id: int, user_id: int) -> str | None:
        """Return the last known locale of a member's client, or None."""

    async def names(self, guild_id: int) -> dict[int, str]:
        """Return the names of a server's members by user id."""


class ServerRepository(Protocol):
    """Stores server settings, their log, blocks and abuse reports."""

    async def settings(self, guild_id: int) -> ServerSettings: ...

    async def save_settings(self, guild_id: int, rules: ServerSettings) -> None: ...

    async def edit_settings(
        self, guild_id: int, user_id: int, now: float, edit: Callable[[ServerSettings], ServerSettings]
    ) -> ServerSettings:
        """Edit the current settings; log every difference. Return the new settings."""

    async def audit(self, guild_id: int, *, limit: int, offset: int = 0) -> list[SettingsChange]:
        """Return the settings log, newest first."""

    async def count_audit(self, guild_id: int) -> int: ...

    async def block(self, guild_id: int, user_id: int, until: float | None, *, by_id: int, now: float) -> None:
        """Block a member until a time, or permanently if it's None."""

    async def unblock(self, guild_id: int, user_id: int, *, by_id: int, now: float) -> bool: ...

    async def blocked(self, guild_id: int, user_id: int, now: float) -> Block | None:
        """Return a member's current block, or None."""

    async def blocks(self, guild_id: int, now: float, limit: int = 25) -> list[Block]:
        """Return the current blocks, newest first."""

    async def record_report(self, guild_id: int, job_id: str, user_id: int, now: float) -> bool:
        """Record an abuse report. Return False if the member already reported this video."""


class UsageRepository(Protocol):
    """Reads what counts toward limits and budgets."""

    async def totals(self, guild_id: int, user_id: int, at: float) -> UsageTotals: ...

    async def by_day(self, guild_id: int, since: float, *, user_id: int | None = None) -> list[UsageRow]:
        """Return the usage per day since a time, of one member or of all."""


class RetentionRepository(Protocol):
    """Deletes data of members and servers."""

    async def expired(self, now: float, limit: int) -> list[ErasableVideo]:
        """Return ended videos that are older than their server's retention."""

    async def of_member(self, user_id: int, limit: int) -> list[ErasableVideo]:
        """Return a member's ended videos, on every server, that still have a prompt."""

    async def undecided(self, before: float, user_id: int | None = None) -> list[str]:
        """Return the ids of jobs, of one member or of all, that have waited for a decision since before a time."""

    async def erase(self, jobs: Collection[ErasableVideo]) -> None:
        """Delete prompts and picture names from these rows. The rows stay for limits and totals."""

    async def request_deletion(self, user_id: int, now: float) -> None:
        """Record a member's request: delete names now, and videos when they end."""

    async def requested_deletions(self) -> list[int]:
        """Return the members whose deletion isn't complete."""

    async def erase_member(self, user_id: int, today: int) -> bool:
        """Anonymize a member's rows of earlier days. Return whether the deletion is complete."""

    async def expire_flags(self, now: float) -> int:
        """Delete flags that no longer have an effect. Return how many."""

    async def record_leaving(self, guild_id: int, now: float) -> None:
        """Record that the bot left a server."""

    async def record_joining(self, guild_id: int) -> None: ...

    async def servers(self) -> list[int]:
        """Return the servers with stored data."""

    async def left_before(self, before: float) -> list[int]:
        """Return the servers that the bot left before a time."""

    async def of_server(self, guild_id: int, limit: int) -> list[ErasableVideo]: ...

    async def erase_server(self, guild_id: int) -> None:
        """Delete a server's data. Its totals stay, anonymized."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Repositories:
    """All repositories."""

    job_queries: JobQueries
    confirmations: PendingConfirmations
    members: MemberRepository
    servers: ServerRepository
    usage: UsageRepository
    retention: RetentionRepository
