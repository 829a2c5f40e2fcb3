"""Members' own videos: a row for each that is to be remixed, and its copy on our disk before anything is quoted."""

import asyncio
import logging
import math
from functools import partial
from pathlib import Path

import discord

from bot.background import TaskSet
from bot.chat.components.interactions import DISCORD_ERRORS
from bot.chat.delivery.attachment_links import refresh_link
from bot.chat.delivery.attachments import VIDEO_LIMIT_MB, Attachments
from bot.chat.permissions.video_access import VideoAccess
from bot.chat.requests.forwards import job_posted_as, original_id
from bot.jobs.errors import FilesUnreachable, SourceNotFound
from bot.jobs.ids import new_code, new_job_id
from bot.jobs.job import Job, JobPost, Kind, Outcome, State
from bot.jobs.rejections import (
    FilesHidden,
    NotAVideoFile,
    NoVideoThere,
    OwnVideosOnly,
    VideoGone,
    VideoNotCopied,
    VideoTooLarge,
)
from bot.ordering.service import JobService
from bot.ports.clock import Clock
from bot.ports.file_store import FileStore
from bot.ports.gallery import GalleryRepository
from bot.ports.job_store import JobStore
from bot.ports.object_storage import ObjectStorageUnavailable
from bot.ports.repositories import MemberRepository

log = logging.getLogger("retake.chat")

MAX_COPIES = 2  # at once
LOOK_TIMEOUT_S = 1.0
_ENDINGS = (".mp4", ".webm", ".mov")
_SHAPES = {
    "21:9": 21 / 9, "16:9": 16 / 9, "3:2": 3 / 2, "4:3": 4 / 3, "1:1": 1.0,
    "3:4": 3 / 4, "2:3": 2 / 3, "9:16": 9 / 16,
}  # fmt: skip
_TYPES = ("video/mp4", "video/webm", "video/quicktime")


class VideoImports:
    """Finds members' own videos and copies them. `clips` is the folder of downloaded clips.

    A video has a row from the moment that somebody wants to remix it. Its link is kept in the row until the copy is on
    disk, so that a copy that a crash interrupted is made by the next request.
    """

    def __init__(
        self,
        client: discord.Client,
        *,
        store: JobStore,
        clock: Clock,
        clips: Path,
        file_store: FileStore,
        attachments: Attachments,
        job_service: JobService,
        video_access: VideoAccess,
        members: MemberRepository,
        gallery: GalleryRepository,
    ) -> None:
        self._client = client
        self._store = store
        self._clock = clock
        self._clips = clips
        self._file_store = file_store
        self._attachments = attachments
        self._job_service = job_service
        self._video_access = video_access
        self._members = members
        self._gallery = gallery
        self._tasks = TaskSet()
        self._slots = asyncio.Semaphore(MAX_COPIES)

    async def of_message(self, message: discord.Message, viewer: discord.Member, here: discord.abc.Snowflake) -> Job:
        """Return the row of a message's video. Nothing is copied. Raise BadWish if this member can't remix it."""
        if not await self._video_access.sees(message.channel.id, viewer, here):
            raise SourceNotFound
        known = await self._store.by_message(message.id)
        if known is not None and await self.is_copied(known):
            return known
        if self._client.user is not None and message.author.id == self._client.user.id:
            raise SourceNotFound
        if not (await self._job_service.settings(viewer.guild.id)).any_video:
            raise OwnVideosOnly
        file = next((each for each in message.attachments if is_video(each)), None)
        if file is None:
            raise FilesHidden if _is_hidden(message) and original_id(message) is None else NoVideoThere
        return await self._register(viewer.guild.id, message.channel.id, message.author, file, message.id)

    async def of_link(
        self, channel_id: int, message_id: int, viewer: discord.Member, here: discord.abc.Snowflake
    ) -> Job:
        """Return the row of the video in a message of this server, or of one of ours that it forwards.

        Nothing is fetched before the access check.
        """
        channel = viewer.guild.get_channel_or_thread(channel_id)
        if not await self._video_access.sees(channel_id, viewer, here):
            raise SourceNotFound
        if channel is None or isinstance(channel, discord.CategoryChannel | discord.ForumChannel):
            raise SourceNotFound
        try:
            async with asyncio.timeout(LOOK_TIMEOUT_S):
                message = await channel.fetch_message(message_id)
        except DISCORD_ERRORS as error:
            raise SourceNotFound from error
        original = original_id(message)
        job = await job_posted_as(self._store, self._gallery, original) if original is not None else None
        if job is not None:
            return await self._video_access.allowed(job, viewer, here)
        return await self.of_message(message, viewer, here)

    async def of_file(self, file: discord.Attachment, member: discord.Member, channel_id: int) -> Job:
        """Return the row of a file that came with a command. Raise BadWish."""
        if not (await self._job_service.settings(member.guild.id)).any_video:
            raise OwnVideosOnly
        if not is_video(file):
            raise NotAVideoFile(filename=file.filename)
        return await self._register(member.guild.id, channel_id, member, file, None)

    async def _register(
        self,
        guild_id: int,
        channel_id: int,
        author: discord.User | discord.Member,
        file: discord.Attachment,
        message_id: int | None,
    ) -> Job:
        if file.size > VIDEO_LIMIT_MB * 1_000_000:
            raise VideoTooLarge(filename=file.filename, limit_mb=VIDEO_LIMIT_MB)
        now, job_id = self._clock.now(), new_job_id()
        job = Job(
            id=job_id,
            code=new_code(),
            state=State.IMPORTED,
            kind=Kind.GENERATE,
            user_id=author.id,
            guild_id=guild_id,
            channel_id=channel_id,
            prompt=file.filename,
            model="",
            account="",
            created_at=now,
            updated_at=now,
            due_at=None,
            why="imported",
            outcome=Outcome.SUCCEEDED,
            image_url=file.url,
            root_id=job_id,
            post=JobPost(result_message_id=message_id, result_channel_id=channel_id),
        )
        taken = await self._store.insert_import(job)
        await self._members.record(guild_id, author.id, author.display_name, now)
        if taken.id != job.id:  # known, but its copy is gone: it is made again from the new link
            return await self._store.update(taken, image_url=file.url) or taken
        return taken

    async def is_copied(self, job: Job) -> bool:
        """Return whether nothing has to be copied before this video is remixed. Raise FilesUnreachable."""
        if not job.imported:
            return True
        try:
            async with asyncio.timeout(LOOK_TIMEOUT_S):
                return job.image_url is None and await self._file_store.exists(self._clip(job))
        except (ObjectStorageUnavailable, TimeoutError) as error:
            raise FilesUnreachable from error

    async def copied(self, job: Job) -> Job:
        """Copy a member's own video unless it was copied. Return its row, which states its length. Raise BadWish."""
        name = f"import-{job.code}"
        running = self._tasks.get(job.id) or self._tasks.start(self._copy(job.id), name=name, key=job.id)
        finished: Job = await asyncio.shield(running)
        return finished

    async def _copy(self, job_id: str) -> Job:
        job = await self._store.job(job_id)
        if job is None or job.post.deleted_at is not None:
            raise SourceNotFound
        if await self.is_copied(job):  # by another request in the meantime
            return job
        if job.image_url is None:
            raise VideoGone(filename=job.prompt)
        clip = self._clip(job)
        part = clip.with_name(f"{job.id}.{new_code()}.part")
        async with self._slots:
            try:
                facts = await self._attachments.video(job.image_url, part, partial(refresh_link, self._client))
                size_bytes = (await asyncio.to_thread(part.stat)).st_size
                await self._file_store.save(part, clip)
            except ObjectStorageUnavailable as error:
                raise FilesUnreachable from error
            except OSError as error:
                raise VideoNotCopied(filename=job.prompt) from error
            finally:
                await asyncio.to_thread(part.unlink, missing_ok=True)
        copied = await self._store.update(
            job, image_url=None, clip_file=clip.name, clip_bytes=size_bytes,
            clip_seconds=facts.duration_s, aspect=shape_of(facts.width, facts.height),
        )  # fmt: skip
        if copied is None:  # its message was deleted meanwhile
            raise SourceNotFound
        log.info("copied a video", extra={"job": job.code})
        return copied

    def _clip(self, job: Job) -> Path:
        return self._clips / f"{job.id}.mp4"

    async def close(self) -> None:
        """Cancel the copies that are being made."""
        await self._tasks.close()


def is_video(file: discord.Attachment) -> bool:
    """Return whether an attachment is labelled as a video that can be remixed. Its content is checked later."""
    kind = (file.content_type or "").partition(";")[0].strip().lower()
    return kind in _TYPES or file.filename.lower().endswith(_ENDINGS)


def shape_of(width: int, height: int) -> str:
    """Return the nearest usual aspect of a picture, such as `9:16`."""
    return min(_SHAPES, key=lambda name: abs(math.log(_SHAPES[name] * height / width)))


def _is_hidden(message: discord.Message) -> bool:
    """Return whether Discord may have withheld a message's content, as it does from bots that it doesn't mention."""
    return not (message.content or message.attachments or message.embeds or message.components or message.stickers)
