"""Find out what became of a paid request without an answer: adopt its task, resend it safely, or ask a person.

Source: reference/reliability.md 2.3, rules B, E and F.
"""

import json

from bot.jobs.job import Job, Outcome, State
from bot.jobs.provider_errors import ProviderError, RateLimited, Unreachable
from bot.jobs.status import Reconciling
from bot.ports.provider import Provider, Task
from bot.ports.provider_capabilities import IdempotencyKeys, LostRequest, TaskLookup, idempotency_key
from bot.worker import submit
from bot.worker.context import JobContext, log
from bot.worker.poll_schedule import settle_left_s
from bot.worker.transitions import finish_with_error, reschedule, retry_later, unknown_outcome

MAX_ATTEMPTS = 2
WINDOW_SHARE = 0.8  # of a provider's documented window for a key
MAX_LOOKUP_S = 24 * 3600.0  # after this a person decides, even if the list could never be read
MAX_RETRY_S = 600.0


async def run(context: JobContext, job: Job) -> Job | None:
    """Reconcile an unknown outcome by the capability of its account."""
    provider = context.provider(job)
    if context.stopping:
        await reschedule(context, job, 0.0)
        return None
    if isinstance(provider, IdempotencyKeys):
        return await _resend_with_key(context, job, provider, provider.key_window_s)
    if isinstance(provider, TaskLookup):
        return await _look_up(context, job, provider)
    return await ask_person(context, job)


async def ask_person(context: JobContext, job: Job) -> Job | None:
    """Hold the job for a person's decision; with `on_unknown="give_up"` cancel it and count its price as spent."""
    if context.on_unknown == "give_up":
        return await finish_with_error(
            context, job, State.CANCELLED, unknown_outcome(job), money="capture", outcome=Outcome.UNKNOWN
        )
    return await finish_with_error(
        context, job, State.NEEDS_PERSON, unknown_outcome(job), money="hold", outcome=Outcome.UNKNOWN
    )


async def _resend_with_key(context: JobContext, job: Job, provider: Provider, window_s: float) -> Job | None:
    """Resend the same request under the same key: within its window the provider runs it only once."""
    age_s = context.clock.now() - (job.task.intent_at or 0.0)
    if not 0.0 <= age_s < WINDOW_SHARE * window_s:
        return await ask_person(context, job)
    await context.publisher.show_status(job, Reconciling())
    return await submit.resend_same_key(context, job, provider)


async def _look_up(context: JobContext, job: Job, provider: TaskLookup) -> Job | None:
    """Wait until the request can no longer arrive, then look for it among the account's tasks.

    Ask a person at once if the account can't tell.
    """
    await context.publisher.show_status(job, Reconciling())
    now = context.clock.now()
    wait_s = settle_left_s(
        context.timing.settle_s,
        wall_s=now - (job.task.intent_at or now),
        monotonic_s=context.seen_for_s(job, job.task.intent_at),
    )
    try:
        found = await provider.find_tasks(_lost_request(context, job))
    except ProviderError as error:
        if wait_s <= 0:
            return await _retry_look_up(context, job, error)
        found = ()
    if found is None:
        return await ask_person(context, job)
    if wait_s > 0:
        await reschedule(context, job, wait_s)
        return None
    tasks = [task for task in found if not await _belongs_to_another_job(context, job, task)]
    match tasks:
        case [task]:
            return await _adopt(context, job, task)
        case [] if provider.echoes_key and job.task.attempt < MAX_ATTEMPTS:
            return await context.store.transition(
                job,
                State.ACCEPTED,
                now=context.clock.now(),
                why="the provider never had it",
                due_at=context.clock.now(),
            )
    return await ask_person(context, job)


async def _retry_look_up(context: JobContext, job: Job, error: ProviderError) -> Job | None:
    """Look again later, until MAX_LOOKUP_S have passed."""
    now = context.clock.now()
    if now - (job.task.intent_at or now) > MAX_LOOKUP_S:
        return await ask_person(context, job)
    retry_after_s = error.retry_after_s if isinstance(error, Unreachable | RateLimited) else None
    await retry_later(context, job, retry_after_s=retry_after_s, max_s=MAX_RETRY_S, why=type(error).__name__)
    return None


def _lost_request(context: JobContext, job: Job) -> LostRequest:
    return LostRequest(
        idempotency_key=idempotency_key(job.id, job.task.attempt),
        prompt=job.prompt,
        wire_model=context.offers.model_for(job.account, job.model).wire,
        protocol=job.task.protocol or "",
        since=job.task.intent_at or job.updated_at,
    )


async def _belongs_to_another_job(context: JobContext, job: Job, task: Task) -> bool:
    """Return whether a task that was found is stored with another job."""
    owner = await context.store.by_task(job.account, task.task_id)
    return owner is not None and owner.id != job.id


async def _adopt(context: JobContext, job: Job, task: Task) -> Job | None:
    now = context.clock.now()
    until = now + context.timing.lease_s
    log.info("found the task of a lost request", extra={"job": job.code, "account": job.account})
    return await context.store.transition(
        job,
        State.POLLING,
        now=now,
        why="found at the provider",
        task_id=task.task_id,
        protocol=task.protocol,
        endpoint=task.endpoint,
        spare_ids=json.dumps(dict(task.spare_ids)),
        submitted_at=job.task.intent_at or now,
        ambiguous=job.task.attempt > 1,  # with one attempt, the found task is the only one
        lease_until=until,
        due_at=until,
    )
