"""Decide which videos a member may see and use."""

import asyncio
from collections.abc import Iterable
from enum import IntEnum

import discord

from bot.chat.components.interactions import DISCORD_ERRORS, is_refusal
from bot.chat.text.kept_text import permission_words
from bot.jobs.errors import MissingPermissions, SourceNotFound
from bot.jobs.job import Job, Outcome, State
from bot.jobs.kept import NOT_IN_THREAD, THREAD_LOCKED

MEMBERSHIP_TIMEOUT_S = 1.5  # an interaction must be answered within three seconds
MOST_LOOKUPS = 8  # private threads that one list may look up

Place = discord.abc.GuildChannel | discord.Thread


class AccessLevel(IntEnum):
    """What a member may do with a video. Ordered: USE includes SEE."""

    NONE = 0
    SEE = 1
    USE = 2


def needed(channel: object) -> list[str]:
    """Return the permissions that posting and finding a clip requires."""
    send = "send_messages_in_threads" if isinstance(channel, discord.Thread) else "send_messages"
    return ["view_channel", send, "attach_files", "read_message_history"]


def check_own(permissions: discord.Permissions, channel: object) -> None:
    """Raise MissingPermissions unless the bot can deliver here. Called before anything is spent."""
    missing = [name for name in needed(channel) if not getattr(permissions, name)]
    if missing:
        raise MissingPermissions(permissions=permission_words(missing))


def missing_permissions(guild: discord.Guild, channel_id: int | None) -> list[str]:
    """Return the permissions that the bot lacks for posting videos in a channel. Without one, nothing is missing."""
    channel = guild.get_channel(channel_id) if channel_id is not None else None
    if channel is None:
        return []
    permissions = channel.permissions_for(guild.me)
    return [name for name in needed(channel) if not getattr(permissions, name)]


async def check_thread(permissions: discord.Permissions, channel: object) -> None:
    """Raise MissingPermissions if a thread's state or membership keeps the bot from posting in it.

    Permissions ignore both. Asks Discord about a private thread, because discord.py's cache keeps a membership that
    has ended. If Discord doesn't answer, the thread counts as open.
    """
    if not isinstance(channel, discord.Thread) or permissions.manage_threads:
        return
    if channel.locked:
        raise MissingPermissions(permissions=permission_words([THREAD_LOCKED]))
    if not channel.is_private():
        return
    try:
        async with asyncio.timeout(MEMBERSHIP_TIMEOUT_S):
            await channel.fetch_member(channel.guild.me.id)
    except DISCORD_ERRORS as error:
        if is_refusal(error):
            raise MissingPermissions(permissions=permission_words([NOT_IN_THREAD])) from error


class VideoAccess:
    """Checks access to videos. A missing and a forbidden video give the same answer."""

    async def level(self, job: Job | None, viewer: discord.Member, here: discord.abc.Snowflake) -> AccessLevel:
        """Return what this member may do with this video now.

        `here` is the channel that the member is acting in, as Discord reports it.
        """
        if job is None or job.guild_id != viewer.guild.id or job.post.deleted_at is not None:
            return AccessLevel.NONE
        if job.state is State.ABANDONED or (job.state is State.KEPT and job.user_id != viewer.id):
            return AccessLevel.NONE  # it never had a public message
        if not await self.sees(job.post.result_channel_id or job.channel_id, viewer, here):
            return AccessLevel.NONE
        unusable = job.ended and job.outcome is not Outcome.SUCCEEDED
        locked = job.no_remix and job.user_id != viewer.id
        return AccessLevel.SEE if unusable or locked else AccessLevel.USE

    async def sees(self, channel_id: int, viewer: discord.Member, here: discord.abc.Snowflake) -> bool:
        """Return whether this member may read a channel and see its content in this place."""
        guild = viewer.guild
        channel = guild.get_channel_or_thread(channel_id)
        if channel is None or isinstance(channel, discord.CategoryChannel):
            # An archived thread that isn't cached: a member acting in it is in it. From elsewhere it isn't found.
            return channel is None and channel_id == here.id
        if not can_view(channel, viewer):
            return False
        if is_age_restricted(channel) and not is_age_restricted(guild.get_channel_or_thread(here.id)):
            return False
        return channel_id == here.id or not asks_membership(channel, viewer) or await is_member(channel, viewer)

    async def allowed(
        self, job: Job | None, viewer: discord.Member, here: discord.abc.Snowflake, to: AccessLevel = AccessLevel.USE
    ) -> Job:
        """Return the job if this member has that access from here. Raise SourceNotFound otherwise."""
        if job is None or await self.level(job, viewer, here) < to:
            raise SourceNotFound
        return job

    def known(self, viewer: discord.Member, here: discord.abc.Snowflake) -> set[int]:
        """Return the channels that `sees` may accept: those in the cache, and the one that the member is in."""
        return {channel.id for channel in (*viewer.guild.channels, *viewer.guild.threads)} | {here.id}

    async def channels(
        self,
        channel_ids: Iterable[int],
        viewer: discord.Member,
        here: discord.abc.Snowflake,
        *,
        look_up: bool = True,
    ) -> set[int]:
        """Return the channels that the member can see.

        Without `look_up`, nothing is fetched and private threads count only if they're cached.
        """
        wanted, places = set(channel_ids), asyncio.Semaphore(MOST_LOOKUPS)
        until = asyncio.get_running_loop().time() + MEMBERSHIP_TIMEOUT_S  # total time for all lookups

        async def seen(channel_id: int) -> bool:
            channel = viewer.guild.get_channel_or_thread(channel_id)
            if not look_up and channel is not None and channel_id != here.id and asks_membership(channel, viewer):
                return False
            async with places:
                left_s = until - asyncio.get_running_loop().time()
                try:
                    async with asyncio.timeout(max(0.0, left_s)):
                        return await self.sees(channel_id, viewer, here)
                except TimeoutError:
                    return False

        ordered = sorted(wanted)
        return {each for each, yes in zip(ordered, await asyncio.gather(*map(seen, ordered)), strict=True) if yes}


def can_view(channel: Place, viewer: discord.Member) -> bool:
    """Return whether a member has View Channel and Read Message History. A thread has its parent's permissions."""
    if isinstance(channel, discord.Thread) and channel.parent is None:
        return False  # permissions_for needs the parent
    permissions = channel.permissions_for(viewer)
    if not (permissions.view_channel and permissions.read_message_history):
        return False
    voice = isinstance(channel, discord.VoiceChannel | discord.StageChannel)
    return permissions.connect or not voice


def asks_membership(channel: object, viewer: discord.Member) -> bool:
    """Return whether a channel is a private thread: `permissions_for` ignores its membership."""
    if not isinstance(channel, discord.Thread) or channel.parent is None or not channel.is_private():
        return False
    return not channel.permissions_for(viewer).manage_threads


async def is_member(channel: Place, viewer: discord.Member) -> bool:
    """Ask Discord whether a member is in a private thread. The only network request of an access check."""
    if not isinstance(channel, discord.Thread):
        return True
    try:
        async with asyncio.timeout(MEMBERSHIP_TIMEOUT_S):
            await channel.fetch_member(viewer.id)
    except DISCORD_ERRORS:
        return False
    return True


def moderates(member: discord.Member, job: Job, here: discord.abc.Snowflake) -> bool:
    """Return whether a member may manage messages where a video is, which may be elsewhere: they're answering `here`
    to a forward or to its post in a gallery."""
    place_id = job.post.result_channel_id or job.channel_id
    place = here if here.id == place_id else member.guild.get_channel_or_thread(place_id)
    return isinstance(place, Place) and place.permissions_for(member).manage_messages


def is_age_restricted(channel: object) -> bool:
    return bool(getattr(channel, "is_nsfw", lambda: False)())
