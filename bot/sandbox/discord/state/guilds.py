"""Guilds with their roles, members and channels."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.sandbox.discord.errors import Json
from bot.sandbox.discord.state.channels import Channel, ChannelKind
from bot.sandbox.discord.state.events import Event, Kind
from bot.sandbox.discord.state.members import Member
from bot.sandbox.discord.state.permissions import bits
from bot.sandbox.discord.state.roles import Role
from bot.sandbox.discord.state.users import User

if TYPE_CHECKING:
    from bot.sandbox.discord.state.world import World


@dataclass(eq=False, kw_only=True)
class Guild:
    """A guild. `bot` is the application's member, or None if it isn't installed."""

    world: "World" = field(repr=False)
    id: int
    name: str
    owner: User
    locale: str = "en-US"
    upload_limit_bytes: int
    premium_tier: int = 0
    everyone: Role = field(init=False, repr=False)
    bot_role: Role = field(init=False, repr=False)
    roles: list[Role] = field(default_factory=list, repr=False)
    members: dict[int, Member] = field(default_factory=dict, repr=False)
    channels: list[Channel] = field(default_factory=list, repr=False)
    threads: list[Channel] = field(default_factory=list, repr=False)
    commands: list[Json] = field(default_factory=list, repr=False)

    @property
    def owner_id(self) -> int:
        return self.owner.id

    @property
    def bot(self) -> Member | None:
        return self.members.get(self.world.bot_user.id)

    def tell(self, kind: Kind, *, member: Member | None = None, role: Role | None = None) -> None:
        """Publish a change of this server."""
        self.world.bus.publish(Event(kind=kind, guild=self, member=member, role=role))

    def add_channel(
        self, name: str, *, kind: ChannelKind = "text", nsfw: bool = False, topic: str | None = None
    ) -> Channel:
        """A new channel: `text`, `news`, `forum`, `voice` or `category`."""
        channel = Channel(
            world=self.world,
            id=self.world.ids.next(),
            name=name,
            kind=kind,
            guild=self,
            marked_nsfw=nsfw,
            topic=topic,
            position=len(self.channels),
        )
        self.channels.append(channel)
        self.world.channels[channel.id] = channel
        self.world.bus.publish(Event(kind="channel", guild=self, channel=channel))
        return channel

    def add_role(self, name: str, *permissions: str) -> Role:
        role = Role(self, self.world.ids.next(), name, bits(*permissions))
        self.roles.append(role)
        self.tell("role", role=role)
        return role

    def role(self, role_id: int) -> Role | None:
        return next((role for role in self.roles if role.id == role_id), None)

    def add_member(
        self,
        name: str = "",
        *,
        manage: bool = False,
        locale: str = "en-US",
        user: User | None = None,
        roles: tuple[Role, ...] = (),
        permissions: tuple[str, ...] = (),
    ) -> Member:
        """Add a member. `manage` grants Manage Server and Manage Messages; `user` is an existing account."""
        account = user or self.world.add_user(name, locale=locale)
        given = list(roles)
        if manage:
            given.append(self._role_named("Managers", "manage_guild", "manage_messages"))
        if permissions:
            given.append(self._role_named(f"{account.name} may", *permissions))
        member = Member(guild=self, user=account, roles=given, joined_at=self.world.clock.utc())
        self.members[account.id] = member
        self.tell("member", member=member)
        return member

    def _role_named(self, name: str, *permissions: str) -> Role:
        found = next((role for role in self.roles if role.name == name), None)
        return found or self.add_role(name, *permissions)

    def member(self, who: User | int) -> Member | None:
        """The membership of a user, by account or id."""
        return self.members.get(who if isinstance(who, int) else who.id)

    def remove_member(self, member: Member) -> None:
        """A person leaves or is removed. For the bot itself use `remove_bot`."""
        del self.members[member.id]
        self.tell("member_gone", member=member)

    def remove_bot(self) -> None:
        """Uninstall our application here."""
        self.tell("guild_gone")
        self.members.pop(self.world.bot_user.id, None)

    def add_bot(self) -> None:
        """Install our application here, with its own role."""
        bot = Member(guild=self, user=self.world.bot_user, roles=[self.bot_role], joined_at=self.world.clock.utc())
        self.members[bot.id] = bot
        self.tell("guild")
