"""Download the pictures of a job as soon as it is accepted: their links die within a day, or with their message."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from bot.jobs.job import Job
from bot.jobs.pictures import JobPicture, Role
from bot.media.file_store import sha256_of
from bot.ports.provider import Picture
from bot.worker.context import JobContext


async def download_pictures(context: JobContext, job: Job) -> Job | None:
    """Download what isn't on disk yet. Raise NotAnImage or Unreachable. Return None if another worker moved the job."""
    pictures = await context.store.pictures([job.id])
    for picture in pictures:
        if picture.url is not None:
            await context.store.save_picture(job.id, await _download(context, job, picture, picture.url))
    if job.image_url is None:
        return job
    first = await _download(context, job, JobPicture(role=Role.FIRST), job.image_url)
    await context.store.save_picture(job.id, first)
    return await context.store.update(job, image_url=None, image_file=first.image_file, tries=0)


async def _download(context: JobContext, job: Job, picture: JobPicture, url: str) -> JobPicture:
    """Download one picture into the file that its content names, and store it. Its time is renewed if it was there."""
    part = context.files.picture(job, picture)
    made = await context.publisher.download_image(url, part)
    digest = await asyncio.to_thread(sha256_of, part)
    await context.file_store.save(part, context.files.pictures / digest)
    return replace(picture, url=None, digest=digest, mime=made.mime, width=made.width, height=made.height)


async def fetch_pictures(context: JobContext, pictures: Sequence[JobPicture]) -> None:
    """Make sure that stored pictures are on this disk."""
    for picture in pictures:
        if picture.digest is not None:
            await context.file_store.fetch(context.files.pictures / picture.digest)


def picture_of(context: JobContext, picture: JobPicture) -> Picture:
    """Return a picture that is on disk as an order names it."""
    return Picture(
        path=context.files.pictures / (picture.digest or ""),
        mime=picture.mime or "",
        width=picture.width,
        height=picture.height,
    )


def pictures_with(context: JobContext, pictures: Sequence[JobPicture], role: Role) -> list[Picture]:
    """Return the pictures of one role."""
    return [picture_of(context, picture) for picture in pictures if picture.role is role]
