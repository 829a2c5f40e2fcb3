"""What became of a paid request that was never answered: found, sent again where that is safe, or a person decides.

Source: reference/reliability.md 2.3, rules B, E and F.
"""

import json

from bot.jobs.job import Job, Outcome, State
from bot.jobs.provider_errors import OutcomeUnknown, ProviderError, RateLimited, Unreachable
from bot.jobs.status import Unsure
from bot.ports.provider import Provider, Task
from bot.ports.provider_capabilities import IdempotencyKeys, LostRequest, TaskLookup, idempotency_key
from bot.worker import submit
from bot.worker.context import JobContext, log
from bot.worker.poll_schedule import settle_left_s
from bot.worker.transitions import finish_with_error, reschedule, retry_later

MOST_ATTEMPTS = 2
WINDOW_SHARE = 0.8  # of the time in which a provider says that it knows a key
FIND_FOR_S = 24 * 3600.0  # then a person is asked even if the list was never to be had


async def run(context: JobContext, job: Job) -> Job | None:
    """One look at an unknown outcome, by what its account can do."""
    provider = context.provider(job)
    if context.stopping:
        await reschedule(context, job, 0.0)
        return None
    if isinstance(provider, IdempotencyKeys):
        return await _by_key(context, job, provider, provider.key_window_s)
    if isinstance(provider, TaskLookup):
        return await _by_list(context, job, provider)
    return await ask_person(context, job)


async def ask_person(context: JobContext, job: Job) -> Job | None:
    """Nobody can be asked what became of it. The price stays held, or counts, where the host wants no questions."""
    if context.on_unknown == "give_up":
        return await finish_with_error(
            context, job, State.CANCELLED, OutcomeUnknown(), money="capture", outcome=Outcome.UNKNOWN
        )
    return await finish_with_error(
        context, job, State.NEEDS_PERSON, OutcomeUnknown(), money="hold", outcome=Outcome.UNKNOWN
    )


async def _by_key(context: JobContext, job: Job, provider: Provider, window_s: float) -> Job | None:
    """The very same request under the very same key: the provider itself knows whether it had it already."""
    age_s = context.clock.now() - (job.task.intent_at or 0.0)
    if not 0.0 <= age_s < WINDOW_SHARE * window_s:
        return await ask_person(context, job)
    await context.publisher.show_status(job, Unsure())
    return await submit.resend_same_key(context, job, provider)


async def _by_list(context: JobContext, job: Job, provider: TaskLookup) -> Job | None:
    """Wait until it cannot arrive any more, then look for it among the account's tasks."""
    await context.publisher.show_status(job, Unsure())
    now, monotonic = context.clock.now(), context.clock.monotonic()
    wait_s = settle_left_s(
        context.timing.settle_s,
        wall_s=now - (job.task.intent_at or now),
        monotonic_s=monotonic - context.intents.get(job.id, context.started),
    )
    if wait_s > 0:
        await reschedule(context, job, wait_s)
        return None
    try:
        found = [
            each
            for each in await provider.find_tasks(_lost_request(context, job))
            if not await _known_task_ids(context, job, each)
        ]
    except ProviderError as error:
        if now - (job.task.intent_at or now) > FIND_FOR_S:
            return await ask_person(context, job)
        retry_after_s = error.retry_after_s if isinstance(error, Unreachable | RateLimited) else None
        await retry_later(context, job, retry_after_s=retry_after_s, max_s=600.0, why=type(error).__name__)
        return None
    match found:
        case [task]:
            return await _adopt(context, job, task)
        case [] if provider.echoes_key and job.task.attempt < MOST_ATTEMPTS:
            return await context.store.transition(
                job,
                State.ACCEPTED,
                now=context.clock.now(),
                why="the provider never had it",
                due_at=context.clock.now(),
            )
    return await ask_person(context, job)


def _lost_request(context: JobContext, job: Job) -> LostRequest:
    return LostRequest(
        idempotency_key=idempotency_key(job.id, job.task.attempt),
        prompt=job.prompt,
        wire_model=context.offers.model_for(job.account, job.model).wire,
        protocol=job.task.protocol or "",
        since=job.task.intent_at or job.updated_at,
    )


async def _known_task_ids(context: JobContext, job: Job, task: Task) -> bool:
    """Whether a task that was found is another job's."""
    owner = await context.store.by_task(job.account, task.task_id)
    return owner is not None and owner.id != job.id


async def _adopt(context: JobContext, job: Job, task: Task) -> Job | None:
    now = context.clock.now()
    log.info("found again", extra={"job": job.code, "account": job.account})
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
        ambiguous=job.task.attempt > 1,  # what was found is the only one that ever left
        lease_until=None,
        due_at=now + context.timing.lease_s,
    )
