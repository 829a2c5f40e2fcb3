"""The seams to the small stores beside the jobs: lists, questions, names, rules. Knows no SQL."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from bot.jobs.job import Job
from bot.jobs.limits import UsageTotals
from bot.jobs.server_settings import ServerSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingConfirmation:
    """`Remix this?` below a member's reply. `message_id` is ours, None until Discord has taken it."""

    order_message_id: int
    message_id: int | None
    channel_id: int
    guild_id: int
    user_id: int
    job_id: str  # the video that the reply is about
    expires_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A member who may ask for nothing until then; None: for good."""

    user_id: int
    until: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsChange:
    """A row of a server's audit. `what` is a name of Rules, or `blocked`."""

    user_id: int
    at: float
    what: str
    was: Any
    became: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageRow:
    """What a member used of a model on one UTC day: not what was released."""

    day: date
    user_id: int
    model: str
    account: str
    videos: int
    micros: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasableVideo:
    """A video whose prompt and files are to go. `message_id` is the one that shows it, if any."""

    job_id: str
    code: str
    clip_file: str | None
    image_file: str | None
    guild_id: int
    channel_id: int
    message_id: int | None


class PendingConfirmations(Protocol):
    """At most one question a reply, however often Discord delivers it."""

    async def open(self, question: PendingConfirmation) -> bool:
        """Whether this reply had no question yet."""

    async def set_message(self, order_message_id: int, message_id: int) -> None:
        """Discord has taken our message."""

    async def find(self, message_id: int, order_message_id: int) -> PendingConfirmation | None:
        """The open question of our message; the reply that it answers names it where the process died in between."""

    async def close(self, order_message_id: int) -> PendingConfirmation | None:
        """Take a question away; None where somebody else did."""

    async def expired(self, now: float) -> list[PendingConfirmation]:
        """Questions whose time is up."""

    async def next_expiry(self) -> float | None: ...


class JobQueries(Protocol):
    """Many jobs at once. Every list names its server; which channels of it count is the caller's to decide."""

    async def channels(self, guild_id: int, known: Collection[int]) -> list[int]:
        """Those of these channels that have posted videos."""

    async def videos(
        self,
        guild_id: int,
        channels: Collection[int],
        *,
        member_id: int | None = None,
        limit: int,
        offset: int = 0,
    ) -> list[Job]:
        """Posted videos in these channels, newest first. `member_id`: asked for by this member."""

    async def search(
        self, guild_id: int, channels: Collection[int], *, for_user: int, words: str = "", limit: int
    ) -> list[Job]:
        """Videos that this member may remix, newest first: without those that others have marked `not for remixing`.

        `words`: each must be in the prompt, or the code begins with it. Reads only the newest videos.
        """

    async def count(self, guild_id: int, channels: Collection[int], *, member_id: int | None = None) -> int:
        """How many `videos` there are."""

    async def of_member(self, guild_id: int, user_id: int, *, limit: int, offset: int = 0) -> list[Job]:
        """A member's own jobs here: those that run first, then the recent ones."""

    async def count_of_member(self, guild_id: int, user_id: int) -> int:
        """How many jobs `of_member` goes through."""

    async def family(self, guild_id: int, root_id: str, limit: int) -> list[Job]:
        """Every job that goes back to this one, itself first; parents come before their children."""


class MemberRepository(Protocol):
    """Display names and languages, as last seen."""

    async def record(self, guild_id: int, user_id: int, name: str, now: float, locale: str | None = None) -> None:
        """A member acted under this name; without a locale the one that was seen before stays."""

    async def locale(self, guild_id: int, user_id: int) -> str | None:
        """The locale that this member's client was last seen in."""

    async def names(self, guild_id: int, user_ids: Collection[int]) -> dict[int, str]:
        """User id -> name, of those of these members who have asked for something here."""


class ServerRepository(Protocol):
    """What servers have set, and who is blocked there."""

    async def settings(self, guild_id: int) -> ServerSettings: ...

    async def save_settings(self, guild_id: int, rules: ServerSettings) -> None: ...

    async def edit_settings(
        self, guild_id: int, user_id: int, now: float, edit: Callable[[ServerSettings], ServerSettings]
    ) -> ServerSettings:
        """Change the rules as they are at this moment; every difference becomes a row of the audit."""

    async def audit(self, guild_id: int, *, limit: int, offset: int = 0) -> list[SettingsChange]:
        """Who changed what, the newest first."""

    async def count_audit(self, guild_id: int) -> int: ...

    async def block(self, guild_id: int, user_id: int, until: float | None, *, by_id: int, now: float) -> None:
        """Let a member ask for nothing until then; None: for good."""

    async def unblock(self, guild_id: int, user_id: int, *, by_id: int, now: float) -> bool: ...

    async def blocked(self, guild_id: int, user_id: int, now: float) -> Block | None:
        """The block that holds for a member now."""

    async def blocks(self, guild_id: int, now: float, limit: int = 25) -> list[Block]:
        """Who is blocked now, the latest first."""

    async def record_report(self, guild_id: int, job_id: str, user_id: int, now: float) -> bool:
        """Whether this member points at this video for the first time."""


class UsageRepository(Protocol):
    """What counts against limits."""

    async def totals(self, guild_id: int, user_id: int, at: float) -> UsageTotals: ...

    async def by_day(self, guild_id: int, since: float, *, user_id: int | None = None) -> list[UsageRow]:
        """Day by day since then, of one member or of all."""


class RetentionRepository(Protocol):
    """What is kept about people, and how it goes."""

    async def expired(self, now: float, limit: int) -> list[ErasableVideo]:
        """Ended videos that are older than their server keeps prompts."""

    async def of_member(self, user_id: int, limit: int) -> list[ErasableVideo]:
        """A member's ended videos, on every server, that still have their prompt."""

    async def undecided(self, before: float, user_id: int | None = None) -> list[str]:
        """Videos, of one member or of all, that have waited for a decision since before this time."""

    async def erase(self, jobs: Collection[ErasableVideo]) -> None:
        """Take prompts and pictures out of these rows; the rows stay, for limits and sums."""

    async def request_deletion(self, user_id: int, now: float) -> None:
        """A member wants everything gone: names at once, videos as they come to their end."""

    async def requested_deletions(self) -> list[int]:
        """Members who wait for that."""

    async def erase_member(self, user_id: int, today: int) -> bool:
        """Make a member's rows of earlier days nobody's; True where nothing is left."""

    async def expire_flags(self, now: float) -> int:
        """Delete flags that no longer have an effect. Return how many."""

    async def record_leaving(self, guild_id: int, now: float) -> None:
        """The bot is not on this server any more."""

    async def record_joining(self, guild_id: int) -> None: ...

    async def servers(self) -> list[int]:
        """Every server that there is something of."""

    async def left_before(self, before: float) -> list[int]:
        """Servers that the bot left before this time."""

    async def of_server(self, guild_id: int, limit: int) -> list[ErasableVideo]: ...

    async def erase_server(self, guild_id: int) -> None:
        """Take away all that is about a server but its sums, which stay under no one's name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Repositories:
    """The small stores together."""

    job_queries: JobQueries
    confirmations: PendingConfirmations
    members: MemberRepository
    servers: ServerRepository
    usage: UsageRepository
    retention: RetentionRepository
