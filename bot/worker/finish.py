"""Post the final status of an ended job, retried until Discord has it. The end itself is already on disk."""

from typing import assert_never

from bot.jobs.errors import RetakeError
from bot.jobs.job import Job, Outcome, State
from bot.jobs.kept import kept_from
from bot.jobs.status import Cancelled, CannotPost, DecisionNeeded, Ended, JobStatus
from bot.jobs.stored_errors import DECIDABLE, stored_error
from bot.worker.context import JobContext, log
from bot.worker.dispatch import admit_waiting
from bot.worker.finish_bundle import conclude
from bot.worker.host_alarm import alarm_host
from bot.worker.provider_order import task_of
from bot.worker.transitions import retry_later, wait_for_discord

MAX_TRIES = 6


async def run(context: JobContext, job: Job) -> None:
    """Delete the status message or write the final status, make waiting remixes due, and stop scheduling the job."""
    await context.store.mark_children_due(job.id, context.clock.now())
    if job.bundle.bundle_id is not None:
        await context.store.bundles.wake(job.bundle.bundle_id, context.clock.now())
    context.posted.discard(job.id)
    context.forget_intents(job)
    if job.state is State.CANCELLED and job.tries == 0 and job.cancel_requested_at is None:
        await _cancel_task(context, job)
    if job.state not in (State.DELIVERED, State.ABANDONED):
        await admit_waiting(context)  # its slot is free
    if job.state is State.ABANDONED:
        done = True
    elif not context.publisher.available():
        await wait_for_discord(context, job, tries=max(1, job.tries))  # a task is cancelled once
        return
    elif job.bundle.bundle_id is not None:
        done = await conclude(context, job, final_status) and await _withdraw(context, job)
    elif job.state is State.DELIVERED or await context.store.has_withdrawn(job):  # a status has the prompt's beginning
        done = await context.publisher.delete_status(job) and await _withdraw(context, job)
    else:
        status = await alarm_host(context, job, final_status(context, job))
        done = await context.publisher.show_final_status(job, status)
    if done or job.tries + 1 >= MAX_TRIES:
        await context.store.update(job, due_at=None, lease_until=None)
    else:
        await retry_later(context, job, why="the final status was not posted")


async def _withdraw(context: JobContext, job: Job) -> bool:
    """Delete a clip that was posted after its requester deleted their data. Return False if it should be retried."""
    if job.post.message_id is None or job.post.deleted_at is not None:
        return True
    if not await context.store.has_withdrawn(job):
        return True
    if not await context.publisher.delete_post(job):
        return False
    await context.store.update(job, deleted_at=context.clock.now())
    return True


async def _cancel_task(context: JobContext, job: Job) -> None:
    """Cancel the provider's task of a job that a person has cancelled. The provider may charge for it anyway."""
    provider = context.provider(job)
    if provider is None or job.task.task_id is None:
        return
    try:
        stopped = await provider.delete_task(task_of(job))
    except RetakeError as error:
        log.info("the provider did not cancel the task", extra={"job": job.code, "why": type(error).__name__})
    else:
        log.info("cancelled", extra={"job": job.code, "stopped": stopped})


def final_status(context: JobContext, job: Job) -> JobStatus:
    """Return the final status of a job that posted no clip. Raise ValueError for any other job."""
    match job.state:
        case State.CANCELLED:
            return Cancelled(
                accepted=job.task.submitted_at is not None,
                given_up=job.outcome is Outcome.UNKNOWN,
                stopped=job.cancel_requested_at is not None and job.outcome is Outcome.FAILED,
                rendered=job.outcome is Outcome.SUCCEEDED,
            )
        case State.KEPT:
            return CannotPost(kept=kept_from(job), kept_days=context.kept_days)
        case State.NEEDS_PERSON if job.trouble in DECIDABLE:
            return DecisionNeeded(error=stored_error(job))
        case State.REJECTED | State.FAILED | State.NEEDS_PERSON:
            return Ended(error=stored_error(job))
        case (
            State.RECEIVED
            | State.ACCEPTED
            | State.SUBMITTING
            | State.SUBMIT_UNKNOWN
            | State.POLLING
            | State.DOWNLOADING
            | State.DELIVERING
            | State.DELIVERED
            | State.ABANDONED
            | State.IMPORTED
        ):
            raise ValueError(f"{job.state} has no final status")
        case _:
            assert_never(job.state)
