"""A furnished local Discord and an unmodified discord.py bot to try it with."""

import asyncio
import contextlib
import io
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import discord as library
import pytest
import yarl
from discord.ext import commands
from PIL import Image

from bot.sandbox.discord import Channel, Guild, LocalDiscord, Member

Setup = Callable[["Bot"], Awaitable[None]]
START_WITHIN_S = 10.0


def _png() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (2, 3)).save(file, "PNG")
    return file.getvalue()


PNG = _png()
VIDEO = bytes(range(256)) * 1024


class Bot(commands.AutoShardedBot):
    """A bot whose commands a test adds in `setup`; it records the messages that it received."""

    def __init__(self, setup: Setup | None = None) -> None:
        intents = library.Intents(
            guilds=True, guild_messages=True, dm_messages=True, guild_reactions=True, dm_reactions=True
        )
        super().__init__(
            commands.when_mentioned,
            intents=intents,
            max_messages=None,
            member_cache_flags=library.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            allowed_mentions=library.AllowedMentions.none(),
            max_ratelimit_timeout=60,
            guild_ready_timeout=0.05,
            help_command=None,
        )
        self._setup = setup
        self.received: list[library.Message] = []
        self.resumes = 0
        self.set_up = asyncio.Event()

    async def setup_hook(self) -> None:
        if self._setup is not None:
            await self._setup(self)
        await self.tree.sync()
        self.set_up.set()

    async def on_message(self, message: library.Message) -> None:
        if message.author != self.user:
            self.received.append(message)

    async def on_resumed(self) -> None:
        self.resumes += 1

    def text(self, channel: Channel) -> library.TextChannel:
        found = self.get_channel(channel.id)
        assert isinstance(found, library.TextChannel)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Studio:
    """A server with a channel, a member and a manager."""

    discord: LocalDiscord
    guild: Guild
    channel: Channel
    alice: Member
    boss: Member

    @contextlib.asynccontextmanager
    async def bot(self, setup: Setup | None = None) -> AsyncIterator[Bot]:
        """A bot that is logged in and ready; gone at the end."""
        bot = Bot(setup)
        running = asyncio.create_task(bot.start(self.discord.token))
        ready = asyncio.create_task(_ready(bot))
        try:
            done, _ = await asyncio.wait([running, ready], timeout=START_WITHIN_S, return_when=asyncio.FIRST_COMPLETED)
            if running in done:
                await running
            await ready
            yield bot
        finally:
            ready.cancel()
            await bot.close()
            await asyncio.gather(running, return_exceptions=True)


async def _ready(bot: Bot) -> None:
    await bot.set_up.wait()
    await bot.wait_until_ready()


async def quick_shards(bot: Bot) -> None:
    """Let a bot identify without the pauses that discord.py makes."""

    async def at_once(shard_id: int | None, *, initial: bool = False) -> None: ...

    bot.before_identify_hook = at_once  # type: ignore[method-assign]


def point_at(discord: LocalDiscord, monkeypatch: pytest.MonkeyPatch) -> None:
    """Set the three addresses that discord.py starts from."""
    monkeypatch.setattr(library.http.Route, "BASE", discord.api_base)
    monkeypatch.setattr(library.gateway.DiscordWebSocket, "DEFAULT_GATEWAY", yarl.URL(discord.gateway_url))
    monkeypatch.setattr(library.asset.Asset, "BASE", discord.cdn_base)


def furnished(discord: LocalDiscord) -> Studio:
    guild = discord.add_guild("Studio")
    return Studio(
        discord=discord,
        guild=guild,
        channel=guild.add_channel("videos"),
        alice=guild.add_member("alice", locale="de"),
        boss=guild.add_member("boss", manage=True),
    )


def video(data: bytes = VIDEO) -> library.File:
    return library.File(io.BytesIO(data), filename="video.mp4", description="a storm, at night")


async def refused(doing: object) -> int:
    """The code that Discord refuses a call with."""
    assert hasattr(doing, "__await__")
    with pytest.raises(library.HTTPException) as error:
        await doing
    return error.value.code
