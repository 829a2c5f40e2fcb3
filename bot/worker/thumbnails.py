"""Make the thumbnail of a posted clip for processes that don't have the clip on their disk."""

import asyncio

from bot.jobs.ids import new_code
from bot.jobs.job import Job
from bot.media.ffmpeg import FfmpegFailed
from bot.media.frames import THUMBNAIL_PX, thumbnail
from bot.ports.object_storage import ObjectStorageUnavailable
from bot.worker.context import JobContext, log


async def store_thumbnail(context: JobContext, job: Job) -> None:
    """Store `thumbs/<job id>.jpg` in the bucket. Do nothing without one. A failure is logged: it can be made later."""
    files, store = context.files, context.file_store
    if not store.is_shared:
        return
    path, part = files.thumbs / f"{job.id}.jpg", files.thumbs / f"{job.id}.{new_code()}.part.jpg"
    try:
        await asyncio.to_thread(files.thumbs.mkdir, parents=True, exist_ok=True, mode=0o700)
        if await store.fetch(files.clip(job)):
            await thumbnail(files.clip(job), part, THUMBNAIL_PX)
            await store.save(part, path)
    except (FfmpegFailed, ObjectStorageUnavailable, OSError) as error:
        log.info("no thumbnail", extra={"job": job.code, "why": type(error).__name__})
    finally:
        await asyncio.to_thread(part.unlink, missing_ok=True)
