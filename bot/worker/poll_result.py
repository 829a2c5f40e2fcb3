"""Apply a provider's answer to a poll: keep polling, download the clip, or end the job. Sends no requests."""

import json
from dataclasses import dataclass
from typing import assert_never

from bot.jobs.errors import TooSlow
from bot.jobs.job import Job, Outcome, State
from bot.jobs.provider_errors import (
    AccountTrouble,
    NoClipGiven,
    PolicyStopped,
    PolicyStoppedFree,
    ProviderError,
    RateLimited,
    RenderFailed,
    RenderFailedFree,
    TaskMissing,
    Unreachable,
    Withheld,
    WithheldFree,
)
from bot.jobs.render_times import usual_s
from bot.jobs.status import Rendering
from bot.ports.provider import Failed, Missing, Pending, Ready, TaskState
from bot.ports.provider_capabilities import request_rate_limit
from bot.worker.account_pauses import pause_account, resume_account, wait_as_asked
from bot.worker.context import JobContext, log
from bot.worker.host_alarm import tell_host
from bot.worker.poll_queue import PollEntry
from bot.worker.poll_schedule import (
    MISSING_GRACE_S,
    SLOW_AFTER_S,
    ProgressSample,
    RenderProfile,
    backoff_s,
    next_check_s,
    slowed_s,
)
from bot.worker.reported_cost import cost_to_book
from bot.worker.transitions import finish_with_error

MAX_POLLS_WITHOUT_CLIP = 3  # "completed" without a clip, in a row
MAX_MISSING_RETRY_S = 120.0
SAVE_EVERY_S = 60.0  # minimum time between two writes of a job's progress
MIN_POLLED_S = 3600.0  # a job is polled at least this long before its deadline counts, even if the wall clock jumps
CONTINUOUS_S = 5.0
DAY_S = 86_400.0
RATE_SHARE = 0.7  # of an account's request rate that polls may use


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepPolling:
    """The job still renders, as far as is known. Poll it again in `in_s` seconds."""

    in_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StopPolling:
    """The job is no longer polled. `job` is None if another worker moved it; `ready` holds the clip's link."""

    job: Job | None
    ready: Ready | None = None


def first_check_s(context: JobContext, job: Job, profile: RenderProfile) -> float:
    """Return the seconds until the first poll: by the schedule for a new job, 0 for one submitted before a restart."""
    elapsed_s = max(0.0, context.clock.now() - (job.task.submitted_at or job.updated_at))
    if elapsed_s >= 1.0:
        return 0.0
    wait_s = next_check_s(context.timing, profile, elapsed_s=elapsed_s)
    return slowed_s(wait_s) if job.account in context.announcing else wait_s


async def profile_of(context: JobContext, job: Job) -> RenderProfile:
    """Return what is known about the render times of a job's model."""
    model = context.offers.model_for(job.account, job.model)
    return await context.render_stats.profile(job.account, job.model, model.first_s, model.usual_s)


async def apply_status(
    context: JobContext, entry: PollEntry, state: TaskState, *, resume: bool
) -> KeepPolling | StopPolling:
    """Apply the state of a task. `resume`: the caller downloads a finished clip at once, so the job stays leased."""
    await record_answer(context, entry.job, state)
    match state:
        case Ready():
            return await _done(context, entry, state, resume=resume)
        case Failed():
            return StopPolling(job=await _failed(context, entry.job, state))
        case Missing():
            return await _missing(context, entry)
        case Pending():
            return await _pending(context, entry, state)
        case _:
            assert_never(state)


async def record_answer(context: JobContext, job: Job, state: TaskState) -> None:
    """End the pauses of the job's account. Count a status word that the adapter doesn't know, and log it once a day."""
    await resume_account(context, job.account)
    word = "" if isinstance(state, Missing) else state.unknown_word
    if not word:
        return
    context.metrics.unknown_status(job.account)
    if await context.store.set_flag_once_per(f"word:{job.account}:{word}", context.clock.now(), DAY_S):
        log.warning("unknown status word", extra={"account": job.account, "job": job.code, "state": word})


async def apply_error(context: JobContext, entry: PollEntry, error: ProviderError) -> KeepPolling:
    """Schedule the next poll after an error. The job is unchanged: the error is the account's or the network's."""
    job = entry.job
    if isinstance(error, AccountTrouble):
        if (for_s := await pause_account(context, job.account)) is not None:
            log.error(
                "account needs attention; polling its jobs later",
                extra={"account": job.account, "trouble": type(error).__name__, "for_s": for_s},
            )
            await tell_host(context, job, error)
        return KeepPolling(in_s=context.timing.retry_s)
    entry.tries += 1
    retry_after_s = error.retry_after_s if isinstance(error, Unreachable | RateLimited) else None
    if retry_after_s is not None:
        await wait_as_asked(context, job.account, retry_after_s)
    return KeepPolling(in_s=backoff_s(entry.tries, first_s=context.timing.retry_s, retry_after_s=retry_after_s))


async def _done(context: JobContext, entry: PollEntry, state: Ready, *, resume: bool) -> StopPolling:
    job, now = entry.job, context.clock.now()
    took_s = now - (job.task.submitted_at or now)
    if entry.added_at <= context.clock.monotonic() - took_s + CONTINUOUS_S:  # polled since its submission
        context.render_stats.learn(job.account, job.model, took_s, entry.samples)
    context.metrics.rendered(job.account, job.model, took_s)
    log.info("rendered", extra={"job": job.code, "account": job.account})
    moved = await context.store.transition(
        job,
        State.DOWNLOADING,
        now=now,
        why="rendered",
        money="capture",
        cost_micros=cost_to_book(job, state),
        outcome=Outcome.SUCCEEDED,
        finished_at=job.task.finished_at or now,
        spare_ids=json.dumps(json.loads(job.task.spare_ids) | dict(state.spare_ids)),
        progress=100.0,
        lease_until=now + context.timing.lease_s if resume else None,
        due_at=now + context.timing.lease_s if resume else now,
    )
    return StopPolling(job=moved, ready=state)


async def _failed(context: JobContext, job: Job, state: Failed) -> Job | None:
    """End a job whose task the provider had accepted: it counts unless it's free, or the provider says so.

    What it counts is the cost that the provider reports, if it does.
    """
    costs_nothing = job.money.price_micros == 0 and not state.cost_micros
    free = (state.free or costs_nothing) and not job.task.ambiguous
    return await finish_with_error(
        context,
        job,
        State.FAILED,
        failure_error(state, free=free),
        money="release" if free else "capture",
        outcome=Outcome.FAILED,
        cost_micros=job.money.cost_micros if free else cost_to_book(job, state),
    )


def failure_error(state: Failed, *, free: bool) -> ProviderError:
    """Return why an accepted task ended without a video. `free`: the provider says that it costs nothing."""
    if state.withheld:
        return WithheldFree() if free else Withheld()
    if state.policy:
        return PolicyStoppedFree() if free else PolicyStopped()
    return RenderFailedFree() if free else RenderFailed()


async def _missing(context: JobContext, entry: PollEntry) -> KeepPolling | StopPolling:
    """Wait for a task that the provider doesn't list yet, then hold the job for a person."""
    job = entry.job
    if entry.tries >= 2 and context.clock.monotonic() - entry.added_at > MISSING_GRACE_S:
        return StopPolling(
            job=await finish_with_error(
                context, job, State.NEEDS_PERSON, TaskMissing(), money="hold", outcome=Outcome.UNKNOWN
            )
        )
    entry.tries += 1
    return KeepPolling(in_s=backoff_s(entry.tries, first_s=context.timing.retry_s, max_s=MAX_MISSING_RETRY_S))


async def _pending(context: JobContext, entry: PollEntry, state: Pending) -> KeepPolling | StopPolling:
    job, now = entry.job, context.clock.now()
    elapsed_s = now - (job.task.submitted_at or job.updated_at)
    polled_s = context.clock.monotonic() - entry.added_at  # unaffected by a wall clock that jumps
    deadline_s = context.deadline_s(job)
    if elapsed_s > deadline_s and polled_s > min(MIN_POLLED_S, deadline_s):
        error = TooSlow(hours=_hours(deadline_s))
        return StopPolling(
            job=await finish_with_error(context, job, State.NEEDS_PERSON, error, money="hold", outcome=Outcome.UNKNOWN)
        )
    if state.finished:
        entry.tries += 1
        if entry.tries >= MAX_POLLS_WITHOUT_CLIP:
            return StopPolling(
                job=await finish_with_error(
                    context, job, State.FAILED, NoClipGiven(), money="capture", outcome=Outcome.FAILED
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
        samples=entry.samples,
        retry_after_s=state.retry_after_s,
        min_s=context.poll_queue.count(job.account) * context.workers / (RATE_SHARE * rate) if rate else 0.0,
    )
    return KeepPolling(in_s=slowed_s(wait_s) if job.account in context.announcing else wait_s)


def _rendering_status(
    context: JobContext, job: Job, state: Pending, elapsed_s: float, profile: RenderProfile
) -> Rendering:
    return Rendering(
        elapsed_s=elapsed_s,
        progress=state.progress,
        usual_s=usual_s(profile.times),
        deadline_h=_hours(context.deadline_s(job)),
        restarted=(job.task.submitted_at or context.clock.now()) < context.booted_at,
        slow=elapsed_s > SLOW_AFTER_S,
    )


def _hours(seconds: float) -> int:
    return max(1, round(seconds / 3600))


async def _save_progress(context: JobContext, entry: PollEntry, progress: float | None) -> bool:
    """Write the progress to the row, at most once per SAVE_EVERY_S. Return False if another worker moved the job."""
    now = context.clock.monotonic()
    if now < entry.save_at:
        return True
    entry.save_at = now + SAVE_EVERY_S
    if progress == entry.job.task.progress:
        return True
    updated = await context.store.update(entry.job, progress=progress)
    if updated is not None:
        entry.job = updated
    return updated is not None
