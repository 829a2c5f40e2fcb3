"""The first message on a new server: what the bot does, what it may spend, and a button that opens the setup."""

import logging
from collections.abc import Iterator

import discord

from bot.chat.components.interactions import DISCORD_ERRORS
from bot.chat.settings_panel.items import button
from bot.chat.text.settings_text import money_or_none, number_or_none
from bot.i18n import _, use_locale
from bot.jobs.server_settings import ServerSettings
from bot.ports.clock import Clock
from bot.ports.job_store import JobStore
from bot.ports.repositories import Repositories

log = logging.getLogger("retake.chat")

JOINED_WITHIN_S = 24 * 3600.0  # an invitation while the bot was down is answered at its start
MOST_ATTEMPTS = 3  # channels


class Welcome:
    """Greets each server once per invitation."""

    def __init__(self, *, store: JobStore, clock: Clock, repositories: Repositories) -> None:
        self._store = store
        self._clock = clock
        self._repositories = repositories

    async def greet(self, guild: discord.Guild) -> None:
        """Post the welcome if the bot has joined lately and hasn't posted it yet."""
        now, me = self._clock.now(), guild.me
        if me.joined_at is None or now - me.joined_at.timestamp() > JOINED_WITHIN_S:
            return
        if not await self._store.set_flag_once_per(f"welcome:{guild.id}", now, JOINED_WITHIN_S):
            return
        rules = await self._repositories.servers.settings(guild.id)
        inviter = await _inviter(guild)
        with use_locale(guild.preferred_locale.value):
            text = _text(rules, inviter)
            for channel in list(_channels(guild))[:MOST_ATTEMPTS]:
                view = discord.ui.View(timeout=None)
                view.add_item(button("setup", "start", _("Set up"), discord.ButtonStyle.primary))
                pinged = discord.AllowedMentions(users=[inviter] if inviter is not None else False)
                try:
                    await channel.send(text, view=view, allowed_mentions=pinged)
                except DISCORD_ERRORS as error:
                    log.info("the welcome was not posted", extra={"why": type(error).__name__})
                else:
                    return


def _text(rules: ServerSettings, inviter: discord.abc.Snowflake | None) -> str:
    thanks = (
        _("Thanks for inviting me, {member}.").format(member=f"<@{inviter.id}>")
        if inviter is not None
        else _("Thanks for inviting me.")
    )
    how = _("I make videos: type `/generate` and say what the video shows. Reply to a video to remix it.")
    limits = _(
        "Videos cost money, so there are limits: **{day}** per day on this server, and **{videos}** videos per member "
        "per day."
    ).format(day=money_or_none(rules.budget_day_micros), videos=number_or_none(rules.videos_per_member))
    who = _("Members with Manage Server can change them, and choose channels, models and how replies work.")
    return f"**{thanks}** {how}\n{limits} {who}"


async def _inviter(guild: discord.Guild) -> discord.abc.Snowflake | None:
    """Return who added the bot, or None if the audit log can't be read."""
    if not guild.me.guild_permissions.view_audit_log:
        return None
    try:
        async for entry in guild.audit_logs(action=discord.AuditLogAction.bot_add, limit=5):
            if entry.target is not None and entry.target.id == guild.me.id and entry.user_id is not None:
                return discord.Object(id=entry.user_id, type=discord.User)
    except DISCORD_ERRORS as error:
        log.info("the audit log could not be read", extra={"why": type(error).__name__})
    return None


def _channels(guild: discord.Guild) -> Iterator[discord.TextChannel]:
    """Yield the channels that the bot may write in, the one for system messages first."""
    system = guild.system_channel
    for channel in [*([system] if system is not None else []), *(c for c in guild.text_channels if c != system)]:
        allowed = channel.permissions_for(guild.me)
        if allowed.view_channel and allowed.send_messages:
            yield channel
