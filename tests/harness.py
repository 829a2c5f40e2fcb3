"""A small studio for tests: a local Discord, local providers and the bot in this process, quick and without limits."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from bot.app import App
from bot.client import configure_endpoints
from bot.sandbox.discord import Channel, Guild, LocalDiscord, LocalMessage, Member
from bot.sandbox.providers import LocalToAPIs
from bot.sandbox.providers.server import LocalProvider
from bot.settings import AccountSettings, Settings
from bot.store.database import Database

PATIENCE_S = 20.0
T = TypeVar("T")


@dataclass
class Studio:
    """Alice and Bob in #videos; Zoe is on another server."""

    discord: LocalDiscord
    provider: LocalToAPIs
    data: Path
    guild: Guild
    channel: Channel
    alice: Member
    bob: Member
    others: tuple[LocalProvider, ...] = ()
    changes: dict[str, object] = field(default_factory=dict)
    app: App | None = None
    _running: asyncio.Task[int] | None = None
    _database: Database | None = None

    def settings(self) -> Settings:
        accounts = {
            each.name: AccountSettings.model_validate(
                {"kind": each.name, "key": each.api_key, "base_url": each.base_url}
            )
            for each in (self.provider, *self.others)
        }
        hosts = [self.discord.port, *(each.port for each in (self.provider, *self.others))]
        values: dict[str, object] = {
            "discord_token": self.discord.token,
            "discord_api": self.discord.api_base,
            "discord_gateway": self.discord.gateway_url,
            "discord_cdn": self.discord.cdn_base,
            "data": self.data,
            "allow_hosts": tuple(f"127.0.0.1:{port}" for port in hosts),
            "first_check_s": 0.02,
            "check_every_s": 0.05,
            **self.changes,
        }
        settings = Settings.model_validate(values)
        return settings.model_copy(update={"accounts": accounts})

    async def start(self) -> None:
        """Start the bot and wait until it answers."""
        settings = self.settings()
        configure_endpoints(settings.discord_api, settings.discord_gateway, settings.discord_cdn)
        self._database = await Database.open(self.data / "retake.sqlite3")
        self.app = App(settings, self._database)
        self._running = asyncio.create_task(self.app.run())
        await self.discord.bot_ready(PATIENCE_S)

    async def stop(self) -> None:
        """End the bot in order, if it runs."""
        if self.app is None or self._running is None or self._database is None:
            return
        self.app.stop()
        await self._running
        await self.app.close()
        await self._database.close()
        self.app = None

    async def restart(self) -> None:
        await self.stop()
        await self.start()

    @property
    def clips(self) -> list[LocalMessage]:
        """Every message with a clip that was ever posted, in any channel."""
        return [each for each in self.discord.all_messages if each.attachments and each.is_bot]

    def clips_of(self, prompt: str) -> list[LocalMessage]:
        return [each for each in self.clips if prompt in each.content]

    async def clip_of(self, prompt: str) -> LocalMessage:
        return await self.until(lambda: next(iter(self.clips_of(prompt)), None))

    async def until(self, look: Callable[[], T | None], timeout_s: float = PATIENCE_S) -> T:
        return await self.discord.wait_for(look, timeout_s)

    async def said(self, words: str, channel: Channel | None = None) -> LocalMessage:
        """The first message of the bot, ephemeral ones too, that holds these words."""
        del channel
        return await self.until(
            lambda: next((m for m in self.discord.all_messages if m.is_bot and words in m.content), None)
        )


@contextlib.asynccontextmanager
async def open_studio(
    data: Path, *, others: tuple[LocalProvider, ...] = (), start: bool = True, render_s: float = 0.1, **changes: object
) -> AsyncIterator[Studio]:
    """A studio for the length of a block; `changes` are settings of the bot."""
    provider = LocalToAPIs(render_s=render_s)
    async with contextlib.AsyncExitStack() as stack:
        discord = await stack.enter_async_context(LocalDiscord(rate_limits=False))
        for each in (provider, *others):
            await stack.enter_async_context(each)
        guild = discord.add_guild("Studio")
        studio = Studio(
            discord=discord,
            provider=provider,
            data=data,
            guild=guild,
            channel=guild.add_channel("videos"),
            alice=guild.add_member("alice"),
            bob=guild.add_member("bob"),
            others=others,
            changes=dict(changes),
        )
        try:
            if start:
                await studio.start()
            yield studio
        finally:
            await studio.stop()
