"""Delete kept files that are too old, then the oldest until the rest fits the disk quota."""

import asyncio
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import partial

from bot.background import run_every
from bot.ports.file_store import StoredFile
from bot.ports.object_storage import ObjectStorageUnavailable
from bot.worker.clip_files import ClipFiles
from bot.worker.context import JobContext, log

INTERVAL_S = 3600.0
TEMPORARY_S = 3600.0  # an unfinished file or rendition this old is no longer in use


@dataclass(frozen=True, slots=True, kw_only=True)
class DiskUsage:
    """How much of the quota is used, in bytes. `oldest_at`: UTC seconds, None without clips."""

    clips: int
    clip_bytes: int
    other_bytes: int
    quota_bytes: int
    oldest_at: float | None


async def keep_quota(context: JobContext, quota_bytes: int) -> None:
    """Sweep now and every hour, until cancelled."""
    work = partial(sweep, context, quota_bytes)
    await run_every(INTERVAL_S, work, sleep=context.clock.sleep, log=log, failure="the disk quota sweep failed")


async def sweep(context: JobContext, quota_bytes: int) -> int:
    """Delete what `files_to_delete` chooses, here and in the object storage. Return the bytes freed.

    With a bucket that several processes use, one of them sweeps it; `cache_sweep` sweeps the disks.
    """
    async with context.sweep_lock("quota") as held:
        return await _sweep(context, quota_bytes) if held else 0


async def _sweep(context: JobContext, quota_bytes: int) -> int:
    now, kept_s, store = context.clock.now(), context.kept_days * 86_400.0, context.file_store
    needed = await needed_files(context)
    if store.is_shared:
        files = await store.list_shared()
    else:
        files = await asyncio.to_thread(context.files.list_files)
    chosen = files_to_delete(files, needed=needed, now=now, kept_s=kept_s, quota_bytes=quota_bytes)
    if store.is_shared:
        await store.delete([file.path for file in chosen])
        freed_bytes = sum(file.size_bytes for file in chosen)
    else:
        freed_bytes = await asyncio.to_thread(context.files.delete, chosen)
    if chosen:
        log.info("deleted old files", extra={"why": f"{len(chosen)} files, {freed_bytes} bytes"})
    if context.object_storage is not None:
        try:
            await context.object_storage.delete_before(now - kept_s)
        except ObjectStorageUnavailable:
            log.warning("could not delete old files from the object storage")
    return freed_bytes


async def needed_files(context: JobContext) -> set[str]:
    """Return the ids of open jobs and of the videos that they start from, and the names of their pictures."""
    open_jobs = await context.store.open_jobs()
    needed = {job.id for job in open_jobs} | {job.parent_id for job in open_jobs if job.parent_id is not None}
    needed |= {name for job in open_jobs if (name := (job.image_file or "").partition(";")[0])}
    pictures = await context.store.pictures([job.id for job in open_jobs])
    return needed | {picture.digest for picture in pictures if picture.digest is not None}


def files_to_delete(
    files: Iterable[StoredFile],
    *,
    needed: Collection[str],
    now: float,
    kept_s: float,
    quota_bytes: int,
    keep_newest: bool = True,
) -> list[StoredFile]:
    """Choose the files older than `kept_s`, then the oldest until the rest fits. Never the newest clip, unless told.

    `needed`: ids of open jobs, of the videos that open remixes start from, and the names of the pictures of open jobs;
    their files are never chosen. Pure.
    """
    by_age = sorted(files, key=lambda file: file.at)
    newest = max((file for file in by_age if file.is_clip and keep_newest), key=lambda file: file.at, default=None)
    deletable = [file for file in by_age if file is not newest and file.job_id not in needed]
    chosen = [file for file in deletable if now - file.at > (TEMPORARY_S if file.is_temporary else kept_s)]
    left_bytes = sum(file.size_bytes for file in by_age) - sum(file.size_bytes for file in chosen)
    for file in deletable:
        if left_bytes <= quota_bytes:
            break
        if file not in chosen:
            chosen.append(file)
            left_bytes -= file.size_bytes
    return chosen


def read_usage(files: ClipFiles, quota_bytes: int) -> DiskUsage:
    """Read the disk usage for `doctor`."""
    return usage_of(files.list_files(), quota_bytes)


def usage_of(files: Iterable[StoredFile], quota_bytes: int) -> DiskUsage:
    """Add up files. Pure."""
    listed = list(files)
    clips = [file for file in listed if file.is_clip]
    return DiskUsage(
        clips=len(clips),
        clip_bytes=sum(file.size_bytes for file in clips),
        other_bytes=sum(file.size_bytes for file in listed if not file.is_clip),
        quota_bytes=quota_bytes,
        oldest_at=min((file.at for file in clips), default=None),
    )
