"""Stop the tasks of cancelled jobs at their providers, and end the jobs by what the providers say.

A cancelled job goes on being polled until that is known. Every cancellation is sent right after a check that has found
the task running: of a task that has ended, the same request may delete the result.
"""

from typing import assert_never

from bot.jobs.job import Job, Outcome, State
from bot.jobs.provider_errors import ProviderError
from bot.ports.provider import Failed, Missing, Pending, Ready, TaskState
from bot.ports.provider_capabilities import NotStopped, Stopped, Stopping, TaskCancellation
from bot.worker.context import JobContext, log
from bot.worker.poll_queue import CancelAttempts, PollEntry
from bot.worker.poll_result import KeepPolling, StopPolling, apply_error, record_answer
from bot.worker.poll_schedule import MISSING_GRACE_S
from bot.worker.provider_order import task_of
from bot.worker.reported_cost import cost_to_book

MAX_TRYING_S = 3600.0  # for a provider that can't be reached or doesn't accept the key
MAX_STOPPING_S = 120.0  # from a cancellation that was taken to the end of the task
MAX_DECLINED = 3


def can_cancel(context: JobContext, job: Job) -> bool:
    """Return whether the provider has a documented request that stops the job's task."""
    provider = context.provider(job)
    has_task = job.task.task_id is not None
    return has_task and isinstance(provider, TaskCancellation) and provider.can_cancel(task_of(job))


async def apply_answer(
    context: JobContext, entry: PollEntry, answer: TaskState | ProviderError | None
) -> KeepPolling | StopPolling:
    """Apply the answer to a poll of a cancelled job; None if the host has removed the account."""
    now = context.clock.monotonic()
    entry.cancel = entry.cancel or CancelAttempts(since=now)
    if answer is None:
        return await _end(context, entry.job)
    if isinstance(answer, ProviderError):
        return await _retry(context, entry, entry.cancel, answer)
    await record_answer(context, entry.job, answer)
    match answer:
        case Ready():
            return await _end(context, entry.job, Outcome.SUCCEEDED, answer)
        case Failed(free=free):
            return await _end(context, entry.job, Outcome.FAILED if free else None, answer)
        case Missing() if not entry.cancel.sent and now - entry.cancel.since <= MISSING_GRACE_S:
            return KeepPolling(in_s=context.timing.check_every_s)  # it may not be listed yet
        case Missing() | Pending(finished=True):
            return await _end(context, entry.job)
        case Pending():
            return await _stop(context, entry, entry.cancel)
        case _:
            assert_never(answer)


async def _stop(context: JobContext, entry: PollEntry, attempts: CancelAttempts) -> KeepPolling | StopPolling:
    """Send the cancellation of a task that runs, unless the provider has taken one."""
    job, provider, now = entry.job, context.provider(entry.job), context.clock.monotonic()
    if attempts.taken_at is not None and now - attempts.taken_at <= MAX_STOPPING_S:
        return KeepPolling(in_s=context.timing.retry_s)
    if attempts.taken_at is not None or attempts.declined >= MAX_DECLINED:
        return await _end(context, job)
    if not isinstance(provider, TaskCancellation):
        return await _end(context, job)
    attempts.sent = True
    try:
        answer = await provider.cancel(task_of(job))
    except ProviderError as error:
        return await _retry(context, entry, attempts, error)
    log.info("cancelled at the provider", extra={"job": job.code, "stopped": type(answer).__name__})
    match answer:
        case Stopped(free=free):
            return await _end(context, job, Outcome.FAILED if free else None)
        case Stopping():
            attempts.taken_at = now
            return KeepPolling(in_s=0.0)
        case NotStopped():
            attempts.declined += 1
            return KeepPolling(in_s=context.timing.retry_s * (attempts.declined - 1))
        case _:
            assert_never(answer)


async def _retry(
    context: JobContext, entry: PollEntry, attempts: CancelAttempts, error: ProviderError
) -> KeepPolling | StopPolling:
    """Look at the task again later: the cancellation may have arrived."""
    later = await apply_error(context, entry, error)
    if context.clock.monotonic() - attempts.since > MAX_TRYING_S:
        return await _end(context, entry.job)
    return later


async def _end(
    context: JobContext, job: Job, outcome: Outcome | None = None, answer: Ready | Failed | None = None
) -> StopPolling:
    """End a cancelled job. Its price counts, unless the outcome says that the provider doesn't charge for it.

    `answer`: how the task ended, if that's known, with the cost that counts in place of the price.
    """
    free = outcome is Outcome.FAILED and not job.task.ambiguous
    cost_micros = job.money.cost_micros if free or answer is None else cost_to_book(job, answer)
    now = context.clock.now()
    ended = await context.store.transition(
        job, State.CANCELLED, now=now, why="cancelled at the provider", money="release" if free else "capture",
        cost_micros=cost_micros, outcome=None if outcome is Outcome.FAILED and not free else outcome, due_at=now,
    )  # fmt: skip
    return StopPolling(job=ended)
