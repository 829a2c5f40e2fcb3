"""End the takes of one order: they share a status message, which is concluded when the last of them has ended."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from bot.jobs.job import Job, State
from bot.jobs.status import Ended, JobStatus
from bot.jobs.stored_errors import DECIDABLE
from bot.ports.bundles import BundleStore
from bot.worker.context import JobContext
from bot.worker.deliver_bundle import show_progress
from bot.worker.host_alarm import alarm_host
from bot.worker.transitions import reschedule

FIRST_CHECK_S = 1.0


async def follow_first(context: JobContext, job: Job) -> Job | None:
    """Decide a received take by what became of the first, which alone has an answer in Discord."""
    now, first = context.clock.now(), (await bundle_of(context.store.bundles, job))[0]
    if first.post.status_message_id is not None and first.state not in (State.RECEIVED, State.ABANDONED):
        return await context.store.transition(
            job, State.ACCEPTED, now=now, why="the answer was found", interaction_token=None
        )
    if first.state is State.RECEIVED:
        await reschedule(context, job, FIRST_CHECK_S)
        return None
    return await context.store.transition(
        job, State.ABANDONED, now=now, why="no answer of ours", money="release", interaction_token=None, due_at=now
    )


async def bundle_of(bundles: BundleStore, job: Job) -> list[Job]:
    """Return the takes of a job's order, the first one first."""
    return await bundles.jobs(job.bundle.bundle_id or "")


async def conclude(context: JobContext, job: Job, final_status: Callable[[JobContext, Job], JobStatus]) -> bool:
    """Update the status message after a take has ended. Return False if it should be retried.

    When all have ended, it's deleted, or it tells about one that no message has told about.
    """
    if job.state in (State.REJECTED, State.FAILED):
        await alarm_host(context, job, final_status(context, job))
    jobs = await bundle_of(context.store.bundles, job)
    if not all(each.ended for each in jobs):
        await show_progress(context, jobs)
        return True
    if jobs[0].bundle.hidden and not any(each.state is State.DELIVERED for each in jobs):
        jobs = await context.store.bundles.reveal(job.bundle.bundle_id or "", context.clock.now())
    first, untold = jobs[0], _untold(jobs)
    if not untold or await context.store.has_withdrawn(job):
        return await context.publisher.delete_status(first)
    told = untold[0]
    status = await alarm_host(context, told, final_status(context, told))
    if isinstance(status, Ended) and len(untold) == len(jobs) and {each.trouble for each in jobs} == {told.trouble}:
        status = replace(status, takes=len(jobs))
    shown = replace(told, post=replace(told.post, status_message_id=first.post.status_message_id))
    return await context.publisher.show_final_status(shown, status)


def _untold(jobs: Sequence[Job]) -> list[Job]:
    """Return the takes whose end no message tells: first those that wait for a decision or have a clip."""
    posted = {each.id for each in jobs if each.state is State.DELIVERED}
    untold = [
        each
        for each in jobs
        if each.state not in (State.DELIVERED, State.ABANDONED) and each.bundle.posted_with not in posted
    ]
    open_first = {State.NEEDS_PERSON: 0, State.KEPT: 1}
    return sorted(untold, key=lambda each: (open_first.get(each.state, 2), each.trouble not in DECIDABLE))
