"""Keep this disk's copies of files in the bucket few and young. Every process does it for its own folder."""

import asyncio
from functools import partial

from bot.background import run_every
from bot.worker.context import JobContext, log
from bot.worker.disk_quota import files_to_delete, needed_files

INTERVAL_S = 600.0
CACHED_S = 3600.0  # a file that is deleted from the bucket is on other disks for at most this time


async def keep_cache_small(context: JobContext, quota_bytes: int) -> None:
    """Sweep now and every ten minutes, until cancelled."""
    work = partial(sweep_cache, context, quota_bytes)
    await run_every(INTERVAL_S, work, sleep=context.clock.sleep, log=log, failure="the cache sweep failed")


async def sweep_cache(context: JobContext, quota_bytes: int) -> int:
    """Delete copies that no open job needs and that are an hour old, or over the quota. Return the bytes freed."""
    needed = await needed_files(context)
    files = await asyncio.to_thread(context.files.list_copies)
    chosen = files_to_delete(
        files, needed=needed, now=context.clock.now(), kept_s=CACHED_S, quota_bytes=quota_bytes, keep_newest=False
    )
    return await asyncio.to_thread(context.files.delete, chosen)
