"""The Discord client: intents, caches, and dispatch of events to their handlers."""

import contextlib
import importlib
import logging
from collections.abc import Awaitable, Mapping
from typing import Any

import discord
import yarl
from discord import app_commands
from discord.ext import commands

from bot.chat.command_tree import CommandTree
from bot.chat.components.buttons import ANSWERS, JobAction, JobButton, PageButton, is_forged, job_of_buttons
from bot.chat.components.draft_items import DraftButton, FewerButton, read_draft_modal
from bot.chat.components.film_buttons import FilmAction, FilmButton
from bot.chat.components.improve_items import ImproveAction, ImproveButton, read_improve_modal
from bot.chat.components.interactions import reply_privately
from bot.chat.components.picture_modal import read_picture_modal
from bot.chat.components.prompt_modal import read_modal
from bot.chat.discord_errors import unexpected_error
from bot.chat.event_guard import close_socket, drop_unreadable_events, restart_after_any_error
from bot.chat.films.film_items import read_film_modal
from bot.chat.gateway.presence import on_session
from bot.chat.gateway.sharded_bot import ShardedBot
from bot.chat.services import ChatServices
from bot.chat.settings_panel.forms import read_form
from bot.chat.settings_panel.items import PanelItem
from bot.chat.text.command_translator import Translator
from bot.chat.text.escape import error_text
from bot.i18n import set_locale, use_locale
from bot.jobs.errors import BadWish, SourceNotFound
from bot.jobs.ids import new_code
from bot.jobs.rejections import StoreBusy
from bot.ports.clock import Clock
from bot.ports.identifies import IdentifyTurns
from bot.ports.patience import mark_answering
from bot.ports.shards import ShardRange

log = logging.getLogger("retake.client")

COGS = (
    "cogs.generate",
    "cogs.pictures",
    "cogs.compare",
    "cogs.remix",
    "cogs.film",
    "cogs.replies",
    "cogs.lists",
    "cogs.tree",
    "cogs.settings",
    "cogs.style",
    "cogs.stars",
    "cogs.contest",
    "cogs.usage",
    "cogs.retention",
)


CONTEXTS = app_commands.AppCommandContext(guild=True, dm_channel=False, private_channel=False)
INSTALLS = app_commands.AppInstallationType(guild=True, user=False)


def own_commands() -> set[str]:
    """Return the names of the slash commands that the cogs declare."""
    modules = (importlib.import_module(name) for name in COGS)
    cogs = (member for module in modules for member in vars(module).values() if isinstance(member, commands.CogMeta))
    return {command.name for cog in cogs for command in cog.__cog_app_commands__}


def configure_endpoints(api: str | None, gateway: str | None, cdn: str | None) -> None:
    """Point discord.py at other Discord endpoints. None keeps the real one."""
    if api is not None:
        discord.http.Route.BASE = api
    if gateway is not None:
        discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway)
    if cdn is not None:
        discord.asset.Asset.BASE = cdn


class RetakeBot(ShardedBot):
    """A client without privileged intents: guilds, messages, reactions; no members, presences or message content."""

    services: ChatServices  # set by `app.py` before the login

    def __init__(
        self,
        clock: Clock,
        *,
        gateway: str | None = None,
        shard_range: ShardRange | None = None,
        turns: IdentifyTurns | None = None,
    ) -> None:
        intents = discord.Intents(guilds=True, guild_messages=True, guild_reactions=True, dm_messages=True)
        super().__init__(
            clock=clock,
            gateway=gateway,
            shard_range=shard_range,
            turns=turns,
            command_prefix=commands.when_mentioned,
            help_command=None,
            tree_cls=CommandTree,
            intents=intents,
            max_messages=None,
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            allowed_mentions=discord.AllowedMentions.none(),
            max_ratelimit_timeout=60.0,
            allowed_contexts=CONTEXTS,
            allowed_installs=INSTALLS,
        )
        drop_unreadable_events(self)

    async def launch_shard(self, gateway: yarl.URL, shard_id: int, *, initial: bool = False) -> None:
        await super().launch_shard(gateway, shard_id, initial=initial)
        restart_after_any_error(self, shard_id)

    async def on_shard_disconnect(self, shard_id: int) -> None:
        await close_socket(self, shard_id)

    async def setup_hook(self) -> None:
        self.add_dynamic_items(JobButton, DraftButton, FewerButton, FilmButton, ImproveButton, PageButton, PanelItem)
        on_session(self, self.services.presence.list_shard)
        await self.tree.set_translator(Translator())
        for cog in COGS:
            await self.load_extension(cog)

    async def on_job_button(self, interaction: discord.Interaction[Any], job_id: str, verb: JobAction) -> None:
        """Dispatch a button of a job. Any process may have posted it."""
        if verb is JobAction.REPORT:
            await self._answer_safely(interaction, self.services.abuse_reports.ask(interaction, job_id))
            return
        handler = self.services.reply_handler if verb in ANSWERS else self.services.job_actions
        await self._answer_safely(interaction, handler.on_button(interaction, job_id, verb))
        if verb in (JobAction.LOCK, JobAction.UNLOCK):
            self.services.gallery.schedule(job_id)

    async def on_draft_button(self, interaction: discord.Interaction[Any], draft_id: int) -> None:
        """Dispatch *Edit and retry* of a refused request."""
        await self._answer_safely(interaction, self.services.refused_requests.on_button(interaction, draft_id))

    async def on_improve_button(
        self, interaction: discord.Interaction[Any], draft_id: int, action: ImproveAction
    ) -> None:
        """Dispatch a button below the writer's words."""
        await self._answer_safely(interaction, self.services.improvements.on_button(interaction, draft_id, action))

    async def on_film_button(self, interaction: discord.Interaction[Any], film_id: str, action: FilmAction) -> None:
        """Dispatch a button of a film that is made shot by shot, or of one that couldn't be joined."""
        if action is FilmAction.JOIN:
            await self._answer_safely(interaction, self.services.films.join_again(interaction, film_id))
            return
        await self._answer_safely(interaction, self.services.film_dialog.on_button(interaction, film_id, action))

    async def on_fewer_button(self, interaction: discord.Interaction[Any], draft_id: int, takes: int) -> None:
        """Dispatch the button that asks for fewer takes."""
        await self._answer_safely(interaction, self.services.refused_requests.on_fewer(interaction, draft_id, takes))

    async def on_settings_item(self, interaction: discord.Interaction[Any], page: str, what: str) -> None:
        """Dispatch a button or a select that belongs to no job: settings, data deletion."""
        await self._answer_safely(interaction, self.services.component_router.on_item(interaction, page, what))
        if page == "gallery" and interaction.guild_id is not None:
            self.services.gallery.schedule_server(interaction.guild_id)

    async def on_page_button(self, interaction: discord.Interaction[Any], kind: str, member_id: int, page: int) -> None:
        """Dispatch a page button of a list."""
        await self._answer_safely(interaction, self.services.lists.on_page_button(interaction, kind, member_id, page))

    async def _answer_safely(self, interaction: discord.Interaction[Any], answer: Awaitable[None]) -> None:
        mark_answering()
        with use_locale(interaction.locale.value):
            try:
                await answer
            except BadWish as error:
                await reply_privately(interaction, error_text(error))
            except Exception as error:
                # Kept alive: the event handler. The member gets an error code.
                code = new_code()
                log.error("an answer failed", exc_info=error, extra={"code": code})
                await reply_privately(interaction, error_text(unexpected_error(error, code)))

    async def on_message(self, message: discord.Message, /) -> None:
        """Make a thumbnail of each clip that we post. There are no prefix commands; the replies cog handles replies."""
        if self.user is None or message.author.id != self.user.id or not message.attachments:
            return
        job_id = job_of_buttons(message)
        job = await self.services.store.job(job_id) if job_id is not None else None
        if job is not None:
            self.services.thumbnails.schedule(job, self.services.clips)

    async def on_interaction(self, interaction: discord.Interaction[Any]) -> None:
        """Handle form submissions (stateless, so they survive restarts) and components that discord.py ignores."""
        self.services.foreground.mark_active()
        data: Mapping[str, Any] = interaction.data or {}
        if interaction.type is discord.InteractionType.component:
            if is_forged(interaction.message, str(data.get("custom_id", ""))):
                set_locale(interaction.locale.value)
                await reply_privately(interaction, error_text(SourceNotFound()))
        elif interaction.type is discord.InteractionType.modal_submit:
            await self._on_modal(interaction, data)
        if interaction.guild_id is not None and isinstance(interaction.user, discord.Member):
            now = self.services.clock.now()
            name = interaction.user.display_name
            with contextlib.suppress(StoreBusy):  # the next interaction names the member again
                await self.services.repositories.members.record(
                    interaction.guild_id, interaction.user.id, name, now, interaction.locale.value
                )

    async def _on_modal(self, interaction: discord.Interaction[Any], data: Mapping[str, Any]) -> None:
        """Dispatch a submitted form."""
        services = self.services
        if (form := read_modal(data)) is not None:
            await self._answer_safely(interaction, services.job_actions.on_modal(interaction, form))
        elif (draft := read_draft_modal(data)) is not None:
            await self._answer_safely(interaction, services.refused_requests.on_modal(interaction, draft))
        elif (picture := read_picture_modal(data)) is not None:
            await self._answer_safely(interaction, services.picture_videos.on_modal(interaction, picture))
        elif (words := read_improve_modal(data)) is not None:
            await self._answer_safely(interaction, services.improvements.on_modal(interaction, *words))
        elif (shots := read_film_modal(data)) is not None:
            await self._answer_safely(interaction, services.film_dialog.on_modal(interaction, shots))
        elif (filled := read_form(data)) is not None:
            await self._answer_safely(interaction, services.component_router.on_modal(interaction, filled))
            if filled.what == "stars" and interaction.guild_id is not None:
                services.gallery.schedule_server(interaction.guild_id)

    async def on_guild_channel_update(self, _: discord.abc.GuildChannel, after: discord.abc.GuildChannel) -> None:
        await self._retry_parked(after.guild.id)

    async def on_guild_role_update(self, _: discord.Role, after: discord.Role) -> None:
        await self._retry_parked(after.guild.id)

    async def on_guild_role_delete(self, role: discord.Role) -> None:
        await self._retry_parked(role.guild.id)

    async def on_raw_thread_update(self, event: discord.RawThreadUpdateEvent) -> None:
        await self._retry_parked(event.guild_id)

    async def on_thread_join(self, thread: discord.Thread) -> None:
        await self._retry_parked(thread.guild.id)

    async def on_member_update(self, _: discord.Member, after: discord.Member) -> None:
        """Look again when the bot's own roles or timeout change; others' changes aren't sent without their intent."""
        if after.id == after.guild.me.id:
            await self._retry_parked(after.guild.id)

    async def on_guild_join(self, guild: discord.Guild) -> None:
        await self._retry_parked(guild.id)

    async def _retry_parked(self, guild_id: int) -> None:
        """Retry posts that missing permissions prevented. Source: reference/reliability.md 2.5."""
        await self.services.job_service.retry_parked(guild_id)

    async def on_raw_message_delete(self, event: discord.RawMessageDeleteEvent) -> None:
        await self._on_message_deleted(event.message_id)

    async def on_raw_bulk_message_delete(self, event: discord.RawBulkMessageDeleteEvent) -> None:
        for message_id in event.message_ids:
            await self._on_message_deleted(message_id)

    async def _on_message_deleted(self, message_id: int) -> None:
        """Handle the deletion of a result, or of the reply that requested a video."""
        job = await self.services.store.by_message(message_id)
        if job is None:
            await self.services.gallery.on_message_deleted(message_id)
            await self.services.contests.results.on_message_deleted(message_id)
            await self.services.reply_handler.on_reply_deleted(message_id)
        elif job.post.message_id == message_id:
            for video in await self.services.store.bundles.of_message(message_id) or [job]:
                await self.services.job_service.record_deletion(video.id)
                self.services.gallery.schedule(video.id)
                await self.services.thumbnails.drop(video)

    async def on_error(self, event_method: str, /, *args: Any, **kwargs: Any) -> None:
        log.exception("an event failed", extra={"event_id": event_method})
