"""Put a finished clip where every process finds it, before its row says so. A clip isn't downloaded twice for that."""

import asyncio
from typing import Unpack

from bot.jobs.job import Job, JobChanges
from bot.media.file_store import sha256_of
from bot.ports.object_storage import ObjectStorageUnavailable
from bot.worker.context import JobContext
from bot.worker.transitions import extend_lease, wait_for_storage

STORE_LEASE_S = 900.0


async def is_checked(context: JobContext, job: Job) -> bool:
    """Return whether the clip that the row describes is on this disk and only has to be stored."""
    checked = context.files.checked(job)
    if job.clip.clip_sha256 is None or not await asyncio.to_thread(checked.is_file):
        return False
    return await asyncio.to_thread(sha256_of, checked) == job.clip.clip_sha256


async def store_clip(context: JobContext, job: Job, **facts: Unpack[JobChanges]) -> bool:
    """Store the checked clip. Return False, with the job rescheduled, if the bucket doesn't take it now.

    `facts` are the row's columns about the clip; they're written then, so that the next try only has to store it.
    """
    if context.file_store.is_shared:
        await extend_lease(context, job, STORE_LEASE_S)
    try:
        await context.file_store.save(context.files.checked(job), context.files.clip(job))
    except ObjectStorageUnavailable as error:
        await wait_for_storage(context, job, error, **facts)
        return False
    return True
