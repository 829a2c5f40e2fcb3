"""While the provider renders: ask, tell, and notice the end."""

from bot.jobs.errors import (
    AccountTrouble,
    PolicyRefused,
    RateLimited,
    RenderFailed,
    TaskMissing,
    TooSlow,
    Unreachable,
    Withheld,
)
from bot.jobs.model import Job, Outcome, State
from bot.jobs.notices import Rendering
from bot.jobs.parts import Parts, log, task_of
from bot.jobs.provider import Failed, Missing, Pending, Ready
from bot.jobs.timing import MISSING_GRACE_S, SLOW_AFTER_S, next_check_s, usual_s

NO_CLIP_AFTER = 3  # "completed" without a clip, this often in a row
_DONE_WORDS = frozenset({"completed", "succeeded", "success", "done"})


async def step(parts: Parts, job: Job) -> tuple[Job | None, Ready | None]:
    """One look at the task. Returns the job where it went on, and the clip's link where there is one."""
    provider = parts.provider(job)
    if provider is None:
        await parts.put_down(job, 600.0)  # the host took the account out; the task is not lost, only unreachable
        return None, None
    try:
        state = await provider.check(task_of(job))
    except (Unreachable, RateLimited) as error:
        await parts.again_later(job, asked_s=error.retry_after_s, why=type(error).__name__)
        return None, None
    except AccountTrouble as error:
        log.error("account needs attention", extra={"account": job.account, "trouble": type(error).__name__})
        await parts.again_later(job, most_s=600.0, why=type(error).__name__)
        return None, None
    match state:
        case Ready():
            return await _done(parts, job), state
        case Failed():
            return await _failed(parts, job, state), None
        case Missing():
            return await _missing(parts, job), None
        case Pending():
            return await _pending(parts, job, state), None


async def _done(parts: Parts, job: Job) -> Job | None:
    now = parts.clock.now()
    log.info("rendered", extra={"job": job.code, "account": job.account})
    return await parts.store.advance(
        job,
        State.DOWNLOADING,
        now=now,
        why="rendered",
        money="capture",
        outcome=Outcome.SUCCEEDED,
        finished_at=job.finished_at or now,
        progress=100.0,
    )


async def _failed(parts: Parts, job: Job, state: Failed) -> Job | None:
    if state.withheld:  # rendered and then blocked: resellers say that it is billed, so it counts
        return await parts.end(job, State.FAILED, Withheld(), money="capture", outcome=Outcome.FAILED)
    trouble = PolicyRefused() if state.policy else RenderFailed()
    return await parts.end(job, State.FAILED, trouble, money="release", outcome=Outcome.FAILED)


async def _missing(parts: Parts, job: Job) -> Job | None:
    """Unknown ids are waited for: a provider may be slow to show its own tasks."""
    age_s = parts.clock.now() - (job.submitted_at or job.updated_at)
    if job.tries >= 2 and age_s > MISSING_GRACE_S:
        return await parts.end(job, State.NEEDS_PERSON, TaskMissing(), money="hold", outcome=Outcome.UNKNOWN)
    await parts.again_later(job, most_s=120.0, why="the provider does not know the task")
    return None


async def _pending(parts: Parts, job: Job, state: Pending) -> Job | None:
    now = parts.clock.now()
    elapsed_s = now - (job.submitted_at or job.updated_at)
    if elapsed_s > parts.pace.deadline_s:
        hours = round(parts.pace.deadline_s / 3600)
        return await parts.end(job, State.NEEDS_PERSON, TooSlow(hours=hours), money="hold", outcome=Outcome.UNKNOWN)
    if state.raw_status.strip().lower() in _DONE_WORDS:
        if job.tries + 1 >= NO_CLIP_AFTER:
            return await parts.end(job, State.FAILED, RenderFailed(), money="capture", outcome=Outcome.FAILED)
        await parts.again_later(job, why="completed without a clip")
        return None
    await parts.publisher.show(
        job,
        Rendering(
            elapsed_s=elapsed_s,
            progress=state.progress,
            usual_s=usual_s(await parts.store.render_times(job.account, job.model, 20)),
            restarted=(job.submitted_at or now) < parts.booted_at,
            slow=elapsed_s > SLOW_AFTER_S,
        ),
    )
    wait_s = next_check_s(parts.pace, elapsed_s=elapsed_s, retry_after_s=state.retry_after_s)
    await parts.put_down(job, wait_s, progress=state.progress, tries=0)
    return None
