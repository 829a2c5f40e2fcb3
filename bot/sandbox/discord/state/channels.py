"""Channels, threads and direct conversations with their messages."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

from bot.sandbox.discord.errors import Json
from bot.sandbox.discord.state.attachments import Attachment
from bot.sandbox.discord.state.automod import AutoMod
from bot.sandbox.discord.state.blobs import Upload
from bot.sandbox.discord.state.event_kinds import Kind
from bot.sandbox.discord.state.memberships import Membership
from bot.sandbox.discord.state.message_flags import COMPONENTS_V2, DEFAULT, LOADING
from bot.sandbox.discord.state.overwrites import Overwrites
from bot.sandbox.discord.state.permission_bits import bits
from bot.sandbox.discord.state.roles import Role
from bot.sandbox.discord.state.snowflake import Clock
from bot.sandbox.discord.state.users import User

ChannelKind = Literal["text", "dm", "voice", "category", "news", "public_thread", "private_thread", "forum"]
TYPES: dict[ChannelKind, int] = {
    "text": 0,
    "dm": 1,
    "voice": 2,
    "category": 4,
    "news": 5,
    "public_thread": 11,
    "private_thread": 12,
    "forum": 15,
}


class ChannelGuild(Protocol):
    """What a channel's users need of its guild."""

    id: int
    locale: str
    upload_limit_bytes: int
    automod: AutoMod
    everyone: Role
    roles: list[Role]
    channels: "list[Channel]"
    threads: "list[Channel]"
    commands: list[Json]

    @property
    def owner_id(self) -> int: ...

    @property
    def bot(self) -> Membership | None: ...

    def role(self, role_id: int) -> Role | None: ...

    def member(self, who: User | int) -> Membership | None: ...


class ChannelWorld(Protocol):
    """What a channel and its users need of the world."""

    clock: Clock
    upload_limit_bytes: int
    bot_user: User
    users: dict[int, User]
    messages: "dict[int, LocalMessage]"

    def publish(self, kind: Kind, *, channel: "Channel", user_ids: tuple[int, ...] = ()) -> None: ...

    def attach(self, upload: Upload, channel_id: int, *, ephemeral: bool = False) -> Attachment: ...

    def open_thread(
        self, parent: "Channel", name: str, *, private: bool, owner: User | None, member_ids: list[int], bot: bool
    ) -> "Channel": ...

    def remove_channel(self, channel: "Channel") -> None: ...


@dataclass(frozen=True, kw_only=True)
class Forwarded:
    """What a forward shows: where the original is, and a copy of it that never changes."""

    message_id: int
    channel_id: int
    guild_id: int | None
    snapshot: Json = field(repr=False)


@dataclass(eq=False, kw_only=True)
class LocalMessage:
    """A message. `ephemeral_to` is the id of the only person who sees it, or None."""

    id: int
    channel: "Channel" = field(repr=False)
    author: User
    content: str = ""
    attachments: list[Attachment] = field(default_factory=list)
    embeds: list[Json] = field(default_factory=list)
    components: list[Json] = field(default_factory=list, repr=False)
    reference_id: int | None = None
    forwarded: Forwarded | None = field(default=None, repr=False)
    mentions: list[User] = field(default_factory=list)
    mention_role_ids: list[int] = field(default_factory=list)
    mention_everyone: bool = False
    ephemeral_to: int | None = None
    flags: int = 0
    nonce: str | int | None = None
    type: int = DEFAULT
    created_at: datetime
    edited_at: datetime | None = None
    edits: list[str] = field(default_factory=list)
    deleted: bool = False
    reactions: dict[str, list[int]] = field(default_factory=dict)
    interaction_id: int | None = None
    interaction_metadata: Json | None = field(default=None, repr=False)
    thread: "Channel | None" = field(default=None, repr=False)
    extra: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def author_id(self) -> int:
        return self.author.id

    @property
    def is_bot(self) -> bool:
        return self.author.bot

    @property
    def from_interaction(self) -> bool:
        """Return whether this is an interaction's response or follow-up, not a regular message."""
        return self.interaction_id is not None

    @property
    def mention_ids(self) -> list[int]:
        return [user.id for user in self.mentions]

    @property
    def loading(self) -> bool:
        """Return whether this is a deferred response, shown as "is thinking…"."""
        return bool(self.flags & LOADING)

    @property
    def is_v2(self) -> bool:
        return bool(self.flags & COMPONENTS_V2)

    @property
    def link(self) -> str:
        return f"{self.channel.link}/{self.id}"


@dataclass(eq=False, kw_only=True)
class Channel:
    """A channel; `parent` is set for threads, `recipients` for direct conversations."""

    world: ChannelWorld = field(repr=False)
    id: int
    name: str
    kind: ChannelKind = "text"
    guild: ChannelGuild | None = field(default=None, repr=False)
    parent: "Channel | None" = field(default=None, repr=False)
    recipients: tuple[User, ...] = field(default=(), repr=False)
    topic: str | None = None
    marked_nsfw: bool = False
    position: int = 0
    owner_id: int = 0
    archived: bool = False
    locked: bool = False
    deleted: bool = False
    overwrites: Overwrites = field(default_factory=Overwrites, repr=False)
    thread_members: dict[int, datetime] = field(default_factory=dict, repr=False)
    log: list[LocalMessage] = field(default_factory=list, repr=False)

    @property
    def type(self) -> int:
        return TYPES[self.kind]

    @property
    def is_thread(self) -> bool:
        return self.parent is not None

    @property
    def private(self) -> bool:
        return self.kind == "private_thread"

    @property
    def nsfw(self) -> bool:
        """Return whether the channel, or a thread's parent, is age-restricted."""
        return (self.parent or self).marked_nsfw

    @property
    def messages(self) -> list[LocalMessage]:
        """The messages that aren't deleted, oldest first, including ephemeral ones."""
        return [message for message in self.log if not message.deleted]

    @property
    def mention(self) -> str:
        return f"<#{self.id}>"

    @property
    def link(self) -> str:
        return f"https://discord.com/channels/{self.guild.id if self.guild else '@me'}/{self.id}"

    @property
    def threads(self) -> "list[Channel]":
        """The threads under this channel, including archived ones."""
        return [thread for thread in (self.guild.threads if self.guild else []) if thread.parent is self]

    def forbid(self, target: Membership | Role | User, *names: str) -> None:
        """Deny permissions here to a member, a role or the bot (`discord.bot_user`)."""
        self._change(target, deny=bits(*names))

    def allow(self, target: Membership | Role | User, *names: str) -> None:
        """Grant permissions here, overriding the roles."""
        self._change(target, allow=bits(*names))

    def clear(self, target: Membership | Role | User) -> None:
        """Remove this channel's overwrite for a target."""
        (self.parent or self).overwrites.clear(target.id)
        self.changed()

    def _change(self, target: Membership | Role | User, *, allow: int = 0, deny: int = 0) -> None:
        is_role = self.guild is not None and self.guild.role(target.id) is not None
        (self.parent or self).overwrites.change(target.id, 0 if is_role else 1, allow=allow, deny=deny)
        (self.parent or self).changed()

    def changed(self) -> None:
        self.world.publish("channel_changed", channel=self)

    def set_nsfw(self, nsfw: bool) -> None:
        (self.parent or self).marked_nsfw = nsfw
        (self.parent or self).changed()

    def add_thread(
        self, name: str, *, private: bool = False, members: tuple[Membership, ...] = (), bot: bool = True
    ) -> "Channel":
        """Start a thread (or a forum post); `bot`: the bot is a member from the start."""
        return self.world.open_thread(
            self, name, private=private, owner=None, member_ids=[m.id for m in members], bot=bot
        )

    def archive(self, *, locked: bool = False) -> None:
        """Archive this thread; only a moderator can unarchive a locked one."""
        self.archived, self.locked = True, locked
        self.changed()

    def lock(self) -> None:
        """Lock this thread without archiving it; only a moderator can post."""
        self.locked = True
        self.changed()

    def unarchive(self) -> None:
        self.archived = self.locked = False
        self.changed()

    def join(self, who: Membership | User) -> None:
        """Add a user to this thread."""
        self.thread_members.setdefault(who.id, self.world.clock.utc())
        self.world.publish("thread_members", channel=self, user_ids=(who.id,))

    def leave(self, who: Membership | User) -> None:
        self.thread_members.pop(who.id, None)
        self.world.publish("thread_members", channel=self, user_ids=(who.id,))

    def delete(self) -> None:
        """Remove this channel with its threads."""
        for thread in self.threads:
            thread.delete()
        self.deleted = True
        self.world.remove_channel(self)
        self.world.publish("channel_gone", channel=self)
