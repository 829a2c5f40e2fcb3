"""Download the clip from the provider's link, check it and save it."""

import asyncio
from functools import partial
from typing import Unpack

from bot.jobs.errors import RetakeError
from bot.jobs.job import Job, JobChanges, State
from bot.jobs.provider_errors import (
    AddressBlocked,
    ClipNotFetched,
    ClipNotHandedOver,
    ClipUnusable,
    LinkDead,
    NoSpace,
    ProviderError,
    Unreachable,
)
from bot.jobs.status import Downloading
from bot.media.mp4.reader import NotAVideo
from bot.media.mp4.tags import erase_tags
from bot.ports.metrics import timed
from bot.ports.object_storage import ObjectStorageUnavailable
from bot.ports.provider import Provider, Ready
from bot.worker.clip_check import INCOMPLETE, Incomplete, check_clip
from bot.worker.context import JobContext, log
from bot.worker.joining import join_to_source
from bot.worker.provider_order import task_of
from bot.worker.stored_clips import is_checked, store_clip
from bot.worker.transitions import extend_lease, finish_with_error, reschedule, retry_later

MAX_TRIES = 6
NO_PROVIDER_S = 600.0
_CHECK_S = 120.0  # the lease covers the download and the check of the file


async def run(context: JobContext, job: Job, ready: Ready | None) -> Job | None:
    """Download, check and save the clip. Links are never stored, so without `ready` the task is polled for one."""
    if await is_checked(context, job):
        return await _store(context, job)
    provider = context.provider(job)
    if provider is None:
        await reschedule(context, job, NO_PROVIDER_S)
        return None
    if ready is None:
        ready = await _fresh_link(context, job, provider)
        if ready is None:
            return None
    await context.publisher.show_status(job, Downloading())
    part = context.files.part(job)
    await extend_lease(context, job, context.limits.timeout_s + _CHECK_S)
    try:
        record = partial(context.metrics.downloaded, job.account)
        await timed(provider.fetch(ready, part, context.limits), context.clock, record)
        checked = await check_clip(context, job, part)
        if context.offers.model_for(job.account, job.model).workflow is not None:
            await asyncio.to_thread(erase_tags, part)  # ComfyUI writes the whole workflow into the file
    except (LinkDead, Unreachable, NoSpace, ClipUnusable, NotAVideo, Incomplete, AddressBlocked) as error:
        return await _clip_unusable(context, job, error)
    whole = await join_to_source(context, job, part, checked)
    if whole is None:
        return None
    size, digest = await asyncio.to_thread(context.files.finish, job)
    note = " ".join(note for note in (job.note, whole.note) if note) or None
    return await _store(
        context, job, clip_file=context.files.clip(job).name, clip_bytes=size, clip_sha256=digest,
        clip_seconds=whole.facts.duration_s, note=note,
    )  # fmt: skip


async def _store(context: JobContext, job: Job, **facts: Unpack[JobChanges]) -> Job | None:
    """Store the clip, then the row that says so."""
    if not await store_clip(context, job, **facts):
        return None
    changes: JobChanges = {**facts, "facts": "{}"}
    return await context.store.transition(job, State.DELIVERING, now=context.clock.now(), why="on disk", **changes)


async def _fresh_link(context: JobContext, job: Job, provider: Provider) -> Ready | None:
    """Poll the task for a link. If the task is no longer ready, the job goes back to polling."""
    try:
        state = await provider.check(task_of(job))
    except ProviderError as error:
        await retry_later(context, job, why=type(error).__name__)
        return None
    if isinstance(state, Ready):
        return state
    await context.store.transition(
        job, State.POLLING, now=context.clock.now(), why="the clip is gone", tries=job.tries, lease_until=None
    )
    return None


async def _clip_unusable(context: JobContext, job: Job, error: RetakeError | NotAVideo | Incomplete) -> Job | None:
    """Retry with a fresh link. A private address, or too many tries, holds the job for a person.

    A file that can't be posted is then kept for the host.
    """
    last = isinstance(error, AddressBlocked) or job.tries + 1 >= MAX_TRIES
    if last and isinstance(error, NotAVideo | Incomplete):
        await _keep_received(context, job)
    await asyncio.to_thread(context.files.part(job).unlink, missing_ok=True)
    log.warning("the download failed", extra={"job": job.code, "why": type(error).__name__, "tries": job.tries + 1})
    if isinstance(error, NoSpace):
        await retry_later(context, job, max_s=60.0, why="no space")
        return None
    if last:
        return await finish_with_error(context, job, State.NEEDS_PERSON, last_error(error), money="hold")
    facts: JobChanges = {"facts": INCOMPLETE} if isinstance(error, Incomplete) else {}
    retry_after_s = error.retry_after_s if isinstance(error, Unreachable) else None
    await retry_later(context, job, retry_after_s=retry_after_s, why=type(error).__name__, **facts)
    return None


async def _keep_received(context: JobContext, job: Job) -> None:
    """Keep the downloaded file for the host, unless it is empty or missing."""
    part = context.files.part(job)
    try:
        if (await asyncio.to_thread(part.stat)).st_size:
            await context.file_store.save(part, context.files.received(job))
    except (FileNotFoundError, ObjectStorageUnavailable) as error:
        log.info("a provider's file isn't kept", extra={"job": job.code, "why": type(error).__name__})


def last_error(error: RetakeError | NotAVideo | Incomplete) -> RetakeError:
    """Return the error that ends the job."""
    match error:
        case Unreachable():
            return ClipNotFetched()
        case LinkDead():
            return ClipNotHandedOver()
        case AddressBlocked() | ClipUnusable():
            return error
        case _:
            return ClipUnusable()
