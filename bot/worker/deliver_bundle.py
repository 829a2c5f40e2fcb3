"""Post the clips of several takes in one message, exactly once. One of them posts, and the others end as it does."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.jobs.job import Job, State
from bot.jobs.status import TakesReady
from bot.ports.bundles import FollowPost, PostTakes, WaitForTakes
from bot.ports.publisher import NONCE_WINDOW_S, TakePost, TooLarge
from bot.worker import deliver
from bot.worker.context import JobContext, log
from bot.worker.renditions import NoRendition, Rendition, rendition_for
from bot.worker.thumbnails import store_thumbnail
from bot.worker.transitions import reschedule, wait_for_discord
from bot.worker.upload_limit import refuse_size


@dataclass(frozen=True, slots=True, kw_only=True)
class _Clip:
    job: Job
    rendition: Rendition


async def run(context: JobContext, job: Job) -> Job | None:
    """Wait for the other takes, post the clips that are ready, or take over what another take's post became."""
    if context.stopping:
        await reschedule(context, job, 0.0)
        return None
    turn = await context.store.bundles.post_turn(job, context.clock.now())
    match turn:
        case None:
            return None
        case WaitForTakes(jobs=jobs):
            await show_progress(context, jobs)
            return None
        case FollowPost(by=lead):
            await _follow(context, job, lead)
            return None
        case PostTakes():
            return await _post_takes(context, turn)


async def show_progress(context: JobContext, jobs: Sequence[Job]) -> None:
    """Say in the status message how many takes are ready, unless the first one is still being made."""
    first = jobs[0]
    if first.ended or first.state is State.DELIVERING:
        ready = sum(1 for job in jobs if job.state in (State.DELIVERING, State.DELIVERED))
        await context.publisher.show_status(first, TakesReady(ready=ready, size=len(jobs)))


async def _take_along(context: JobContext, lead: Job, others: Sequence[Job]) -> None:
    """End the takes that were posted with this one, so that their buttons work at once."""
    for job in others:
        taken = await context.store.take_over(job.id, (State.DELIVERING,), context.clock.now(), context.timing.lease_s)
        if taken is not None and taken.bundle.posted_with == lead.id:
            await _follow(context, taken, lead)


async def _follow(context: JobContext, job: Job, lead: Job) -> Job | None:
    """End a take as the one that posted its clip has ended. It's due then, so that its end is concluded."""
    now, post = context.clock.now(), lead.post
    if lead.state is State.KEPT:
        return await context.store.transition(
            job, State.KEPT, now=now, why=lead.why, facts=lead.facts, due_at=now, lease_until=None
        )
    posted_at = (post.delivered_at or now) - (job.bundle.bundle_place - lead.bundle.bundle_place) / 1000
    moved = await context.store.transition(
        job, State.DELIVERED, now=now, why="posted with another take", shared_message_id=post.result_message_id,
        result_channel_id=post.result_channel_id, delivered_at=posted_at, due_at=now, lease_until=None,
        deleted_at=post.deleted_at if post.result_message_id is None else None,
    )  # fmt: skip
    if moved is not None:
        await asyncio.to_thread(context.files.delete_renditions, moved.id)
        await store_thumbnail(context, moved)
    return moved


async def _post_takes(context: JobContext, turn: PostTakes) -> Job | None:
    lead, now = turn.jobs[0], context.clock.now()
    if lead.bundle.hidden and len(turn.jobs) == 1:  # nothing is left to compare
        await context.store.bundles.reveal(lead.bundle.bundle_id or "", now)
        return await context.store.job(lead.id)
    shown = replace(lead, post=replace(lead.post, status_message_id=turn.status_message_id))
    if lead.post.post_first_at is not None:
        if not context.publisher.available():
            await wait_for_discord(context, lead)
            return None
        if not 0.0 <= now - lead.post.post_first_at <= NONCE_WINDOW_S:
            return await deliver.find_then_post(context, shown, now)
        if lead.id not in context.posted and (found := await deliver.find_post(context, lead)) is not None:
            return await deliver.apply_delivery(context, shown, found, None)
    elif await context.store.has_withdrawn(lead):
        return await deliver.withdraw(context, lead)
    clips = await _clips(context, turn)
    if not isinstance(clips, list):
        return clips
    if not context.publisher.available():
        await wait_for_discord(context, lead)
        return None
    now = context.clock.now()
    intent = await context.store.update(lead, post_first_at=lead.post.post_first_at or now, post_last_at=now)
    if intent is None or not context.may_act(intent):
        return None  # another worker has it, or will have it, and looks for the post
    context.posted.add(lead.id)
    context.seen_for_s(intent, intent.post.post_last_at)
    takes = [_with_note(intent if each.job.id == lead.id else each.job, each.rendition) for each in clips]
    delivery = await context.publisher.post_takes(takes, turn.told, deliver.nonce_of(intent, intent.post.post_epoch))
    shown = replace(intent, post=replace(intent.post, status_message_id=turn.status_message_id))
    if isinstance(delivery, TooLarge) and intent.tries + 1 < deliver.MAX_SIZES:
        return await _try_smaller(context, intent, clips)
    moved = await deliver.apply_delivery(context, shown, delivery, clips[0].rendition)
    if moved is not None and moved.ended:
        await _take_along(context, moved, [each.job for each in clips[1:]])
    return moved


def _with_note(job: Job, rendition: Rendition) -> TakePost:
    note = " ".join(note for note in (job.note, rendition.note) if note) or None
    return TakePost(job=replace(job, note=note), clip=rendition.path)


async def _clips(context: JobContext, turn: PostTakes) -> list[_Clip] | Job | None:
    """Return what to post for each take, sized so that all of them fit into one message.

    A take that can't be posted is left to a message of its own; then return what the job's next step is.
    """
    lead, clips = turn.jobs[0], []
    for job in turn.jobs:
        if not await context.file_store.fetch(context.files.clip(job)):
            return await _part(context, turn, job)
        rendition = await rendition_for(context, job, holder=lead, takes=len(turn.jobs))
        if isinstance(rendition, NoRendition):
            if len(turn.jobs) == 1:
                return await deliver.keep(context, lead, rendition.kept)
            return await _part(context, turn, job)
        clips.append(_Clip(job=job, rendition=rendition))
    return clips


async def _part(context: JobContext, turn: PostTakes, job: Job) -> Job | None:
    """Post a take apart from the others. Return the job to go on with."""
    lead, now = turn.jobs[0], context.clock.now()
    if len(turn.jobs) == 1:  # its file is gone; the provider may still have it
        why, tries = "the file is gone", lead.tries + 1
        return await context.store.transition(lead, State.DOWNLOADING, now=now, why=why, tries=tries)
    log.info("a take is posted apart", extra={"job": job.code})
    await context.store.bundles.post_apart([job] if job.id != lead.id else turn.jobs[1:], now)
    return await context.store.update(lead, tries=lead.tries)


async def _try_smaller(context: JobContext, lead: Job, clips: Sequence[_Clip]) -> Job | None:
    """Note the refused size of every file. The next run makes smaller renditions."""
    for clip in clips:
        if clip.rendition.path is not None:
            size_bytes = (await asyncio.to_thread(clip.rendition.path.stat)).st_size
            await refuse_size(context, clip.job, size_bytes)
    return await context.store.update(lead, tries=lead.tries + 1, post_first_at=deliver.first_unclear_post_at(lead))
