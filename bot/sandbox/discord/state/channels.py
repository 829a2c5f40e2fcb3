"""Channels, threads and DMs with their messages."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from bot.sandbox.discord.state.events import Event
from bot.sandbox.discord.state.overwrites import Overwrites
from bot.sandbox.discord.state.permissions import bits

if TYPE_CHECKING:
    from bot.sandbox.discord.state.guilds import Guild
    from bot.sandbox.discord.state.members import Member
    from bot.sandbox.discord.state.messages import LocalMessage
    from bot.sandbox.discord.state.roles import Role
    from bot.sandbox.discord.state.users import User
    from bot.sandbox.discord.state.world import World

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


@dataclass(eq=False, kw_only=True)
class Channel:
    """A place with messages; `parent` is set for threads, `recipients` for direct conversations."""

    world: "World" = field(repr=False)
    id: int
    name: str
    kind: ChannelKind = "text"
    guild: "Guild | None" = field(default=None, repr=False)
    parent: "Channel | None" = field(default=None, repr=False)
    recipients: "tuple[User, ...]" = field(default=(), repr=False)
    topic: str | None = None
    marked_nsfw: bool = False
    position: int = 0
    owner_id: int = 0
    archived: bool = False
    locked: bool = False
    deleted: bool = False
    overwrites: Overwrites = field(default_factory=Overwrites, repr=False)
    thread_members: dict[int, datetime] = field(default_factory=dict, repr=False)
    log: "list[LocalMessage]" = field(default_factory=list, repr=False)

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
        """Age-restricted; a thread is what its parent is."""
        return (self.parent or self).marked_nsfw

    @property
    def messages(self) -> "list[LocalMessage]":
        """Not deleted, oldest first, including those that only one person sees (`ephemeral_to`)."""
        return [message for message in self.log if not message.deleted]

    @property
    def mention(self) -> str:
        return f"<#{self.id}>"

    @property
    def link(self) -> str:
        return f"https://discord.com/channels/{self.guild.id if self.guild else '@me'}/{self.id}"

    @property
    def threads(self) -> "list[Channel]":
        """The threads under this channel, archived ones too."""
        return [thread for thread in (self.guild.threads if self.guild else []) if thread.parent is self]

    def forbid(self, target: "Member | Role | User", *names: str) -> None:
        """Deny permissions here to a member, a role or the bot (`discord.bot_user`)."""
        self._change(target, deny=bits(*names))

    def allow(self, target: "Member | Role | User", *names: str) -> None:
        """Grant permissions here, overriding the roles."""
        self._change(target, allow=bits(*names))

    def clear(self, target: "Member | Role | User") -> None:
        """Take this channel's own rules for a target away."""
        (self.parent or self).overwrites.clear(target.id)
        self.changed()

    def _change(self, target: "Member | Role | User", *, allow: int = 0, deny: int = 0) -> None:
        is_role = self.guild is not None and self.guild.role(target.id) is not None
        (self.parent or self).overwrites.change(target.id, 0 if is_role else 1, allow=allow, deny=deny)
        (self.parent or self).changed()

    def changed(self) -> None:
        self.world.bus.publish(Event(kind="channel_changed", guild=self.guild, channel=self))

    def set_nsfw(self, nsfw: bool) -> None:
        (self.parent or self).marked_nsfw = nsfw
        (self.parent or self).changed()

    def add_thread(
        self, name: str, *, private: bool = False, members: "tuple[Member, ...]" = (), bot: bool = True
    ) -> "Channel":
        """Start a thread (or a forum post); `bot` says whether the bot is in it from the start."""
        return self.world.open_thread(
            self, name, private=private, owner=None, member_ids=[m.id for m in members], bot=bot
        )

    def archive(self, *, locked: bool = False) -> None:
        """Archive this thread; a locked one takes a moderator to wake."""
        self.archived, self.locked = True, locked
        self.changed()

    def unarchive(self) -> None:
        self.archived = self.locked = False
        self.changed()

    def join(self, who: "Member | User") -> None:
        """Add a user to this thread."""
        self.thread_members.setdefault(who.id, self.world.clock.utc())
        self._members_changed(who.id)

    def leave(self, who: "Member | User") -> None:
        self.thread_members.pop(who.id, None)
        self._members_changed(who.id)

    def _members_changed(self, user_id: int) -> None:
        self.world.bus.publish(Event(kind="thread_members", guild=self.guild, channel=self, user_ids=(user_id,)))

    def delete(self) -> None:
        """Remove this channel; everything in it is gone with it."""
        for thread in self.threads:
            thread.delete()
        self.deleted = True
        self.world.channels.pop(self.id, None)
        if self.guild is not None:
            self.guild.channels = [c for c in self.guild.channels if c is not self]
            self.guild.threads = [c for c in self.guild.threads if c is not self]
        self.world.bus.publish(Event(kind="channel_gone", guild=self.guild, channel=self))
