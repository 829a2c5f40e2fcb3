"""Guilds with their roles, members and channels."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

from bot.sandbox.discord.errors import Json
from bot.sandbox.discord.state.automod import AutoMod
from bot.sandbox.discord.state.boosts import UPLOAD_LIMIT_BYTES
from bot.sandbox.discord.state.channels import Channel, ChannelKind, ChannelWorld
from bot.sandbox.discord.state.event_kinds import Kind
from bot.sandbox.discord.state.members import DiscordClient, Member
from bot.sandbox.discord.state.permission_bits import BOT_ROLE, EVERYONE, bits
from bot.sandbox.discord.state.roles import Role
from bot.sandbox.discord.state.snowflake import Snowflakes
from bot.sandbox.discord.state.users import User


class GuildWorld(ChannelWorld, Protocol):
    """What a guild needs of the world."""

    client: DiscordClient
    ids: Snowflakes
    channels: dict[int, Channel]

    def publish(
        self,
        kind: Kind,
        *,
        guild: "Guild | None" = None,
        channel: Channel | None = None,
        member: Member | None = None,
        role: Role | None = None,
        user_ids: tuple[int, ...] = (),
    ) -> None: ...

    def add_user(self, name: str, *, locale: str = "en-US") -> User: ...


@dataclass(eq=False, kw_only=True)
class Guild:
    """A guild. `bot` is the application's member, or None if it isn't installed."""

    world: GuildWorld = field(repr=False)
    id: int
    name: str
    owner: User
    locale: str = "en-US"
    upload_limit_bytes: int
    premium_tier: int = 0
    automod: AutoMod = field(default_factory=AutoMod)
    everyone: Role = field(init=False, repr=False)
    bot_role: Role = field(init=False, repr=False)
    roles: list[Role] = field(default_factory=list, repr=False)
    members: dict[int, Member] = field(default_factory=dict, repr=False)
    channels: list[Channel] = field(default_factory=list, repr=False)
    threads: list[Channel] = field(default_factory=list, repr=False)
    commands: list[Json] = field(default_factory=list, repr=False)
    system_channel: Channel | None = field(default=None, repr=False)
    bot_additions: list[tuple[int, User]] = field(default_factory=list, repr=False)  # audit log: entry and inviter

    def __post_init__(self) -> None:
        bot = self.world.bot_user
        self.everyone = self._create_role(self.id, "@everyone", EVERYONE)
        self.bot_role = self._create_role(self.world.ids.next(), bot.name, BOT_ROLE, bot_id=bot.id)

    @property
    def owner_id(self) -> int:
        return self.owner.id

    @property
    def bot(self) -> Member | None:
        return self.members.get(self.world.bot_user.id)

    def _publish(self, kind: Kind, *, member: Member | None = None, role: Role | None = None) -> None:
        self.world.publish(kind, guild=self, member=member, role=role)

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
        self.world.publish("channel", channel=channel)
        return channel

    def add_role(self, name: str, *permissions: str) -> Role:
        role = self._create_role(self.world.ids.next(), name, bits(*permissions))
        self._publish("role", role=role)
        return role

    def _create_role(self, role_id: int, name: str, permissions: int, *, bot_id: int | None = None) -> Role:
        role = Role(
            id=role_id,
            name=name,
            permissions=permissions,
            position=len(self.roles),
            bot_id=bot_id,
            on_change=lambda changed: self._publish("role_changed", role=changed),
        )
        self.roles.append(role)
        return role

    def boost(self, tier: int) -> None:
        """Set the boost level (0 to 3), and the upload limit with it. Never below the limit of a new server."""
        self.premium_tier = tier
        self.upload_limit_bytes = max(self.world.upload_limit_bytes, UPLOAD_LIMIT_BYTES[tier])
        self._publish("guild_changed")

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
        member = self._join(account, given)
        self._publish("member", member=member)
        return member

    def _join(self, user: User, roles: list[Role]) -> Member:
        member = Member(
            guild=self,
            user=user,
            roles=roles,
            joined_at=self.world.clock.utc(),
            client=self.world.client,
            on_change=lambda changed: self._publish("member_changed", member=changed),
        )
        self.members[user.id] = member
        return member

    def _role_named(self, name: str, *permissions: str) -> Role:
        found = next((role for role in self.roles if role.name == name), None)
        return found or self.add_role(name, *permissions)

    def member(self, who: User | int) -> Member | None:
        """The membership of a user, by account or id."""
        return self.members.get(who if isinstance(who, int) else who.id)

    def remove_member(self, member: Member) -> None:
        """Remove a person. For the bot, use `remove_bot`."""
        del self.members[member.id]
        self._publish("member_gone", member=member)

    def remove_bot(self) -> None:
        """Uninstall our application here."""
        self._publish("guild_gone")
        self.members.pop(self.world.bot_user.id, None)

    def add_bot(self, *, by: Member | None = None, joined_ago: timedelta = timedelta()) -> None:
        """Install our application here, with its own role. `by` goes into the audit log."""
        bot = self._join(self.world.bot_user, [self.bot_role])
        bot.joined_at -= joined_ago
        if by is not None:
            self.bot_additions.append((self.world.ids.next(), by.user))
        self._publish("guild")
