"""Answer the reply `gif` with an animated GIF of the video. It costs nothing: ffmpeg makes it from the clip."""

import asyncio
import contextlib
import logging
from pathlib import Path

import discord

from bot.chat.components.interactions import DISCORD_ERRORS
from bot.chat.delivery.gif_posts import GifPosts
from bot.chat.delivery.publisher import DiscordPublisher, is_spoiler
from bot.chat.permissions.video_access import VideoAccess
from bot.i18n import _
from bot.jobs.errors import SourceNotFound
from bot.jobs.ids import new_code
from bot.jobs.job import Job
from bot.jobs.provider_errors import Unreachable
from bot.jobs.rejections import GifJustMade, GifNotYet, NoGif
from bot.media.gif import MAX_S, GifFailed, make_gif
from bot.ports.clock import Clock
from bot.ports.file_store import FileStore
from bot.ports.job_store import JobStore
from bot.ports.object_storage import ObjectStorageUnavailable

log = logging.getLogger("retake.chat")

ONE_EVERY_S = 60.0  # GIF of a video in a channel
LIMITS_BYTES = (10 << 20, 4 << 20)  # Discord takes the first everywhere; a proxy may not
_MAX_AT_ONCE = 2


class GifReplies:
    """Makes and posts GIFs. `clips` is the folder of the clips; one that isn't there is fetched from its message."""

    def __init__(
        self,
        *,
        store: JobStore,
        clock: Clock,
        clips: Path,
        file_store: FileStore,
        publisher: DiscordPublisher,
        video_access: VideoAccess,
        posts: GifPosts,
    ) -> None:
        self._store = store
        self._clock = clock
        self._clips = clips
        self._file_store = file_store
        self._publisher = publisher
        self._video_access = video_access
        self._posts = posts
        self._slots = asyncio.Semaphore(_MAX_AT_ONCE)

    async def answer(self, message: discord.Message, member: discord.Member, job: Job) -> None:
        """Post a GIF of a video below a reply. Raise BadWish if this member can't have one."""
        job = await self._video_access.allowed(job, member, message.channel)
        if job.post.delivered_at is None:
            raise GifNotYet
        flag = f"press:{job.id}:gif:{message.channel.id}"
        if not await self._store.set_flag_once_per(flag, self._clock.now(), ONE_EVERY_S):
            raise GifJustMade
        part, copy = (self._clips / f"{job.id}.{new_code()}.part" for _each in range(2))
        try:
            with contextlib.suppress(*DISCORD_ERRORS):
                await message.channel.typing()
            async with self._slots:
                await self._post(message, job, await self._clip(job, copy), part)
        except (GifFailed, Unreachable) as error:
            log.info("no GIF", extra={"job": job.code, "why": type(error).__name__})
            await self._store.set_flag(flag, "", 0.0)
            raise NoGif from error
        finally:
            for file in (part, copy):
                await asyncio.to_thread(file.unlink, missing_ok=True)

    async def _post(self, message: discord.Message, job: Job, clip: Path, part: Path) -> None:
        """Post a GIF, or a smaller one if Discord refuses its size. Raise GifFailed."""
        parent = await self._store.job(job.parent_id) if job.parent_id else None
        cover = "SPOILER_" if is_spoiler(job, parent) else ""
        most_bytes = await self._publisher.upload_limit_bytes(job)
        for limit_bytes in LIMITS_BYTES:
            await make_gif(clip, part, min(limit_bytes, most_bytes))
            if await self._is_gone(job):
                raise SourceNotFound
            try:
                posted = await message.channel.send(
                    _text(job),
                    file=discord.File(part, filename=f"{cover}video-{job.code}.gif"),
                    nonce=f"g{message.id}",
                    reference=message.to_reference(fail_if_not_exists=False),
                    allowed_mentions=discord.AllowedMentions.none(),
                )
            except DISCORD_ERRORS as error:
                if isinstance(error, discord.HTTPException) and error.status == 413:
                    continue
                raise GifFailed from error
            await self._posts.record(job.id, posted)
            if await self._is_gone(job):  # and what was posted until then was deleted before this one was recorded
                await self._posts.delete(job.id, job.guild_id)
                raise SourceNotFound
            return
        raise GifFailed

    async def _is_gone(self, job: Job) -> bool:
        """Return whether a video was deleted, or taken back with its requester's others, in the meantime."""
        now = await self._store.job(job.id)
        return now is None or now.post.deleted_at is not None or await self._store.has_withdrawn(now)

    async def _clip(self, job: Job, into: Path) -> Path:
        """Return the clip that is kept, or download the posted one. Raise GifFailed if it's gone, and Unreachable."""
        clip = self._clips / (job.clip.clip_file or f"{job.id}.mp4")
        with contextlib.suppress(ObjectStorageUnavailable):
            if await self._file_store.fetch(clip):
                return clip
        if not await self._publisher.download_posted_clip(job, into):
            raise GifFailed
        return into


def _text(job: Job) -> str:
    parts = [f"GIF · {job.code}", _("AI-generated")]
    if job.clip.clip_seconds is not None and job.clip.clip_seconds > MAX_S:
        parts.insert(1, _("the first {seconds} s").format(seconds=int(MAX_S)))
    return "-# " + " · ".join(parts)
