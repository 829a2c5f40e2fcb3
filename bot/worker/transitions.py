"""Changes of a job that several steps share: reschedule, retry with backoff, end with an error."""

import json
from typing import Unpack

from bot.jobs.errors import RetakeError
from bot.jobs.job import Job, JobChanges, State
from bot.jobs.provider_errors import OutcomeUnknown, UnclearAnswer
from bot.ports.job_store import Money
from bot.ports.object_storage import ObjectStorageUnavailable
from bot.ports.provider import Task
from bot.worker.context import JobContext, log
from bot.worker.poll_schedule import backoff_s

DISCORD_CHECK_S = 60.0
STORAGE_CHECK_S = 10.0


async def reschedule(context: JobContext, job: Job, in_s: float, **changes: Unpack[JobChanges]) -> None:
    """Release the lease and make the job due in `in_s` seconds, without changing its state."""
    changes |= {"due_at": context.clock.now() + in_s, "lease_until": None}
    await context.store.update(job, **changes)


async def extend_lease(context: JobContext, job: Job, for_s: float) -> None:
    """Lease a job for the whole of a long step, unless its lease is renewed meanwhile."""
    if context.leases is None:
        until = context.clock.now() + for_s
        await context.store.update(job, lease_until=until, due_at=until)


async def wait_for_discord(context: JobContext, job: Job, **changes: Unpack[JobChanges]) -> None:
    """Leave a job that needs a message until Discord has taken the login, which makes it due at once."""
    log.info("waiting for Discord", extra={"job": job.code, "state": job.state.value})
    await reschedule(context, job, DISCORD_CHECK_S, **changes)


async def wait_for_storage(
    context: JobContext, job: Job, error: ObjectStorageUnavailable, **changes: Unpack[JobChanges]
) -> None:
    """Leave a job as it is until the bucket answers. Waiting isn't counted as a try: nothing was refused."""
    log.info("waiting for the bucket", extra={"job": job.code, "state": job.state.value, "why": str(error)})
    await reschedule(context, job, STORAGE_CHECK_S, **changes)


async def retry_later(
    context: JobContext,
    job: Job,
    *,
    retry_after_s: float | None = None,
    max_s: float = 60.0,
    why: str,
    **changes: Unpack[JobChanges],
) -> None:
    """Reschedule a job after a failure, with exponential backoff up to `max_s`.

    `retry_after_s` is the wait that the other side asked for; it is never cut short.
    """
    tries = job.tries + 1
    wait_s = backoff_s(tries, first_s=context.timing.retry_s, max_s=max_s, retry_after_s=retry_after_s)
    log.info("retry scheduled", extra={"job": job.code, "state": job.state.value, "tries": tries, "why": why})
    changes["tries"] = tries
    await reschedule(context, job, wait_s, **changes)


async def finish_with_error(
    context: JobContext,
    job: Job,
    to: State,
    error: RetakeError,
    *,
    money: Money,
    **changes: Unpack[JobChanges],
) -> Job | None:
    """End a job with an error, due at once so that its final status is posted. Return None if another worker moved it.

    The row stores the error's class name in `trouble`, and its facts and the job's code in `facts`; without one in
    `changes`, it has no outcome.
    """
    name, now = type(error).__name__, context.clock.now()
    facts = {"code": job.code, **error.facts}
    changes = {"outcome": None, **changes, "trouble": name, "facts": json.dumps(facts), "due_at": now}
    log.info("ended", extra={"job": job.code, "state": to.value, "trouble": name})
    return await context.store.transition(job, to, now=now, why=name, money=money, **changes)


def unknown_outcome(job: Job) -> OutcomeUnknown:
    """Return why the outcome of a job's paid request isn't known, as the transition to SUBMIT_UNKNOWN has stored it."""
    return UnclearAnswer() if job.why == UnclearAnswer.__name__ else OutcomeUnknown()


async def keep_late_answer(context: JobContext, job: Job, task: Task) -> None:
    """Store the task of a paid request whose row was taken over meanwhile: its clip is found, not asked about."""
    kept = await context.store.keep_late_task(
        job,
        now=context.clock.now(),
        task_id=task.task_id,
        protocol=task.protocol,
        endpoint=task.endpoint,
        spare_ids=json.dumps(dict(task.spare_ids)),
    )
    if kept is None:  # it has ended or was sent again: the host can look it up
        log.error("a paid task came too late", extra={"job": job.code, "task": task.task_id})
    else:
        log.warning("a paid task came late and is followed", extra={"job": job.code, "account": job.account})
