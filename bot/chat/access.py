"""Who may use which video: one function decides, and its no has one sentence. Knows Discord's permissions."""

import re

import discord

from bot.chat import wording
from bot.jobs.errors import MissingPermissions, SourceNotFound
from bot.jobs.model import Job
from bot.jobs.store import Store

_LINK = re.compile(
    r"https://(?:(?:canary|ptb)\.)?discord(?:app)?\.com/channels/(\d{15,20})/(\d{15,20})/(\d{15,20})/?\s*"
)
_CODE = re.compile(r"[2-9A-HJ-NP-Z]{4,8}")

Place = discord.abc.GuildChannel | discord.Thread


def needed(channel: object) -> list[str]:
    """The permissions without which a clip cannot be posted and found again."""
    send = "send_messages_in_threads" if isinstance(channel, discord.Thread) else "send_messages"
    return ["view_channel", send, "attach_files", "read_message_history"]


def check_own(permissions: discord.Permissions, channel: object) -> None:
    """Raise MissingPermissions unless the bot can deliver here. Asked before anything is spent."""
    missing = [name for name in needed(channel) if not getattr(permissions, name)]
    if missing:
        raise MissingPermissions(permissions=wording.permission_words(missing))


class Access:
    """Looks videos up for members. Missing and forbidden are the same answer."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def named(self, text: str, viewer: discord.Member, here: discord.abc.Snowflake) -> Job:
        """The video that a code or a message link means. Raises SourceNotFound."""
        text, guild = text.strip(), viewer.guild
        job: Job | None = None
        if link := _LINK.fullmatch(text + " "):
            job = await self._store.by_message(int(link[3]))
            if job is not None and int(link[1]) != guild.id:
                job = None
        elif _CODE.fullmatch(text.upper()):
            job = await self._store.by_code(guild.id, text.upper())
        return await self.allowed(job, viewer, here)

    async def newest(self, viewer: discord.Member, here: discord.abc.Snowflake) -> Job:
        """The newest video of this channel that the member may use. Raises SourceNotFound."""
        for job in await self._store.newest(viewer.guild.id, here.id, 25):
            if await self.may_use(job, viewer, here):
                return job
        raise SourceNotFound

    async def allowed(self, job: Job | None, viewer: discord.Member, here: discord.abc.Snowflake) -> Job:
        """The job itself, if this member may use it from here. Raises SourceNotFound."""
        if job is None or not await self.may_use(job, viewer, here):
            raise SourceNotFound
        return job

    async def may_use(self, job: Job, viewer: discord.Member, here: discord.abc.Snowflake) -> bool:
        """Whether the member can see the source message now, and may remix it into this place."""
        guild = viewer.guild
        if job.guild_id != guild.id or job.deleted_at is not None:
            return False
        if job.no_remix and job.user_id != viewer.id:
            return False
        channel = guild.get_channel_or_thread(job.result_channel_id or job.channel_id)
        if channel is None or isinstance(channel, discord.CategoryChannel) or not await can_read(channel, viewer):
            return False
        return not is_age_restricted(channel) or is_age_restricted(guild.get_channel_or_thread(here.id))


async def can_read(channel: Place, viewer: discord.Member) -> bool:
    """View Channel and Read Message History, as Discord would decide for this member at this moment."""
    if isinstance(channel, discord.Thread) and channel.parent is None:
        return False  # permissions_for needs the parent
    permissions = channel.permissions_for(viewer)
    if not (permissions.view_channel and permissions.read_message_history):
        return False
    if isinstance(channel, discord.VoiceChannel | discord.StageChannel) and not permissions.connect:
        return False
    if isinstance(channel, discord.Thread) and channel.is_private() and not permissions.manage_threads:
        return await _is_member(channel, viewer)  # permissions_for ignores who was invited
    return True


async def _is_member(thread: discord.Thread, viewer: discord.Member) -> bool:
    try:
        await thread.fetch_member(viewer.id)
    except discord.HTTPException:
        return False
    return True


def is_age_restricted(channel: object) -> bool:
    return bool(getattr(channel, "is_nsfw", lambda: False)())
