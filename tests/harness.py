"""Test harness: a local Discord, local providers and the bot in this process, with short delays and no rate limits."""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from discord.backoff import ExponentialBackoff

from bot.app import App
from bot.client import RetakeBot, configure_endpoints
from bot.sandbox.discord import Channel, Guild, Interaction, LocalDiscord, LocalMessage, Member
from bot.sandbox.providers import LocalToAPIs
from bot.sandbox.providers.server import LocalProvider
from bot.settings import AccountSettings, Settings
from bot.store.sql_database import SqlDatabase
from tests.stores import on_postgres, open_database, url_of

TIMEOUT_S = 60.0
T = TypeVar("T")


@dataclass
class BotHarness:
    """The running bot and its surroundings. Alice and Bob are members of the server."""

    discord: LocalDiscord
    provider: LocalToAPIs
    data: Path
    guild: Guild
    channel: Channel
    alice: Member
    bob: Member
    other_providers: tuple[LocalProvider, ...] = ()
    setting_overrides: dict[str, object] = field(default_factory=dict)
    account_overrides: dict[str, dict[str, object]] = field(default_factory=dict)  # by the account's name
    app: App | None = None
    _running: asyncio.Task[int] | None = None
    database: SqlDatabase | None = None

    def settings(self) -> Settings:
        accounts = {
            account.name: AccountSettings.model_validate(
                {
                    "kind": account.name,
                    "key": account.api_key,
                    "base_url": account.base_url,
                    **self.account_overrides.get(account.name, {}),
                }
            )
            for account in (self.provider, *self.other_providers)
        }
        hosts = [self.discord.port, *(account.port for account in (self.provider, *self.other_providers))]
        values: dict[str, object] = {
            "discord_token": self.discord.token,
            "discord_api": self.discord.api_base,
            "discord_gateway": self.discord.gateway_url,
            "discord_cdn": self.discord.cdn_base,
            "data": self.data,
            "database_url": url_of(self.data / "retake.sqlite3") or None,
            "allow_hosts": tuple(f"127.0.0.1:{port}" for port in hosts),
            "first_check_s": 0.02,
            "check_every_s": 0.05,
            **self.setting_overrides,
        }
        settings = Settings.model_validate(values)
        return settings.model_copy(update={"accounts": accounts})

    async def start(self) -> None:
        """Start the bot and wait until it is ready."""
        await self.launch()
        await self.discord.bot_ready(TIMEOUT_S)

    async def launch(self) -> None:
        """Start the bot without waiting for Discord."""
        settings = self.settings()
        configure_endpoints(settings.discord_api, settings.discord_gateway, settings.discord_cdn)
        self.database = await open_database(self.data / "retake.sqlite3")
        self.app = App(settings, self.database)
        self._running = asyncio.create_task(self.app.run())

    async def stop(self) -> None:
        """Stop the bot gracefully, if it is running."""
        if self.app is None or self._running is None or self.database is None:
            return
        self.app.stop()
        await self._running
        await self.app.close()
        await self.database.close()
        self.app = None

    @property
    def running(self) -> bool:
        """Whether the bot's run has neither ended nor failed."""
        return self._running is not None and not self._running.done()

    @property
    def bot(self) -> RetakeBot:
        """The running Discord client."""
        assert self.app is not None
        assert self.app._bot is not None
        return self.app._bot

    async def restart(self) -> None:
        await self.stop()
        await self.start()

    @property
    def clips(self) -> list[LocalMessage]:
        """Every posted message with a clip, in any channel."""
        return [message for message in self.discord.all_messages if message.attachments and message.is_bot]

    def clips_with_prompt(self, prompt: str) -> list[LocalMessage]:
        return [message for message in self.clips if prompt in message.content]

    async def wait_for_clip(self, prompt: str) -> LocalMessage:
        return await self.wait_until(lambda: next(iter(self.clips_with_prompt(prompt)), None))

    async def wait_until(self, condition: Callable[[], T | None], timeout_s: float = TIMEOUT_S) -> T:
        found = await self.discord.wait_for(condition, timeout_s)
        await self._posts_stored()
        return found

    async def _posts_stored(self) -> None:
        """Wait briefly until what was posted is stored: no member types a command as fast as a test on PostgreSQL.

        Presses and replies need no such wait: tests/regressions/test_press_before_commit.py.
        """
        posting = (
            "SELECT 1 FROM job WHERE state = 'received'"
            " OR (state = 'delivering' AND post_last_at IS NOT NULL AND lease_until IS NOT NULL)"
        )
        if not on_postgres() or self.app is None or self.database is None:
            return
        for _ in range(6):
            await asyncio.sleep(0.05)
            if not await self.database.run(posting):
                return

    async def status_of(self, interaction: Interaction) -> LocalMessage:
        """Return the status message of a command: the regular message that follows its private answer."""
        return await self.wait_until(lambda: status_message(self.discord, interaction))

    async def wait_for_message(self, text: str) -> LocalMessage:
        """Return the bot's first message that contains this text, ephemeral ones included."""
        return await self.wait_until(
            lambda: next((m for m in self.discord.all_messages if m.is_bot and says(m, text)), None)
        )


def status_message(discord: LocalDiscord, interaction: Interaction) -> LocalMessage | None:
    """Return the status message of a command, or None if it isn't posted yet or was deleted."""
    answer = interaction.message
    if answer is None or not answer.components:
        return None
    job_id = str(answer.components[0]["components"][0]["custom_id"]).split(":")[1]
    regular = [m for m in answer.channel.messages if m.ephemeral_to is None and f"v1:{job_id}:" in str(m.components)]
    return next((m for m in regular if f"v1:{job_id}:again" not in str(m.components)), None)


def says(message: LocalMessage, text: str) -> bool:
    return text in message.content or text in plain(message.content)


def plain(text: str) -> str:
    """Return a text with every command as /help: it's a mention once the commands are in sync, code or bare before."""
    return re.sub(r"`(/[^`/]+)`", r"\1", re.sub(r"</([^:>]+?)(?: panel)?:\d+>", r"/\1", text))


@contextlib.asynccontextmanager
async def open_harness(
    data: Path,
    *,
    other_providers: tuple[LocalProvider, ...] = (),
    start: bool = True,
    render_s: float = 0.1,
    account_overrides: dict[str, dict[str, object]] | None = None,
    **setting_overrides: object,
) -> AsyncIterator[BotHarness]:
    """Open a harness for the length of a block. `setting_overrides` are settings of the bot."""
    provider = LocalToAPIs(render_s=render_s)
    async with contextlib.AsyncExitStack() as stack:
        discord = await stack.enter_async_context(LocalDiscord(rate_limits=False))
        for account in (provider, *other_providers):
            await stack.enter_async_context(account)
        guild = discord.add_guild("Studio")
        harness = BotHarness(
            discord=discord,
            provider=provider,
            data=data,
            guild=guild,
            channel=guild.add_channel("videos"),
            alice=guild.add_member("alice"),
            bob=guild.add_member("bob"),
            other_providers=other_providers,
            setting_overrides=dict(setting_overrides),
            account_overrides=account_overrides or {},
        )
        try:
            if start:
                await harness.start()
            yield harness
        finally:
            await harness.stop()


def skip_pauses(harness: BotHarness) -> None:
    """Let a shard reconnect at once: after a pause of milliseconds, and without the 5 s between IDENTIFYs."""

    async def at_once(shard_id: int | None, *, initial: bool = False) -> None:
        await asyncio.sleep(0)

    harness.bot.before_identify_hook = at_once  # type: ignore[method-assign]
    for shard in harness.bot.shards.values():
        shard._parent._backoff = ExponentialBackoff(base=0.001)  # type: ignore[arg-type]  # seconds
