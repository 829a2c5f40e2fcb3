"""Find the video that a member means by a code, a job id, a message link, or nothing."""

import asyncio
import logging
import re

import discord

from bot.chat.components.interactions import DISCORD_ERRORS, is_gone
from bot.chat.permissions.video_access import AccessLevel, VideoAccess
from bot.chat.requests.video_imports import VideoImports
from bot.chat.text import list_text
from bot.jobs.bundle import chosen_of
from bot.jobs.errors import SourceNotFound
from bot.jobs.job import Job, State
from bot.ordering.service import JobService
from bot.ports.clock import Clock
from bot.ports.job_store import JobStore
from bot.ports.repositories import Repositories

log = logging.getLogger("retake.chat")

MOST_CHOICES = 25
LOOK_TIMEOUT_S = 1.0
_LINK = re.compile(r"https://(?:(?:canary|ptb)\.)?discord(?:app)?\.com/channels/(\d{15,20})/(\d{15,20})/(\d{15,20})/?")
_CODE = re.compile(r"[2-9A-HJ-NP-Z]{4,8}")
_JOB_ID = re.compile(r"[0-9A-Za-z]{22}")


class VideoLookup:
    """Finds videos for members. A video that a member may not use looks like one that doesn't exist."""

    def __init__(
        self,
        *,
        store: JobStore,
        clock: Clock,
        job_service: JobService,
        video_access: VideoAccess,
        repositories: Repositories,
        imports: VideoImports,
    ) -> None:
        self._store = store
        self._clock = clock
        self._job_service = job_service
        self._video_access = video_access
        self._repositories = repositories
        self._imports = imports

    async def resolve(
        self,
        text: str | None,
        viewer: discord.Member,
        here: discord.abc.Snowflake,
        to: AccessLevel = AccessLevel.USE,
        *,
        imports: bool = False,
    ) -> Job:
        """Return the video that a text refers to, or the newest one here without a text. Raise SourceNotFound.

        With `imports`, the link may be to a member's message with a video. Raise BadWish if it can't be remixed.
        """
        if text is None or not text.strip():
            return await self._newest(viewer, here)
        known = await self._lookup(text.strip(), viewer.guild)
        link = _LINK.fullmatch(text.strip().strip("<>"))
        if imports and known is None and link is not None and int(link[1]) == viewer.guild.id:
            return await self._imports.of_link(int(link[2]), int(link[3]), viewer, here)
        job = await self._video_access.allowed(known, viewer, here, to)
        if not await self._exists(job, viewer.guild):
            raise SourceNotFound
        return job

    async def _lookup(self, text: str, guild: discord.Guild) -> Job | None:
        if link := _LINK.fullmatch(text.strip("<>")):
            return await self._linked(int(link[2]), int(link[3])) if int(link[1]) == guild.id else None
        if _JOB_ID.fullmatch(text):
            return await self._store.job(text)
        code = text.upper()
        return await self._store.by_code(guild.id, code) if _CODE.fullmatch(code) else None

    async def _linked(self, channel_id: int, message_id: int) -> Job | None:
        """Return the video whose message, or whose post in a gallery, a link leads to."""
        shown = await self._repositories.gallery.by_message(message_id)
        if shown is not None:
            return await self._store.job(shown.job_id) if shown.channel_id == channel_id else None
        job = await self._store.by_message(message_id)
        place = (job.post.result_channel_id or job.channel_id) if job is not None else None
        return job if place == channel_id else None

    async def _newest(self, viewer: discord.Member, here: discord.abc.Snowflake) -> Job:
        until = self._clock.monotonic() + LOOK_TIMEOUT_S
        for job in await self._store.newest(viewer.guild.id, here.id, MOST_CHOICES):
            if await self._video_access.level(job, viewer, here) is not AccessLevel.USE:
                continue
            if self._clock.monotonic() > until or await self._exists(job, viewer.guild):
                # More lookups would exceed the three seconds that Discord allows for the answer.
                return await self._chosen(job)
        raise SourceNotFound

    async def _chosen(self, job: Job) -> Job:
        """Return the take that was chosen of those in a video's message, or the video itself."""
        if job.bundle.bundle_id is None or job.post.message_id is None:
            return job
        return chosen_of(await self._store.bundles.of_message(job.post.message_id)) or job

    async def _exists(self, job: Job, guild: discord.Guild) -> bool:
        """Return whether the message of a video still exists: it may have been deleted while the bot was offline.

        Called only after the access check. If Discord can't be reached, the video counts as existing.
        """
        if job.state not in (State.DELIVERED, State.IMPORTED) or job.post.message_id is None:
            return True
        channel = guild.get_channel_or_thread(job.post.result_channel_id or job.channel_id)
        if channel is None or isinstance(channel, discord.CategoryChannel | discord.ForumChannel):
            return True
        try:
            async with asyncio.timeout(LOOK_TIMEOUT_S):
                await channel.get_partial_message(job.post.message_id).fetch()
        except DISCORD_ERRORS as error:
            if is_gone(error):
                for video in await self._store.bundles.of_message(job.post.message_id):
                    await self._job_service.record_deletion(video.id)
                return False
            log.info("could not look up a source", extra={"job": job.code, "why": type(error).__name__})
        return True

    async def suggestions(
        self, typed: str, viewer: discord.Member, here: discord.abc.Snowflake
    ) -> list[tuple[str, str]]:
        """Return (label, job id) of the videos that this member may remix here, newest first, at most 25."""
        guild_id, lists = viewer.guild.id, self._repositories.job_queries
        places = await lists.channels(guild_id, self._video_access.known(viewer, here))
        seen = await self._video_access.channels(places, viewer, here, look_up=False)
        jobs = await lists.search(guild_id, seen, for_user=viewer.id, words=typed, limit=MOST_CHOICES)
        names = await self._repositories.members.names(guild_id, {job.user_id for job in jobs})
        now = self._clock.now()
        return [(list_text.suggestion(job, names.get(job.user_id), now), job.id) for job in jobs]
