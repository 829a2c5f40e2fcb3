"""Thumbnails of clips: made when a clip is posted or when a family tree needs them."""

import asyncio
import logging
from collections.abc import Sequence
from pathlib import Path

from bot.background import TaskSet
from bot.jobs.ids import new_code
from bot.jobs.job import Job
from bot.media.ffmpeg import FfmpegFailed
from bot.media.frames import THUMBNAIL_PX, thumbnail
from bot.ports.file_store import FileStore
from bot.ports.object_storage import ObjectStorageUnavailable

log = logging.getLogger("retake.chat")

MOST_WAITING = 64
MAKE_FOR_S = 5.0  # seconds that a family tree waits for missing thumbnails


class Thumbnails:
    """Keeps `thumbs/<job id>.jpg`. With a bucket, the worker that posts a clip makes it."""

    def __init__(self, folder: Path, files: FileStore) -> None:
        self._folder = folder
        self._files = files
        self._tasks = TaskSet()

    def path(self, job: Job) -> Path:
        return self._folder / f"{job.id}.jpg"

    def schedule(self, job: Job, clips: Path) -> None:
        """Make a thumbnail in the background, unless too many are waiting. It can be made later."""
        if len(self._tasks) < MOST_WAITING and not self._files.is_shared:
            self._start(job, clips)

    async def drop(self, job: Job) -> None:
        """Delete the thumbnail of a job. What a bucket doesn't delete now, retention does."""
        try:
            await self._files.delete([self.path(job)])
        except ObjectStorageUnavailable as error:
            log.warning("a thumbnail was not deleted", extra={"job": job.code, "why": str(error)})

    async def get_many(self, jobs: Sequence[Job], clips: Path) -> dict[str, Path]:
        """Return the thumbnails by job id, making missing ones for up to MAKE_FOR_S seconds."""
        missing = await asyncio.to_thread(lambda: [job for job in jobs if not self.path(job).exists()])
        work = [self._start(job, clips) for job in missing[:MOST_WAITING]]
        if work:
            await asyncio.wait(work, timeout=MAKE_FOR_S)
        there = await asyncio.to_thread(lambda: {job.id: self.path(job) for job in jobs if self.path(job).exists()})
        return {job.id: there[job.id] for job in jobs if job.id in there}

    async def close(self) -> None:
        """Cancel the background tasks."""
        await self._tasks.close()

    def _start(self, job: Job, clips: Path) -> asyncio.Task[None]:
        running = self._tasks.get(job.id)
        return running or self._tasks.start(self._make(job, clips), name=f"thumbnail-{job.code}", key=job.id)

    async def _make(self, job: Job, clips: Path) -> None:
        clip, part = clips / (job.clip.clip_file or f"{job.id}.mp4"), self._folder / f"{job.id}.{new_code()}.part.jpg"
        await asyncio.to_thread(self._folder.mkdir, parents=True, exist_ok=True, mode=0o700)
        try:
            if await self._files.fetch(self.path(job)) or not await self._files.fetch(clip):
                return
            await thumbnail(clip, part, THUMBNAIL_PX)
            await self._files.save(part, self.path(job))
        except (FfmpegFailed, ObjectStorageUnavailable, OSError) as error:
            log.info("no frame", extra={"job": job.code, "why": type(error).__name__})
        finally:
            part.unlink(missing_ok=True)
