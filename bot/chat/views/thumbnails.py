"""Thumbnails of clips: made when a clip is posted or when a family tree needs them."""

import asyncio
import logging
from collections.abc import Sequence
from pathlib import Path

from bot.background import TaskSet
from bot.jobs.job import Job
from bot.media.ffmpeg import FfmpegFailed
from bot.media.frames import thumbnail

log = logging.getLogger("retake.chat")

MOST_WAITING = 64
MAKE_FOR_S = 5.0  # seconds that a family tree waits for missing thumbnails
_SIDE_PX = 320


class Thumbnails:
    """Keeps `thumbs/<job id>.jpg` in the data folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._tasks = TaskSet()

    def path(self, job: Job) -> Path:
        return self._folder / f"{job.id}.jpg"

    def schedule(self, job: Job, clips: Path) -> None:
        """Make a thumbnail in the background, unless too many are waiting. It can be made later."""
        if len(self._tasks) < MOST_WAITING:
            self._start(job, clips)

    def drop(self, job: Job) -> None:
        """Delete the thumbnail of a job."""
        self.drop_id(job.id)

    def drop_id(self, job_id: str) -> None:
        (self._folder / f"{job_id}.jpg").unlink(missing_ok=True)

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
        clip, part = clips / (job.clip.clip_file or f"{job.id}.mp4"), self._folder / f"{job.id}.part.jpg"
        if not await asyncio.to_thread(self._ready, clip):
            return
        try:
            await thumbnail(clip, part, _SIDE_PX)
            await asyncio.to_thread(part.replace, self.path(job))
        except (FfmpegFailed, OSError) as error:
            log.info("no frame", extra={"job": job.code, "why": type(error).__name__})
        finally:
            part.unlink(missing_ok=True)

    def _ready(self, clip: Path) -> bool:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return clip.is_file()
