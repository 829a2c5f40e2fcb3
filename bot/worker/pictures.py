"""Download the pictures of a job as soon as it is accepted: their links die within a day, or with their message."""

import asyncio
import hashlib
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from bot.jobs.job import Job
from bot.jobs.pictures import JobPicture, Role
from bot.ports.provider import Picture
from bot.worker.context import JobContext

_READ_BYTES = 1 << 17


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
    """Download one picture into the file that its content names."""
    part = context.files.picture(job, picture)
    made = await context.publisher.download_image(url, part)
    digest = await asyncio.to_thread(_put_in_place, part, context.files.pictures)
    return replace(picture, url=None, digest=digest, mime=made.mime, width=made.width, height=made.height)


def _put_in_place(part: Path, folder: Path) -> str:
    """Rename a file to the SHA-256 of its content, durably. The time of a file that was there before is renewed."""
    digest = hashlib.sha256()
    with part.open("rb") as file:
        while block := file.read(_READ_BYTES):
            digest.update(block)
        os.fsync(file.fileno())
    part.replace(folder / digest.hexdigest())
    return digest.hexdigest()


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
