"""The Discord client: intents, lean caches, commands in sync, and the way from an event to whoever answers it."""

import asyncio
import hashlib
import importlib
import json
import logging
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from typing import Any

import discord
import yarl
from discord import app_commands
from discord.ext import commands

from bot.chat.components.buttons import JobAction, JobButton, PageButton, is_forged, job_of_buttons
from bot.chat.components.interactions import reply_privately
from bot.chat.components.prompt_modal import read_modal
from bot.chat.delivery.budget_alerts import BudgetAlerts
from bot.chat.permissions.video_access import VideoAccess
from bot.chat.requests.job_actions import JobActionHandler
from bot.chat.requests.submission import RequestSubmission
from bot.chat.services import ChatServices, build_chat_services
from bot.chat.settings_panel.forms import read_form
from bot.chat.settings_panel.items import PanelItem
from bot.chat.text.command_translator import Translator
from bot.i18n import _, set_locale, use_locale
from bot.jobs.errors import RetakeError, SourceNotFound
from bot.jobs.job import new_code
from bot.ordering.service import JobService
from bot.store.jobs import SqlJobStore
from bot.store.repositories import build_repositories
from bot.worker.context import JobContext
from bot.worker.engine import Worker

log = logging.getLogger("retake.client")

COGS = (
    "cogs.generate",
    "cogs.remix",
    "cogs.replies",
    "cogs.lists",
    "cogs.tree",
    "cogs.settings",
    "cogs.usage",
    "cogs.retention",
)


def own_commands() -> set[str]:
    """The names of the slash commands that the cogs declare."""
    modules = (importlib.import_module(name) for name in COGS)
    cogs = (each for module in modules for each in vars(module).values() if isinstance(each, commands.CogMeta))
    return {command.name for cog in cogs for command in cog.__cog_app_commands__}


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

    context: JobContext
    store: SqlJobStore
    job_service: JobService
    engine: Worker
    submission: RequestSubmission
    video_access: VideoAccess
    job_actions: JobActionHandler
    budget_alerts: BudgetAlerts


class CommandTree(app_commands.CommandTree["RetakeBot"]):
    """Commands live in servers only, and every failure has a sentence, in the language of whoever asked."""

    async def interaction_check(self, interaction: discord.Interaction["RetakeBot"], /) -> bool:
        set_locale(interaction.locale.value)  # the command, what it offers while typing and its errors run in this task
        return True

    async def on_error(
        self, interaction: discord.Interaction["RetakeBot"], error: app_commands.AppCommandError, /
    ) -> None:
        cause = error.original if isinstance(error, app_commands.CommandInvokeError) else error
        if isinstance(cause, RetakeError) and type(cause) is not RetakeError:
            await reply_privately(interaction, cause.sentence())
        elif isinstance(cause, app_commands.CommandSignatureMismatch | app_commands.CommandNotFound):
            await reply_privately(interaction, _("This command has just changed. Reload Discord and try again."))
        else:
            code = new_code()
            log.error("a command failed", exc_info=cause, extra={"code": code})
            await reply_privately(interaction, RetakeError(code=code).sentence())


class RetakeBot(commands.AutoShardedBot):
    """The unprivileged client: guilds and messages, no members, no presences, no message content."""

    services: Services
    room: ChatServices

    def __init__(self, *, guild_ready_timeout: float = 2.0) -> None:
        intents = discord.Intents(guilds=True, guild_messages=True, dm_messages=True)
        super().__init__(
            command_prefix=commands.when_mentioned,
            help_command=None,
            tree_cls=CommandTree,
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

    async def setup_hook(self) -> None:
        self.room = self._build_services()
        self.add_dynamic_items(JobButton, PageButton, PanelItem)
        await self.tree.set_translator(Translator())
        for cog in COGS:
            await self.load_extension(cog)
        await self._sync_commands()

    def _build_services(self) -> ChatServices:
        made, repositories = self.services, build_repositories(self.services.store.database)
        room = build_chat_services(
            self,
            made.context,
            made.job_service,
            made.submission,
            made.video_access,
            made.job_actions,
            made.budget_alerts,
            repositories,
        )
        room.sweep.present = lambda: {guild.id for guild in self.guilds} if self.is_ready() else None
        return room

    async def on_job_button(self, interaction: discord.Interaction[Any], job_id: str, verb: JobAction) -> None:
        """A button of a job, from whichever process."""
        if verb is JobAction.REPORT:
            await self._answer_safely(interaction, self.room.component_router.ask_report(interaction, job_id))
            return
        whose = self.room.reply_handler if verb in (JobAction.YES, JobAction.NO) else self.services.job_actions
        await self._answer_safely(interaction, whose.on_button(interaction, job_id, verb))

    async def on_settings_item(self, interaction: discord.Interaction[Any], page: str, what: str) -> None:
        """A button or a menu that is about no job: settings, one's own data."""
        await self._answer_safely(interaction, self.room.component_router.on_item(interaction, page, what))

    async def on_page_button(self, interaction: discord.Interaction[Any], kind: str, member_id: int, page: int) -> None:
        """A button that turns a page."""
        await self._answer_safely(interaction, self.room.pages.on_page_button(interaction, kind, member_id, page))

    async def _answer_safely(self, interaction: discord.Interaction[Any], doing: Awaitable[None]) -> None:
        with use_locale(interaction.locale.value):
            try:
                await doing
            except Exception as error:
                # Kept alive: the event handler. The person is told that it is our fault.
                code = new_code()
                log.error("an answer failed", exc_info=error, extra={"code": code})
                await reply_privately(interaction, RetakeError(code=code).sentence())

    async def _sync_commands(self) -> None:
        """Tell Discord about the commands, if they are not what it was told last."""
        commands, translator = self.tree.get_commands(), Translator()
        payload = [await command.get_translated_payload(self.tree, translator) for command in commands]
        text = json.dumps([discord.__version__, sorted(payload, key=lambda c: c["name"])], sort_keys=True)
        digest = hashlib.sha256(text.encode()).hexdigest()
        name = f"commands:{self.application_id}"
        if (known := await self.services.store.get_flag(name)) is not None and known[0] == digest:
            return
        await self.tree.sync()
        await self.services.store.set_flag(name, digest, self.services.context.clock.now())
        log.info("commands synced")

    async def on_message(self, message: discord.Message, /) -> None:
        """No prefix commands: replies have a listener of their own. Of a clip of ours a first frame is kept."""
        if self.user is None or message.author.id != self.user.id or not message.attachments:
            return
        job_id = job_of_buttons(message)
        job = await self.services.store.job(job_id) if job_id is not None else None
        if job is not None:
            self.room.thumbnails.schedule(job, self.services.context.files.clips)

    async def on_interaction(self, interaction: discord.Interaction[Any]) -> None:
        """Modals are read here and nowhere else, whichever process has sent them; so is what discord.py drops."""
        self.services.context.foreground.mark_active()
        data: Mapping[str, Any] = interaction.data or {}
        if interaction.type is discord.InteractionType.component:
            if is_forged(interaction.message, str(data.get("custom_id", ""))):
                set_locale(interaction.locale.value)
                await reply_privately(interaction, SourceNotFound().sentence())
        elif interaction.type is discord.InteractionType.modal_submit and (form := read_modal(data)) is not None:
            await self._answer_safely(interaction, self.services.job_actions.on_modal(interaction, form))
        elif interaction.type is discord.InteractionType.modal_submit and (filled := read_form(data)) is not None:
            await self._answer_safely(interaction, self.room.component_router.on_modal(interaction, filled))
        if interaction.guild_id is not None and isinstance(interaction.user, discord.Member):
            now = self.services.context.clock.now()
            name = interaction.user.display_name
            await self.room.repositories.people.seen(
                interaction.guild_id, interaction.user.id, name, now, interaction.locale.value
            )

    async def on_guild_channel_update(self, _: discord.abc.GuildChannel, after: discord.abc.GuildChannel) -> None:
        await self._retry_parked(after.guild.id)

    async def on_guild_role_update(self, _: discord.Role, after: discord.Role) -> None:
        await self._retry_parked(after.guild.id)

    async def on_thread_update(self, _: discord.Thread, after: discord.Thread) -> None:
        await self._retry_parked(after.guild.id)

    async def on_guild_join(self, guild: discord.Guild) -> None:
        await self._retry_parked(guild.id)

    async def _retry_parked(self, guild_id: int) -> None:
        """What could not be posted may be posted now. Source: reference/reliability.md 2.5."""
        if await self.services.store.mark_parked_due(guild_id, self.services.context.clock.now()):
            self.services.engine.wake_up()

    async def on_raw_message_delete(self, event: discord.RawMessageDeleteEvent) -> None:
        await self._on_message_deleted(event.message_id)

    async def on_raw_bulk_message_delete(self, event: discord.RawBulkMessageDeleteEvent) -> None:
        for message_id in event.message_ids:
            await self._on_message_deleted(message_id)

    async def _on_message_deleted(self, message_id: int) -> None:
        """A result, or the reply that asked for one, was deleted."""
        job = await self.services.store.by_message(message_id)
        if job is None:
            await self.room.reply_handler.on_reply_deleted(message_id)
        elif job.post.result_message_id == message_id:
            await self.services.job_service.record_deletion(job.id)
            await asyncio.to_thread(self.room.thumbnails.drop, job)

    async def close(self) -> None:
        if hasattr(self, "room"):
            await self.room.thumbnails.close()
            await self.services.budget_alerts.close()
        await super().close()

    async def on_error(self, event_method: str, /, *args: Any, **kwargs: Any) -> None:
        log.exception("an event failed", extra={"event_id": event_method})
