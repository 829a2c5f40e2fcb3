"""From our disk into the channel: one job, one clip. Source: reference/reliability.md 1 D and 2.5."""

import asyncio
import string
from dataclasses import replace
from typing import assert_never

from bot.jobs.job import Job, State
from bot.jobs.kept import Kept, KeptReason
from bot.jobs.status import Parked
from bot.ports.publisher import (
    NONCE_WINDOW_S,
    POST_TIMEOUT_S,
    ChannelGone,
    ContentBlocked,
    Delivery,
    MissingAccess,
    Posted,
    PostedThenDeleted,
    TooLarge,
    UnknownOutcome,
)
from bot.worker.context import JobContext, log
from bot.worker.poll_schedule import settle_left_s
from bot.worker.renditions import NoRendition, Rendition, rendition_for
from bot.worker.transitions import reschedule, retry_later
from bot.worker.upload_limit import learn_upload_limit

PARK_S = 600.0
CLOCK_ERROR_S = 900.0  # Discord's messages bear Discord's time, not ours
PARKED_FOR_S = 24 * 3600.0
GIVE_UP_AFTER = 6  # sizes that Discord refused
_EPOCHS = string.digits + string.ascii_lowercase


def nonce_of(job: Job, epoch: int) -> str:
    """At most 25 characters, the same in every process for the same job and epoch."""
    return f"{job.id}c{_EPOCHS[epoch % len(_EPOCHS)]}"


async def run(context: JobContext, job: Job) -> Job | None:
    """Post the clip, or find it where an earlier try has posted it."""
    if context.stopping:
        await reschedule(context, job, 0.0)
        return None
    now = context.clock.now()
    if job.post.post_first_at is not None:
        if not 0.0 <= now - job.post.post_first_at <= NONCE_WINDOW_S:
            return await _look_first(context, job, now)
        # What an earlier process has posted is looked for, too: its clock may have been another.
        if job.id not in context.posted and (found := await _seen(context, job)) is not None:
            return await _settle(context, job, found, None)
    clip = context.files.clip(job)
    if not clip.exists():  # lost: the provider may still have it
        why, tries = "the file is gone", job.tries + 1
        return await context.store.transition(job, State.DOWNLOADING, now=now, why=why, tries=tries)
    copy = await rendition_for(context, job)
    if isinstance(copy, NoRendition):
        return await _keep(context, job, copy.kept)
    now = context.clock.now()  # making a copy takes its time, and the nonce's window begins with the post
    intent = await context.store.update(job, post_first_at=job.post.post_first_at or now, post_last_at=now)
    if intent is None:
        return None
    context.posted[job.id] = context.clock.monotonic()
    return await _settle(context, intent, await _post(context, intent, copy), copy)


async def _post(context: JobContext, job: Job, copy: Rendition) -> Delivery:
    parent = await context.store.job(job.parent_id) if job.parent_id else None
    nonce = nonce_of(job, job.post.post_epoch)
    said = replace(job, note=" ".join(note for note in (job.note, copy.note) if note) or None)
    if copy.path is None:
        return await context.publisher.post_link(said, nonce, parent)
    return await context.publisher.post(said, copy.path, nonce, parent)


async def _look_first(context: JobContext, job: Job, now: float) -> Job | None:
    """The nonce has lost its power: wait until no earlier post can arrive any more, then look for it."""
    since = context.posted.get(job.id, context.started)
    wait_s = settle_left_s(
        POST_TIMEOUT_S, wall_s=now - (job.post.post_last_at or now), monotonic_s=context.clock.monotonic() - since
    )
    if wait_s > 0:
        await reschedule(context, job, wait_s)
        return None
    found = await _seen(context, job)
    match found:
        case Posted():
            return await _settle(context, job, found, None)
        case None:
            return await context.store.update(
                job, post_epoch=job.post.post_epoch + 1, post_first_at=None, post_last_at=None
            )
        case UnknownOutcome():
            if job.tries < 5:
                await retry_later(context, job, why="could not look for the post")
                return None
            return await _keep(context, job, Kept(reason=KeptReason.UNCERTAIN))
        case _:
            assert_never(found)


async def _seen(context: JobContext, job: Job) -> Posted | UnknownOutcome | None:
    return await context.publisher.find_post(job, since=(job.post.post_first_at or job.updated_at) - CLOCK_ERROR_S)


async def _settle(context: JobContext, job: Job, delivery: Delivery, copy: Rendition | None) -> Job | None:
    now = context.clock.now()
    match delivery:
        case Posted(message_id=message_id, channel_id=channel_id):
            context.metrics.delivered(now - (job.task.finished_at or now))
            log.info("delivered", extra={"job": job.code})
            moved = await context.store.transition(
                job, State.DELIVERED, now=now, why="posted", result_message_id=message_id,
                result_channel_id=channel_id, delivered_at=now, due_at=now,
            )  # fmt: skip
            if copy is not None and copy.path != context.files.clip(job):
                await asyncio.to_thread(context.files.delete_renditions, job)
            return moved
        case PostedThenDeleted():
            return await context.store.transition(
                job,
                State.DELIVERED,
                now=now,
                why="posted and then deleted",
                delivered_at=now,
                deleted_at=now,
                due_at=now,
            )
        case ChannelGone():
            return await _keep(context, job, Kept(reason=KeptReason.CHANNEL_GONE))
        case ContentBlocked():
            return await _keep(context, job, Kept(reason=KeptReason.CONTENT_BLOCKED))
        case TooLarge():
            return await _smaller(context, job, copy)
        case MissingAccess(missing=missing):
            if now - (job.task.finished_at or now) > PARKED_FOR_S:
                return await _keep(context, job, Kept(reason=KeptReason.MISSING_ACCESS, missing=missing))
            await context.publisher.show_status(job, Parked(missing=missing))
            await reschedule(context, job, PARK_S, post_first_at=_earlier(job))
            return None
        case UnknownOutcome(retry_after_s=retry_after_s):
            await retry_later(context, job, retry_after_s=retry_after_s, max_s=30.0, why="no clear answer to the post")
            return None
        case _:
            assert_never(delivery)


def _earlier(job: Job) -> float | None:
    """This post is surely not there; one of an earlier try may be, that of a process which was killed too."""
    return None if job.post.post_first_at == job.post.post_last_at else job.post.post_first_at


async def _smaller(context: JobContext, job: Job, copy: Rendition | None) -> Job | None:
    """Learn from a 413 and go round again: the next copy is made for the limit that was learned."""
    if copy is None or copy.path is None or job.tries + 1 >= GIVE_UP_AFTER:
        return await _keep(context, job, Kept(reason=KeptReason.OVER_LIMIT))
    await learn_upload_limit(context, job, copy.path.stat().st_size)
    return await context.store.update(job, tries=job.tries + 1, post_first_at=_earlier(job))


async def _keep(context: JobContext, job: Job, kept: Kept) -> Job | None:
    now = context.clock.now()
    log.warning("kept, not posted", extra={"job": job.code, "why": kept.reason.value})
    return await context.store.transition(
        job, State.KEPT, now=now, why=kept.reason.value, facts=kept.facts(), due_at=now
    )
