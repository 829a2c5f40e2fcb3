"""The seams to the small stores beside the jobs: lists, questions, names, rules. Knows no SQL."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

from bot.jobs.model import Job
from bot.jobs.rules import Rules


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """`Remix this?` below a member's reply. `message_id` is ours, None until Discord has taken it."""

    order_message_id: int
    message_id: int | None
    channel_id: int
    guild_id: int
    user_id: int
    job_id: str  # the video that the reply is about
    expires_at: float


class Questions(Protocol):
    """At most one question a reply, however often Discord delivers it."""

    async def open(self, question: Question) -> bool:
        """Whether this reply had no question yet."""

    async def asked(self, order_message_id: int, message_id: int) -> None:
        """Discord has taken our message."""

    async def find(self, message_id: int, order_message_id: int) -> Question | None:
        """The open question of our message; the reply that it answers names it where the process died in between."""

    async def close(self, order_message_id: int) -> Question | None:
        """Take a question away; None where somebody else did."""

    async def expired(self, now: float) -> list[Question]:
        """Questions whose time is up."""

    async def next_expiry(self) -> float | None: ...


class Lists(Protocol):
    """Many jobs at once. Every list names its server; which channels of it count is the caller's to decide."""

    async def channels(self, guild_id: int) -> list[int]:
        """Where videos of this server lie."""

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
        """Posted videos in these channels, newest first.

        `member_id`: asked for by this member. `for_user`: without those that others have marked `not for remixing`.
        `words`: each must be in the prompt, or the code begins with it.
        """

    async def count(self, guild_id: int, channels: Collection[int], *, member_id: int | None = None) -> int:
        """How many `videos` there are."""

    async def of_member(self, guild_id: int, user_id: int, *, limit: int, offset: int = 0) -> list[Job]:
        """A member's own jobs here: those that run first, then the recent ones."""

    async def count_of_member(self, guild_id: int, user_id: int) -> int:
        """How many jobs `of_member` goes through."""

    async def family(self, guild_id: int, root_id: str, limit: int) -> list[Job]:
        """Every job that goes back to this one, itself first; parents come before their children."""


class People(Protocol):
    """Display names, as last seen."""

    async def seen(self, guild_id: int, user_id: int, name: str, now: float) -> None: ...

    async def names(self, guild_id: int) -> dict[int, str]:
        """User id -> name, of everybody who has asked for something here."""


class Servers(Protocol):
    """What servers have set."""

    async def rules(self, guild_id: int) -> Rules: ...

    async def set_rules(self, guild_id: int, rules: Rules) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """The small stores together."""

    lists: Lists
    questions: Questions
    people: People
    servers: Servers
