"""Post the clip to its channel, exactly once per job. Source: reference/reliability.md 1 D and 2.5."""

import asyncio
import string
from dataclasses import replace
from typing import assert_never

from bot.jobs.job import Job, State
from bot.jobs.kept import Kept, KeptReason
from bot.jobs.status import DiscordTrouble, Parked
from bot.ports.publisher import (
    NONCE_WINDOW_S,
    POST_TIMEOUT_S,
    ChannelGone,
    ContentBlocked,
    Delivery,
    MessageInvalid,
    MissingAccess,
    Posted,
    PostedThenDeleted,
    TooLarge,
    UnknownOutcome,
)
from bot.worker.context import JobContext, log
from bot.worker.poll_schedule import settle_left_s
from bot.worker.renditions import NoRendition, Rendition, rendition_for
from bot.worker.thumbnails import store_thumbnail
from bot.worker.transitions import reschedule, retry_later, wait_for_discord
from bot.worker.upload_limit import learn_upload_limit

PARK_S = 600.0
FIRST_PARK_S = 5.0  # access may have come back while the first post was being refused
MAX_PARKED_S = 24 * 3600.0
CLOCK_ERROR_S = 900.0  # Discord's messages have Discord's time, which may differ from ours
MAX_LOOKUP_WAIT_S = 600.0  # between failed searches for an earlier post
MAX_SIZES = 6  # sizes that Discord may refuse
MAX_POST_RETRY_S = 30.0
TRIES_BEFORE_NOTICE = 2
_EPOCHS = string.digits + string.ascii_lowercase


def nonce_of(job: Job, epoch: int) -> str:
    """Return at most 25 characters, the same in every process for the same job and epoch."""
    return f"{job.id}c{_EPOCHS[epoch % len(_EPOCHS)]}"


async def run(context: JobContext, job: Job) -> Job | None:
    """Post the clip, or find the message in which an earlier try has posted it."""
    if context.stopping:
        await reschedule(context, job, 0.0)
        return None
    now = context.clock.now()
    if job.post.post_first_at is not None:
        if not context.publisher.available():
            await wait_for_discord(context, job)
            return None
        if not 0.0 <= now - job.post.post_first_at <= NONCE_WINDOW_S:
            return await find_then_post(context, job, now)
        # Look for the post of an earlier process even within the window: its clock may have been wrong.
        if job.id not in context.posted and (delivery := await find_post(context, job)) is not None:
            return await apply_delivery(context, job, delivery, None)
    elif await context.store.has_withdrawn(job):
        return await withdraw(context, job)
    if not await context.file_store.fetch(context.files.clip(job)):  # the provider may still have it
        why, tries = "the file is gone", job.tries + 1
        return await context.store.transition(job, State.DOWNLOADING, now=now, why=why, tries=tries)
    rendition = await rendition_for(context, job)
    if not context.publisher.available():  # it may also take a larger file than is known now
        await wait_for_discord(context, job)
        return None
    if isinstance(rendition, NoRendition):
        return await keep(context, job, rendition.kept)
    now = context.clock.now()  # transcoding takes minutes, and the nonce's window starts with the post
    parent = await _parent_to_name(context, job)
    intent = await context.store.update(job, post_first_at=job.post.post_first_at or now, post_last_at=now)
    if intent is None or not context.may_act(intent):
        return None  # another worker has it, or will have it, and looks for the post
    context.posted.add(job.id)
    context.seen_for_s(intent, intent.post.post_last_at)
    return await apply_delivery(context, intent, await _post(context, intent, rendition, parent), rendition)


async def _parent_to_name(context: JobContext, job: Job) -> Job | None:
    """Return the video that a remix starts from, unless its requester isn't named any more."""
    parent = await context.store.job(job.parent_id) if job.parent_id else None
    return None if parent is None or await context.store.has_withdrawn(parent) else parent


async def _post(context: JobContext, job: Job, rendition: Rendition, parent: Job | None) -> Delivery:
    nonce = nonce_of(job, job.post.post_epoch)
    with_note = replace(job, note=" ".join(note for note in (job.note, rendition.note) if note) or None)
    if rendition.path is None:
        return await context.publisher.post_link(with_note, nonce, parent)
    return await context.publisher.post(with_note, rendition.path, nonce, parent)


async def withdraw(context: JobContext, job: Job) -> Job | None:
    """End a job whose requester has deleted their data, without a post."""
    now = context.clock.now()
    return await context.store.transition(
        job, State.DELIVERED, now=now, why="its requester deleted their data", deleted_at=now, due_at=now
    )


async def find_then_post(context: JobContext, job: Job, now: float) -> Job | None:
    """Past the nonce's window: wait until no earlier post can still arrive, look for it, and post only if it's missing.

    Not finding it starts a new epoch, and so a new nonce.
    """
    wait_s = settle_left_s(
        POST_TIMEOUT_S,
        wall_s=now - (job.post.post_last_at or now),
        monotonic_s=context.seen_for_s(job, job.post.post_last_at),
    )
    if wait_s > 0:
        await reschedule(context, job, wait_s)
        return None
    delivery = await find_post(context, job)
    match delivery:
        case Posted():
            return await apply_delivery(context, job, delivery, None)
        case None:
            return await context.store.update(
                job, post_epoch=job.post.post_epoch + 1, post_first_at=None, post_last_at=None
            )
        case UnknownOutcome():
            if now - (job.task.finished_at or now) <= MAX_PARKED_S:
                await _report_trouble(context, job)
                await retry_later(context, job, max_s=MAX_LOOKUP_WAIT_S, why="could not look for the post")
                return None
            return await keep(context, job, Kept(reason=KeptReason.UNCERTAIN))
        case _:
            assert_never(delivery)


async def find_post(context: JobContext, job: Job) -> Posted | UnknownOutcome | None:
    """Look for the message of an earlier try. Return None if there is none."""
    return await context.publisher.find_post(job, since=(job.post.post_first_at or job.updated_at) - CLOCK_ERROR_S)


async def apply_delivery(context: JobContext, job: Job, delivery: Delivery, rendition: Rendition | None) -> Job | None:
    """Store what became of a post, and what is next. `rendition`: what was posted, or None if it was found."""
    now = context.clock.now()
    match delivery:
        case Posted():
            return await _delivered(context, job, delivery, rendition)
        case PostedThenDeleted():
            return await context.store.transition(
                job, State.DELIVERED, now=now, why="posted and then deleted", delivered_at=now, deleted_at=now,
                due_at=now,
            )  # fmt: skip
        case ChannelGone():
            return await keep(context, job, Kept(reason=KeptReason.CHANNEL_GONE))
        case ContentBlocked(by=by):
            return await keep(context, job, Kept(reason=KeptReason.CONTENT_BLOCKED, by=by))
        case MessageInvalid(code=code):
            return await keep(context, job, Kept(reason=KeptReason.MESSAGE_INVALID, code=code))
        case TooLarge(by_discord=by_discord):
            return await _try_smaller(context, job, rendition, by_discord=by_discord)
        case MissingAccess(missing=missing):
            if now - (job.task.finished_at or now) > MAX_PARKED_S:
                return await keep(context, job, Kept(reason=KeptReason.MISSING_ACCESS, missing=missing))
            await context.publisher.show_status(job, Parked(missing=missing))
            facts = Kept(reason=KeptReason.MISSING_ACCESS, missing=missing).facts()
            wait_s = PARK_S if job.facts == facts else FIRST_PARK_S
            await reschedule(context, job, wait_s, post_first_at=first_unclear_post_at(job), facts=facts)
            return None
        case UnknownOutcome(retry_after_s=retry_after_s):
            why = "no clear answer to the post"
            await _report_trouble(context, job)
            await retry_later(context, job, retry_after_s=retry_after_s, max_s=MAX_POST_RETRY_S, why=why)
            return None
        case _:
            assert_never(delivery)


async def _delivered(context: JobContext, job: Job, posted: Posted, rendition: Rendition | None) -> Job | None:
    now = context.clock.now()
    context.metrics.delivered(now - (job.task.finished_at or now))
    log.info("delivered", extra={"job": job.code})
    moved = await context.store.transition(
        job, State.DELIVERED, now=now, why="posted", facts="{}", result_message_id=posted.message_id,
        result_channel_id=posted.channel_id, delivered_at=now, due_at=now,
    )  # fmt: skip
    if rendition is not None and rendition.path != context.files.clip(job):
        await asyncio.to_thread(context.files.delete_renditions, job.id)
    await store_thumbnail(context, job)
    return moved


async def _report_trouble(context: JobContext, job: Job) -> None:
    if job.tries >= TRIES_BEFORE_NOTICE:
        await context.publisher.show_status(job, DiscordTrouble())


def first_unclear_post_at(job: Job) -> float | None:
    """Return when the first post was tried whose outcome is unclear, after the last one was definitely refused."""
    return None if job.post.post_first_at == job.post.post_last_at else job.post.post_first_at


async def _try_smaller(context: JobContext, job: Job, rendition: Rendition | None, *, by_discord: bool) -> Job | None:
    """Note the refused size. The next run makes a smaller rendition."""
    if rendition is None or rendition.path is None or job.tries + 1 >= MAX_SIZES:
        return await keep(context, job, Kept(reason=KeptReason.OVER_LIMIT))
    await learn_upload_limit(context, job, rendition.path.stat().st_size, by_discord=by_discord)
    return await context.store.update(job, tries=job.tries + 1, post_first_at=first_unclear_post_at(job))


async def keep(context: JobContext, job: Job, kept: Kept) -> Job | None:
    """End a job whose clip can't be posted. Its requester can get it from /jobs."""
    log.warning("kept, not posted", extra={"job": job.code, "why": kept.reason.value})
    now = context.clock.now()
    return await context.store.transition(
        job, State.KEPT, now=now, why=kept.reason.value, facts=kept.facts(), due_at=now
    )
