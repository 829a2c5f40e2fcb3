"""Ports: storage beside the jobs: lists, confirmations, members, servers, usage, retention."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple, Protocol

from bot.jobs.job import Job
from bot.jobs.limits import UsageTotals
from bot.jobs.server_settings import ServerSettings
from bot.ports.comparisons import Comparisons
from bot.ports.contest_results import ContestResults
from bot.ports.contests import ContestRepository
from bot.ports.drafts import Drafts
from bot.ports.films import FilmRepository
from bot.ports.gallery import GalleryRepository, StarRepository
from bot.ports.presence import PresenceRepository
from bot.ports.shards import ShardRange
from bot.ports.styles import StyleRepository
from bot.ports.writer import WriterLedger


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingConfirmation:
    """A *Remix this?* message below a member's reply. `message_id`: its id, None until Discord has confirmed it."""

    order_message_id: int
    message_id: int | None
    channel_id: int
    guild_id: int
    user_id: int
    job_id: str  # the video that was replied to
    expires_at: float
    asked: str | None = None  # a kind of video, `again` or `delete`; None in rows of older versions
    price_micros: int | None = None  # the price that was shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A member who can't request videos until then, in UTC seconds; None means permanently."""

    user_id: int
    until: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsChange:
    """An entry of a server's audit log. `what` is a field of ServerSettings, or `blocked`."""

    user_id: int
    at: float
    what: str
    was: Any
    became: Any


HIDDEN_MODEL = "hidden"  # the model and the account of a comparison's takes in reports, until they are revealed


class UsageRow(NamedTuple):
    """A member's usage of a model on one UTC day, without released money. A tuple: reports build ten thousand.

    `real_micros`: the part of `micros` that providers have reported; the rest is estimated.
    """

    day: date
    user_id: int
    model: str
    account: str
    videos: int
    micros: int
    real_micros: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasableVideo:
    """A video whose prompt and files can be deleted. `message_id`: the message with the video, if any."""

    job_id: str
    code: str
    clip_file: str | None
    guild_id: int
    channel_id: int
    message_id: int | None


class PendingConfirmations(Protocol):
    """At most one open confirmation per reply, even if Discord delivers the reply twice."""

    async def open(self, confirmation: PendingConfirmation) -> bool:
        """Store a confirmation. Return False if the reply already has one."""

    async def set_message(self, order_message_id: int, message_id: int) -> None:
        """Store the id of our message."""

    async def change(self, confirmation: PendingConfirmation) -> None:
        """Store what is asked now, its price, and when it expires."""

    async def find(self, message_id: int, order_message_id: int) -> PendingConfirmation | None:
        """Return the open confirmation of our message.

        If the process died before the message's id was stored, it is found by the reply instead.
        """

    async def close(self, order_message_id: int) -> PendingConfirmation | None:
        """Delete a confirmation and return it. Return None if it was deleted before."""

    async def all(self) -> list[PendingConfirmation]:
        """List the open confirmations, the first to expire first."""


class JobQueries(Protocol):
    """Lists of jobs. Every list is of one server; the caller chooses the channels."""

    async def channels(self, guild_id: int, known: Collection[int]) -> list[int]:
        """List those of these channels that have posted videos."""

    async def videos(
        self,
        guild_id: int,
        channels: Collection[int],
        *,
        member_id: int | None = None,
        limit: int,
        offset: int = 0,
    ) -> list[Job]:
        """List the posted videos in these channels, newest first. `member_id`: only those requested by this member."""

    async def search(
        self, guild_id: int, channels: Collection[int], *, for_user: int, words: str = "", limit: int
    ) -> list[Job]:
        """List videos that this member may use, newest first, without those of others marked *not for remixing*.

        `words`: each one must be in the prompt or start the code. Older videos are found by their exact code only.
        """

    async def count(self, guild_id: int, channels: Collection[int], *, member_id: int | None = None) -> int:
        """Return the number of `videos`."""

    async def of_member(self, guild_id: int, user_id: int, *, limit: int, offset: int = 0) -> list[Job]:
        """List a member's own jobs here, the running ones first, then the newest."""

    async def count_of_member(self, guild_id: int, user_id: int) -> int:
        """Return the number of jobs of `of_member`."""

    async def family(self, guild_id: int, root_id: str, limit: int) -> list[Job]:
        """List a job and its remixes of every generation, parents before children."""

    async def films_of(self, guild_id: int, root_id: str, limit: int) -> list[tuple[Job, str]]:
        """List the films that join a video of this family, each with the id of that video, oldest first."""

    async def has_replied(self, guild_id: int, user_id: int) -> bool:
        """Return whether a member has ordered a video by reply."""

    async def active_channels(self, limit: int, shards: ShardRange | None = None) -> list[int]:
        """List the channels with videos, open jobs or gallery posts, the last used first.

        `shards`: only those of servers on these.
        """


class MemberRepository(Protocol):
    """Display names and languages of members, as last seen."""

    async def record(self, guild_id: int, user_id: int, name: str, now: float, locale: str | None = None) -> None:
        """Store a member's name and locale. Without a locale the stored one stays."""

    async def locale(self, guild_id: int, user_id: int) -> str | None:
        """Return the last locale of this member's client."""

    async def names(self, guild_id: int, user_ids: Collection[int]) -> dict[int, str]:
        """Return names by user id, of those of these members who have used the bot here."""


class ServerRepository(Protocol):
    """Settings of servers, their audit log, blocked members and abuse reports."""

    async def settings(self, guild_id: int) -> ServerSettings: ...

    async def save_settings(self, guild_id: int, rules: ServerSettings) -> None: ...

    async def edit_settings(
        self, guild_id: int, user_id: int, now: float, edit: Callable[[ServerSettings], ServerSettings]
    ) -> ServerSettings:
        """Apply `edit` to the current settings in one transaction, and record every difference in the audit log."""

    async def audit(self, guild_id: int, *, limit: int, offset: int = 0) -> list[SettingsChange]:
        """List the audit log, newest first."""

    async def count_audit(self, guild_id: int) -> int: ...

    async def block(self, guild_id: int, user_id: int, until: float | None, *, by_id: int, now: float) -> None:
        """Block a member until then, in UTC seconds; None means permanently."""

    async def unblock(self, guild_id: int, user_id: int, *, by_id: int, now: float) -> bool: ...

    async def blocked(self, guild_id: int, user_id: int, now: float) -> Block | None:
        """Return a member's current block, or None."""

    async def blocks(self, guild_id: int, now: float, limit: int = 25) -> list[Block]:
        """List the current blocks, newest first."""

    async def record_report(self, guild_id: int, job_id: str, user_id: int, now: float) -> bool:
        """Record an abuse report. Return False if this member has reported this video before."""


class UsageRepository(Protocol):
    """Usage that counts toward limits and budgets."""

    async def totals(self, guild_id: int, user_id: int, at: float) -> UsageTotals: ...

    async def by_day(self, guild_id: int, since: float, *, user_id: int | None = None) -> list[UsageRow]:
        """List usage by day since then, of one member or of all."""


class RetentionRepository(Protocol):
    """Deletes prompts, pictures and personal data from the database."""

    async def expired(self, now: float, limit: int) -> list[ErasableVideo]:
        """List ended videos that are older than their server's retention.

        Also members' own videos whose message was deleted, or that weren't copied within a day.
        """

    async def of_member(self, user_id: int, limit: int) -> list[ErasableVideo]:
        """List a member's ended videos on every server that still have their prompt."""

    async def unfinished(self, user_id: int) -> list[str]:
        """List a member's jobs on every server that haven't ended, oldest first."""

    async def undecided(self, before: float, user_id: int | None = None) -> list[str]:
        """List the jobs, of one member or of all, that have waited for a decision since before this time."""

    async def erase(self, jobs: Collection[ErasableVideo]) -> None:
        """Delete the prompts, pictures and providers' links of videos. The rows stay: limits and sums need them."""

    async def clear_provider_ids(self, deleted_before: float) -> None:
        """Delete what providers gave beside the task id of videos that were deleted before then or have no prompt.

        It stays while a remix that isn't done needs it.
        """

    async def request_deletion(self, user_id: int, now: float, *, videos: bool = False) -> None:
        """Delete a member's names at once, and schedule the deletion of the rest for when their jobs have ended.

        With `videos`, no job of before `now` is posted any more.
        """

    async def requested_deletions(self) -> list[int]:
        """List the members whose deletion is scheduled."""

    async def erase_member(self, user_id: int, today: int) -> bool:
        """Remove a member's id from rows of earlier days. Return True if nothing is left."""

    async def expire_flags(self, now: float) -> int:
        """Delete flags that no longer have an effect, and drafts of more than a day. Return how many flags."""

    async def record_leaving(self, guild_id: int, now: float) -> None:
        """Record that the bot has left a server."""

    async def record_joining(self, guild_id: int) -> None: ...

    async def servers(self) -> list[int]:
        """List the servers that the database has data of."""

    async def left_before(self, before: float) -> list[int]:
        """List the servers that the bot left before this time."""

    async def of_server(self, guild_id: int, limit: int) -> list[ErasableVideo]: ...

    async def erase_server(self, guild_id: int) -> None:
        """Delete everything of a server except its sums, which stay without user ids."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Repositories:
    """All repositories of one database."""

    job_queries: JobQueries
    confirmations: PendingConfirmations
    drafts: Drafts
    films: FilmRepository
    members: MemberRepository
    servers: ServerRepository
    styles: StyleRepository
    stars: StarRepository
    gallery: GalleryRepository
    contests: ContestRepository
    contest_results: ContestResults
    usage: UsageRepository
    retention: RetentionRepository
    writer_ledger: WriterLedger
    comparisons: Comparisons
    presence: PresenceRepository
