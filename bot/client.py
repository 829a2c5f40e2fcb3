"""The Discord client: intents, lean caches, commands in sync, and the way from an event to whoever answers it."""

import hashlib
import json
import logging
from dataclasses import dataclass
from typing import Any

import discord
import yarl
from discord import app_commands
from discord.ext import commands

from bot.chat.access import Access
from bot.chat.buttons import JobButton
from bot.chat.modals import read_modal
from bot.chat.orders import Orders, refuse
from bot.chat.presses import JobPresses
from bot.jobs.desk import Desk
from bot.jobs.engine import Engine
from bot.jobs.errors import RetakeError
from bot.jobs.model import new_code
from bot.jobs.parts import Parts
from bot.store.jobs import JobStore

log = logging.getLogger("retake.client")

COGS = ("cogs.generate", "cogs.remix", "cogs.replies")


def configure_endpoints(api: str | None, gateway: str | None, cdn: str | None) -> None:
    """Point discord.py at another Discord; None leaves the real one."""
    if api is not None:
        discord.http.Route.BASE = api
    if gateway is not None:
        discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway)
    if cdn is not None:
        discord.asset.Asset.BASE = cdn


@dataclass(slots=True, kw_only=True)
class Services:
    """What cogs may use."""

    parts: Parts
    store: JobStore
    desk: Desk
    engine: Engine
    orders: Orders
    access: Access
    presses: JobPresses


class Tree(app_commands.CommandTree["RetakeBot"]):
    """Commands live in servers only, and every failure has a sentence."""

    async def on_error(
        self, interaction: discord.Interaction["RetakeBot"], error: app_commands.AppCommandError, /
    ) -> None:
        cause = error.original if isinstance(error, app_commands.CommandInvokeError) else error
        if isinstance(cause, RetakeError) and type(cause) is not RetakeError:
            await refuse(interaction, cause.sentence())
        elif isinstance(cause, app_commands.CommandSignatureMismatch | app_commands.CommandNotFound):
            await refuse(interaction, "This command has just changed. Reload Discord and try again.")
        else:
            code = new_code()
            log.error("a command failed", exc_info=cause, extra={"code": code})
            await refuse(interaction, RetakeError(code=code).sentence())


class RetakeBot(commands.AutoShardedBot):
    """The unprivileged client: guilds and messages, no members, no presences, no message content."""

    services: Services

    def __init__(self, *, guild_ready_timeout: float = 2.0) -> None:
        intents = discord.Intents(guilds=True, guild_messages=True, dm_messages=True)
        super().__init__(
            command_prefix=commands.when_mentioned,
            help_command=None,
            tree_cls=Tree,
            intents=intents,
            max_messages=None,
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            allowed_mentions=discord.AllowedMentions.none(),
            max_ratelimit_timeout=60.0,
            guild_ready_timeout=guild_ready_timeout,
            allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=False, private_channel=False),
            allowed_installs=app_commands.AppInstallationType(guild=True, user=False),
        )

    @property
    def presses(self) -> JobPresses:
        return self.services.presses

    async def setup_hook(self) -> None:
        self.add_dynamic_items(JobButton)
        for cog in COGS:
            await self.load_extension(cog)
        await self._sync()

    async def _sync(self) -> None:
        """Tell Discord about the commands, if they are not what it was told last."""
        payload = sorted((command.to_dict(self.tree) for command in self.tree.get_commands()), key=lambda c: c["name"])
        text = json.dumps([discord.__version__, payload], sort_keys=True)
        digest = hashlib.sha256(text.encode()).hexdigest()
        name = f"commands:{self.application_id}"
        if (known := await self.services.store.recall(name)) is not None and known[0] == digest:
            return
        await self.tree.sync()
        await self.services.store.remember(name, digest, self.services.parts.clock.now())
        log.info("commands synced")

    async def on_message(self, message: discord.Message, /) -> None:
        """No prefix commands: replies have a listener of their own."""

    async def on_interaction(self, interaction: discord.Interaction[Any]) -> None:
        """Modals are read here and nowhere else, whichever process has sent them."""
        if interaction.type is not discord.InteractionType.modal_submit:
            return
        form = read_modal(interaction.data or {})
        if form is None:
            return
        try:
            await self.presses.submitted(interaction, form)
        except Exception as error:
            # Kept alive: the event handler. The person is told that it is our fault.
            code = new_code()
            log.error("a modal failed", exc_info=error, extra={"code": code})
            await refuse(interaction, RetakeError(code=code).sentence())

    async def on_raw_message_delete(self, event: discord.RawMessageDeleteEvent) -> None:
        job = await self.services.store.by_message(event.message_id)
        if job is not None and job.result_message_id == event.message_id:
            await self.services.desk.deleted(job.id)

    async def on_error(self, event_method: str, /, *args: Any, **kwargs: Any) -> None:
        log.exception("an event failed", extra={"event_id": event_method})
