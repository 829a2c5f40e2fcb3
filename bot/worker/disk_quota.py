"""Keeps the shelf of clips within its days and bytes. Knows the store, the files and the bucket."""

import asyncio
from functools import partial

from bot.background import run_every
from bot.ports.object_storage import ObjectStorageUnavailable
from bot.worker.clip_files import ClipFiles
from bot.worker.context import JobContext, log
from bot.worker.eviction import ShelfState, may_go, shelf_state

EVERY_S = 3600.0


async def keep_quota(context: JobContext, budget_bytes: int) -> None:
    """Sweep now and every hour, until cancelled."""
    work = partial(sweep, context, budget_bytes)
    await run_every(EVERY_S, work, sleep=context.clock.sleep, log=log, failure="the disk quota sweep failed")


async def sweep(context: JobContext, budget_bytes: int) -> int:
    """Delete what may go; returns the bytes that are free now. Called at the start and every hour."""
    now, kept_s = context.clock.now(), context.kept_days * 86_400.0
    open_jobs = await context.store.open_jobs()
    needed = {job.id for job in open_jobs} | {job.parent_id for job in open_jobs if job.parent_id is not None}
    kept = await asyncio.to_thread(context.files.kept)
    gone = may_go(kept, needed=needed, now=now, kept_s=kept_s, budget_bytes=budget_bytes)
    freed = await asyncio.to_thread(context.files.drop, gone)
    if gone:
        log.info("swept", extra={"why": f"{len(gone)} files, {freed} bytes"})
    if context.object_storage is not None:
        try:
            await context.object_storage.delete_before(now - kept_s)
        except ObjectStorageUnavailable:
            log.warning("the object storage could not be swept")
    return freed


def state(files: ClipFiles, budget_bytes: int) -> ShelfState:
    """What `doctor` shows. Reads the folders and nothing else."""
    return shelf_state(files.kept(), budget_bytes)
