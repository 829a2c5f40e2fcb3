"""Threads of films: open one for the shots, find one that an earlier process opened, close one that isn't used."""

import logging
from collections.abc import Collection

import discord

from bot.chat.components.interactions import DISCORD_ERRORS, Interaction
from bot.jobs.clean_text import clean
from bot.jobs.film_plan import FilmPlan

log = logging.getLogger("retake.chat")

Place = discord.TextChannel | discord.Thread | discord.VoiceChannel | discord.StageChannel
_NAME_MAX = 100  # characters of a thread's name
_CLOCK_S = 60.0  # by which our clock and Discord's may differ


def _name(film: FilmPlan) -> str:
    return clean(film.title or film.shots[0].prompt)[:_NAME_MAX].strip()


def can_open(interaction: Interaction, channel: Place) -> bool:
    """Return whether the bot may open threads in a channel."""
    may = interaction.app_permissions
    has_threads = isinstance(channel, discord.TextChannel)
    return has_threads and may.create_public_threads and may.send_messages_in_threads


async def open_thread(film: FilmPlan, channel: Place) -> Place:
    """Open a thread for the shots. Return the channel itself if Discord doesn't."""
    if not isinstance(channel, discord.TextChannel):
        return channel
    try:
        return await channel.create_thread(name=_name(film), type=discord.ChannelType.public_thread)
    except DISCORD_ERRORS as error:
        log.info("no thread was opened for a film", extra={"why": type(error).__name__})
        return channel


async def find_thread(film: FilmPlan, guild: discord.Guild, taken: Collection[int]) -> discord.Thread | None:
    """Return the thread that was opened for a film whose first shot wasn't started, or None. Raise Discord's errors.

    Nobody but the bot has written in it, and at most once. `taken` are the ids of other films' threads.
    """
    opened_at = film.opened_at or 0.0
    for thread in await guild.active_threads():
        is_ours = thread.owner_id == guild.me.id and thread.parent_id == film.channel_id
        since = thread.created_at is not None and thread.created_at.timestamp() >= opened_at - _CLOCK_S
        if is_ours and since and thread.name == _name(film) and thread.message_count <= 1 and thread.id not in taken:
            return thread
    return None


async def close_thread(thread: discord.Thread, said: str) -> None:
    """Delete a thread in which nothing was started. If the bot may not, say so in it."""
    try:
        await thread.delete()
    except DISCORD_ERRORS as error:  # it takes Manage Threads, which the bot isn't invited with
        log.info("an empty thread was not deleted", extra={"why": type(error).__name__})
        try:
            await thread.send(said)
        except DISCORD_ERRORS as unsaid:
            log.info("an empty thread was not explained", extra={"why": type(unsaid).__name__})
