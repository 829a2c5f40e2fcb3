"""While the provider renders: what an answer to "how is it?" means for the job. Asks nothing by itself."""

import json
from dataclasses import dataclass
from typing import assert_never

from bot.jobs.errors import TooSlow
from bot.jobs.job import Job, Outcome, State
from bot.jobs.provider_errors import (
    AccountTrouble,
    PolicyRefused,
    ProviderError,
    RateLimited,
    RenderFailed,
    TaskMissing,
    Unreachable,
    Withheld,
)
from bot.jobs.render_times import usual_s
from bot.jobs.status import Rendering
from bot.ports.job_store import Money
from bot.ports.provider import Failed, Missing, Pending, Ready, TaskState
from bot.ports.provider_capabilities import request_rate_limit
from bot.worker.context import JobContext, log
from bot.worker.poll_queue import PollEntry
from bot.worker.poll_schedule import (
    MISSING_GRACE_S,
    SLOW_AFTER_S,
    ProgressSample,
    RenderProfile,
    backoff_s,
    next_check_s,
)
from bot.worker.transitions import finish_with_error

NO_CLIP_AFTER = 3  # "completed" without a clip, this often in a row
ACCOUNT_PAUSE_S = 30.0  # at first, where the key or the balance is refused
LONGEST_PAUSE_S = 600.0
SAVE_EVERY_S = 60.0  # what a poll has learned goes to disk this often at most
LEAST_LOOK_S = 3600.0  # before a job is given up for its age, however old it claims to be
_DONE_WORDS = frozenset({"completed", "succeeded", "success", "done"})


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepPolling:
    """Still rendering, as far as anybody knows: to be asked about again."""

    in_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StopPolling:
    """No longer to be watched. `job` is None where somebody else has moved it; `ready` is the clip's link."""

    job: Job | None
    ready: Ready | None = None


def first_check_s(context: JobContext, job: Job, profile: RenderProfile) -> float:
    """How long a job that has just begun to be watched is left in peace."""
    elapsed_s = max(0.0, context.clock.now() - (job.task.submitted_at or job.updated_at))
    return next_check_s(context.timing, profile, elapsed_s=elapsed_s) if elapsed_s < 1.0 else 0.0


async def profile_of(context: JobContext, job: Job) -> RenderProfile:
    """What is known about the render times of a job's model."""
    model = context.offers.model_for(job.account, job.model)
    return await context.render_stats.of(job.account, job.model, model.first_s, model.usual_s)


async def apply_status(
    context: JobContext, entry: PollEntry, state: TaskState, *, go_on: bool
) -> KeepPolling | StopPolling:
    """Take an answer in. `go_on`: the caller carries a finished job further at once, so it is leased for that."""
    context.poll_queue.resume(entry.job.account)
    match state:
        case Ready():
            return await _done(context, entry, state, go_on=go_on)
        case Failed():
            return StopPolling(job=await _failed(context, entry.job, state))
        case Missing():
            return await _missing(context, entry)
        case Pending():
            return await _pending(context, entry, state)
        case _:
            assert_never(state)


def apply_error(context: JobContext, entry: PollEntry, error: ProviderError) -> KeepPolling:
    """No answer about the task. The job is as before, whatever is wrong with the account or the line."""
    job, now = entry.job, context.clock.monotonic()
    if isinstance(error, AccountTrouble):
        if not context.poll_queue.paused(job.account, now):
            for_s = context.poll_queue.pause(job.account, now, first_s=ACCOUNT_PAUSE_S, max_s=LONGEST_PAUSE_S)
            says = {"account": job.account, "trouble": type(error).__name__, "for_s": for_s}
            log.error("account needs attention; its jobs are asked about later", extra=says)
        return KeepPolling(in_s=context.timing.retry_s)
    entry.tries += 1
    retry_after_s = error.retry_after_s if isinstance(error, Unreachable | RateLimited) else None
    return KeepPolling(in_s=backoff_s(entry.tries, first_s=context.timing.retry_s, retry_after_s=retry_after_s))


async def _done(context: JobContext, entry: PollEntry, state: Ready, *, go_on: bool) -> StopPolling:
    job, now = entry.job, context.clock.now()
    took_s = now - (job.task.submitted_at or now)
    if entry.since <= context.clock.monotonic() - took_s + 5.0:  # seen from its start: nobody slept meanwhile
        context.render_stats.learn(job.account, job.model, took_s, entry.seen)
    context.metrics.rendered(job.account, job.model, took_s)
    log.info("rendered", extra={"job": job.code, "account": job.account})
    moved = await context.store.transition(
        job,
        State.DOWNLOADING,
        now=now,
        why="rendered",
        money="capture",
        outcome=Outcome.SUCCEEDED,
        finished_at=job.task.finished_at or now,
        spare_ids=json.dumps(json.loads(job.task.spare_ids) | dict(state.spare_ids)),
        progress=100.0,
        lease_until=now + context.timing.lease_s if go_on else None,
        due_at=now + context.timing.lease_s if go_on else now,
    )
    return StopPolling(job=moved, ready=state)


async def _failed(context: JobContext, job: Job, state: Failed) -> Job | None:
    if state.withheld:  # rendered and then blocked: resellers say that it is billed, so it counts
        return await finish_with_error(context, job, State.FAILED, Withheld(), money="capture", outcome=Outcome.FAILED)
    trouble = PolicyRefused() if state.policy else RenderFailed()  # the latter says that its price was counted
    money: Money = "release" if state.policy and not job.task.ambiguous else "capture"
    return await finish_with_error(context, job, State.FAILED, trouble, money=money, outcome=Outcome.FAILED)


async def _missing(context: JobContext, entry: PollEntry) -> KeepPolling | StopPolling:
    """Unknown ids are waited for: a provider may be slow to show its own tasks."""
    job = entry.job
    if entry.tries >= 2 and context.clock.monotonic() - entry.since > MISSING_GRACE_S:
        return StopPolling(
            job=await finish_with_error(
                context, job, State.NEEDS_PERSON, TaskMissing(), money="hold", outcome=Outcome.UNKNOWN
            )
        )
    entry.tries += 1
    return KeepPolling(in_s=backoff_s(entry.tries, first_s=context.timing.retry_s, max_s=120.0))


async def _pending(context: JobContext, entry: PollEntry, state: Pending) -> KeepPolling | StopPolling:
    job, now = entry.job, context.clock.now()
    elapsed_s = now - (job.task.submitted_at or job.updated_at)
    looked_s = context.clock.monotonic() - entry.since  # not fooled by a wall clock that jumps
    deadline_s = context.deadline_s(job)
    if elapsed_s > deadline_s and looked_s > min(LEAST_LOOK_S, deadline_s):
        late = TooSlow(hours=max(1, round(deadline_s / 3600)))
        return StopPolling(
            job=await finish_with_error(context, job, State.NEEDS_PERSON, late, money="hold", outcome=Outcome.UNKNOWN)
        )
    if state.raw_status.strip().lower() in _DONE_WORDS:
        entry.tries += 1
        if entry.tries >= NO_CLIP_AFTER:
            return StopPolling(
                job=await finish_with_error(
                    context, job, State.FAILED, RenderFailed(), money="capture", outcome=Outcome.FAILED
                )
            )
        return KeepPolling(in_s=backoff_s(entry.tries, first_s=context.timing.retry_s))
    entry.tries = 0
    if state.progress is not None:
        entry.record(ProgressSample(at_s=elapsed_s, progress=state.progress))
    profile = await profile_of(context, job)
    await context.publisher.show_status(job, _rendering_status(context, job, state, elapsed_s, profile))
    if not await _save_progress(context, entry, state.progress):
        return StopPolling(job=None)
    rate = request_rate_limit(context.provider(job))
    wait_s = next_check_s(
        context.timing,
        profile,
        elapsed_s=elapsed_s,
        seen=entry.seen,
        retry_after_s=state.retry_after_s,
        min_s=context.poll_queue.open(job.account) / (0.7 * rate) if rate else 0.0,
    )
    return KeepPolling(in_s=wait_s)


def _rendering_status(
    context: JobContext, job: Job, state: Pending, elapsed_s: float, profile: RenderProfile
) -> Rendering:
    return Rendering(
        elapsed_s=elapsed_s,
        progress=state.progress,
        usual_s=usual_s(profile.times),
        restarted=(job.task.submitted_at or context.clock.now()) < context.booted_at,
        slow=elapsed_s > SLOW_AFTER_S,
    )


async def _save_progress(context: JobContext, entry: PollEntry, progress: float | None) -> bool:
    """Write down now and then how far it is; False where the row has moved on without us."""
    now = context.clock.monotonic()
    if now < entry.save_at:
        return True
    entry.save_at = now + SAVE_EVERY_S
    if progress == entry.job.task.progress:
        return True
    noted = await context.store.update(entry.job, progress=progress)
    if noted is not None:
        entry.job = noted
    return noted is not None
