"""What keeps the bot from posting in a channel: by what the gateway has told, or by asking Discord where it hasn't."""

import asyncio
from collections.abc import Awaitable, Callable

import discord

from bot.chat.components.interactions import DISCORD_ERRORS, is_refusal
from bot.chat.permissions.video_access import needed
from bot.jobs.job import Job
from bot.jobs.kept import NOT_IN_THREAD, TIMED_OUT, UNNAMED

ParentOf = Callable[[int], Awaitable[int | None]]
Place = discord.abc.GuildChannel | discord.Thread

ASK_TIMEOUT_S = 20.0  # for up to five requests


async def no_parent(_thread_id: int) -> int | None:
    """Return None: no private threads are remembered."""
    return None


async def obstacles(client: discord.Client, job: Job, parent_of: ParentOf, *, sees: bool) -> tuple[str, ...]:
    """Return the permissions that the bot lacks in a job's channel, or the obstacle that is left.

    `sees`: Discord's refusal doesn't say that the bot can't see the channel. `parent_of` returns the parent of a
    private thread in which a job was ordered, because Discord no longer names it to a bot that has lost the thread.
    """
    if (known := _known(client, job)) is not None:
        return _lacking(*known, sees=sees)
    try:
        async with asyncio.timeout(ASK_TIMEOUT_S):
            return await _asked(client, job, parent_of, sees=sees)
    except DISCORD_ERRORS:
        return _unexplained(sees=sees)


def _known(client: discord.Client, job: Job) -> tuple[discord.Member, Place] | None:
    """Return the bot and the channel as the gateway has told, or None if it's down or hasn't."""
    guild = client.get_guild(job.guild_id) if client.is_ready() else None
    channel = guild.get_channel_or_thread(job.channel_id) if guild is not None and not guild.unavailable else None
    return None if guild is None or channel is None else (guild.me, channel)


async def _asked(client: discord.Client, job: Job, parent_of: ParentOf, *, sees: bool) -> tuple[str, ...]:
    """Ask Discord. Raise its errors."""
    if client.user is None:
        return _unexplained(sees=sees)
    guild = await client.fetch_guild(job.guild_id, with_counts=False)
    me = await guild.fetch_member(client.user.id)
    channel = await _channel(guild, job.channel_id)
    if channel is None:
        parent_id = await parent_of(job.channel_id)
        in_sight = parent_id is not None and await _channel(guild, parent_id) is not None
        return (NOT_IN_THREAD,) if in_sight else ("view_channel",)
    if isinstance(channel, discord.Thread):
        guild._add_channel(await guild.fetch_channel(channel.parent_id))  # type: ignore[arg-type]  # no thread
    return _lacking(me, channel, sees=sees)


async def _channel(guild: discord.Guild, channel_id: int) -> Place | None:
    """Return a channel, or None if Discord doesn't show it to the bot. Raise its other errors."""
    try:
        return await guild.fetch_channel(channel_id)
    except DISCORD_ERRORS as error:
        if is_refusal(error):
            return None
        raise


def _lacking(me: discord.Member, channel: Place, *, sees: bool) -> tuple[str, ...]:
    if me.is_timed_out():
        return (TIMED_OUT,)
    permissions = channel.permissions_for(me)
    lacking = tuple(name for name in needed(channel) if not getattr(permissions, name))
    if lacking and lacking[0] != "attach_files":
        # Discord also denies Attach Files to a member who can't write, so granting it wouldn't help.
        lacking = tuple(name for name in lacking if name != "attach_files")
    if lacking:
        return ("view_channel",) if "view_channel" in lacking else lacking
    if not sees and isinstance(channel, discord.Thread) and channel.is_private():
        return (NOT_IN_THREAD,)
    return _unexplained(sees=sees)


def _unexplained(*, sees: bool) -> tuple[str, ...]:
    return (UNNAMED,) if sees else ("view_channel",)
