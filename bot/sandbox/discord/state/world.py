"""The state of a local Discord: guilds, channels, users, messages, interactions."""

import hashlib
import secrets
from collections.abc import Callable
from datetime import timedelta

from bot.sandbox.discord.errors import Json, no
from bot.sandbox.discord.state.attachments import Attachment
from bot.sandbox.discord.state.blobs import Blobs, Upload, content_type_of, dimensions, plain_name
from bot.sandbox.discord.state.channels import Channel, LocalMessage
from bot.sandbox.discord.state.event_kinds import Kind
from bot.sandbox.discord.state.events import Event, EventBus
from bot.sandbox.discord.state.guilds import Guild
from bot.sandbox.discord.state.interactions import Interaction
from bot.sandbox.discord.state.members import DiscordClient, Member
from bot.sandbox.discord.state.roles import Role
from bot.sandbox.discord.state.snowflake import Clock, Snowflakes
from bot.sandbox.discord.state.users import User

MIB = 1024 * 1024
SIGNED_FOR_S = 24 * 3600


class World:
    """The state of one local Discord, its clock and its stream of events."""

    def __init__(
        self,
        *,
        client: "Callable[[World], DiscordClient]",
        answer_within_s: float,
        upload_limit_bytes: int,
        message_content: bool,
        bot_name: str,
    ) -> None:
        self.answer_within_s = answer_within_s
        self.token_lives_s = 15 * 60.0
        self.nonce_window_s = 300.0
        self.upload_limit_bytes = upload_limit_bytes
        self.message_content = message_content
        self.cdn_base = ""
        self.clock, self.bus, self.blobs = Clock(), EventBus(), Blobs()
        self.ids = Snowflakes(self.clock)
        self.users: dict[int, User] = {}
        self.guilds: dict[int, Guild] = {}
        self.channels: dict[int, Channel] = {}
        self.messages: dict[int, LocalMessage] = {}
        self.interactions: dict[int, Interaction] = {}
        self.by_token: dict[str, Interaction] = {}
        self.attachments: dict[int, Attachment] = {}
        self.nonces: dict[tuple[int, str], tuple[int, float]] = {}
        self.commands: list[Json] = []
        self.commands_synced = 0
        self._dms: dict[int, Channel] = {}
        self._signing_key = secrets.token_bytes(16)
        self.application_id = self.ids.next()
        self.bot_user = User(id=self.application_id, name=bot_name, bot=True)
        self.users[self.bot_user.id] = self.bot_user
        self.client = client(self)

    def publish(
        self,
        kind: Kind,
        *,
        guild: Guild | None = None,
        channel: Channel | None = None,
        message: LocalMessage | None = None,
        interaction: Interaction | None = None,
        member: Member | None = None,
        role: Role | None = None,
        user: User | None = None,
        emoji: str | None = None,
        user_ids: tuple[int, ...] = (),
    ) -> None:
        """Publish an event. A channel's event belongs to the channel's guild."""
        event = Event(
            kind=kind,
            guild=self.guilds[channel.guild.id] if channel is not None and channel.guild is not None else guild,
            channel=channel,
            message=message,
            interaction=interaction,
            member=member,
            role=role,
            user=user,
            emoji=emoji,
            user_ids=user_ids,
        )
        self.bus.publish(event)

    async def next_event(self, timeout_s: float) -> None:
        """Return at the next event, or when the time is up."""
        await self.bus.changed(timeout_s)

    def add_user(self, name: str, *, locale: str = "en-US", bot: bool = False) -> User:
        user = User(id=self.ids.next(), name=name, locale=locale, bot=bot)
        self.users[user.id] = user
        return user

    def add_guild(self, name: str, *, with_bot: bool = True) -> Guild:
        """Add a guild with an owner account of its own. The bot has been there for a month."""
        guild = Guild(
            world=self,
            id=self.ids.next_guild(),
            name=name,
            owner=self.add_user(f"{name} owner"),
            upload_limit_bytes=self.upload_limit_bytes,
        )
        guild.add_member(user=guild.owner)
        self.guilds[guild.id] = guild
        if with_bot:
            guild.add_bot(joined_ago=timedelta(days=30))
        return guild

    def open_dm(self, user: User) -> Channel:
        """The conversation between a person and the bot, made on first use."""
        if user.id not in self._dms:
            channel = Channel(
                world=self, id=self.ids.next(), name=user.name, kind="dm", recipients=(user, self.bot_user)
            )
            self._dms[user.id] = self.channels[channel.id] = channel
        return self._dms[user.id]

    def open_thread(
        self,
        parent: Channel,
        name: str,
        *,
        private: bool,
        owner: User | None,
        member_ids: list[int],
        bot: bool,
        thread_id: int | None = None,
    ) -> Channel:
        """Open a thread under a channel; a thread on a message has that message's id."""
        thread = Channel(
            world=self,
            id=thread_id or self.ids.next(),
            name=name,
            kind="private_thread" if private else "public_thread",
            guild=parent.guild,
            parent=parent,
            owner_id=owner.id if owner else (parent.guild.owner_id if parent.guild else 0),
        )
        for user_id in [*member_ids, *([self.bot_user.id] if bot else []), *([owner.id] if owner else [])]:
            thread.thread_members[user_id] = self.clock.utc()
        self.channels[thread.id] = thread
        if parent.guild is not None:
            parent.guild.threads.append(thread)
        self.publish("channel", channel=thread)
        return thread

    def remove_channel(self, channel: Channel) -> None:
        self.channels.pop(channel.id, None)
        if channel.guild is not None:
            guild = self.guilds[channel.guild.id]
            guild.channels = [c for c in guild.channels if c is not channel]
            guild.threads = [c for c in guild.threads if c is not channel]

    def channel(self, channel_id: int) -> Channel:
        """Raise ApiError 10003 if there is none."""
        channel = self.channels.get(channel_id)
        if channel is None:
            raise no(10003)
        return channel

    def message(self, channel: Channel, message_id: int) -> LocalMessage:
        """Raise ApiError 10008 if it is missing, deleted or ephemeral."""
        message = self.messages.get(message_id)
        if message is None or message.deleted or message.channel is not channel or message.ephemeral_to:
            raise no(10008)
        return message

    def attach(self, upload: Upload, channel_id: int, *, ephemeral: bool = False) -> Attachment:
        """Store a file under a new attachment id."""
        content_type = upload.content_type or content_type_of(upload.filename)
        attachment = Attachment(
            sign=self.signed,
            id=self.ids.next(),
            channel_id=channel_id,
            filename=plain_name(upload.filename),
            blob=self.blobs.keep(upload.data),
            content_type=content_type,
            description=upload.description,
            size_px=dimensions(upload.data, content_type),
            ephemeral=ephemeral,
        )
        self.attachments[attachment.id] = attachment
        return attachment

    def signature(self, path: str, expires: str) -> str:
        return hashlib.blake2b(f"{path}?{expires}".encode(), key=self._signing_key, digest_size=16).hexdigest()

    def signed(self, path: str) -> str:
        """A CDN address that works for a day."""
        now = int(self.clock.now())
        expires = f"{now + SIGNED_FOR_S:x}"
        return f"{self.cdn_base}{path}?ex={expires}&is={now:x}&hm={self.signature(path, expires)}"
