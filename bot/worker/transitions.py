"""Changes of a job that several steps share: reschedule, retry with backoff, end with an error."""

import json
from typing import Unpack

from bot.jobs.errors import RetakeError
from bot.jobs.job import Job, JobChanges, Outcome, State
from bot.jobs.money import dollars
from bot.ports.job_store import Money
from bot.worker.context import JobContext, log
from bot.worker.poll_schedule import backoff_s


async def reschedule(context: JobContext, job: Job, in_s: float, **changes: Unpack[JobChanges]) -> None:
    """Release the lease and make the job due in `in_s` seconds, without changing its state."""
    changes |= {"due_at": context.clock.now() + in_s, "lease_until": None}
    await context.store.update(job, **changes)


async def retry_later(
    context: JobContext, job: Job, *, retry_after_s: float | None = None, max_s: float = 60.0, why: str
) -> None:
    """Reschedule a job after a failure, with exponential backoff up to `max_s`.

    `retry_after_s` is the wait that the other side asked for; it is never cut short.
    """
    tries = job.tries + 1
    wait_s = backoff_s(tries, first_s=context.timing.retry_s, max_s=max_s, retry_after_s=retry_after_s)
    log.info("retry scheduled", extra={"job": job.code, "state": job.state.value, "tries": tries, "why": why})
    await reschedule(context, job, wait_s, tries=tries)


async def finish_with_error(
    context: JobContext, job: Job, to: State, error: RetakeError, *, money: Money, outcome: Outcome | None = None
) -> Job | None:
    """End a job with an error, due at once so that its final status is posted. Return None if another worker moved it.

    The row stores the error's class name in `trouble` and its facts, the job's code and the price in `facts`.
    """
    name = type(error).__name__
    facts = {"code": job.code, "cost": dollars(job.money.price_micros), **error.facts}
    log.info("ended", extra={"job": job.code, "state": to.value, "trouble": name})
    return await context.store.transition(
        job,
        to,
        now=context.clock.now(),
        why=name,
        money=money,
        outcome=outcome,
        trouble=name,
        facts=json.dumps(facts),
        due_at=context.clock.now(),
    )
