"""From an accepted job to a task at a provider: the one place where money is spent."""

import json

from bot.jobs.errors import (
    AccountTrouble,
    NotAnImage,
    NotSent,
    OutcomeUnknown,
    ParentFailed,
    ProviderError,
    RateLimited,
    Unreachable,
)
from bot.jobs.model import Job, Outcome, State
from bot.jobs.notices import Queued, WaitingForSource
from bot.jobs.order import order_of
from bot.jobs.parts import Parts, log
from bot.jobs.provider import Draft, Provider, Task

GIVE_UP_AFTER = 5  # requests that surely never left


async def step(parts: Parts, job: Job) -> Job | None:
    """Prepare, commit the intent, pay. Source: reference/reliability.md 2.3."""
    provider = parts.provider(job)
    if provider is None:
        return await _reject(parts, job, AccountTrouble(provider=job.account))
    if parts.stopping or not await _its_turn(parts, job, provider):
        await parts.put_down(job, parts.pace.check_every_s)
        return None
    ready = await _with_picture(parts, job)
    if ready is None or ready.state is not State.ACCEPTED:
        return ready
    parent = await parts.store.job(ready.parent_id) if ready.parent_id else None
    if parent is not None and parent.outcome is not Outcome.SUCCEEDED:
        if parent.ended:
            return await _reject(parts, ready, ParentFailed())
        await parts.publisher.show(ready, WaitingForSource(source_code=parent.code))
        await parts.put_down(ready, 15.0)
        return None
    try:
        draft = await provider.draft(await order_of(parts, ready, parent))
    except (ProviderError, NotAnImage) as error:
        return await _not_sent(parts, ready, error)
    return await _pay(parts, ready, provider, draft)


async def _its_turn(parts: Parts, job: Job, provider: Provider) -> bool:
    """Whether the account has room for one more; says where the job stands if it has not."""
    if await parts.store.running(job.account) < provider.jobs_at_once:
        return True
    place, length = await parts.store.ahead(job)
    await parts.publisher.show(job, Queued(place=place, length=length))
    return False


async def _with_picture(parts: Parts, job: Job) -> Job | None:
    """Bring the member's picture to our disk while its link lives."""
    if job.image_url is None:
        return job
    try:
        picture = await parts.publisher.picture(job, parts.files.picture(job))
    except NotAnImage as error:
        return await _reject(parts, job, error)
    except Unreachable as error:
        if job.tries + 1 >= GIVE_UP_AFTER:
            return await _reject(parts, job, NotAnImage(filename="That file", limit_mb=10))
        await parts.again_later(job, why=type(error).__name__)
        return None
    return await parts.store.note(job, image_url=None, image_file=f"{picture.path.name};{picture.mime}", tries=0)


async def _pay(parts: Parts, job: Job, provider: Provider, draft: Draft) -> Job | None:
    now = parts.clock.now()
    sure_s = provider.paid_timeout_s + 60.0  # the lease outlives the request
    intent = await parts.store.advance(
        job,
        State.SUBMITTING,
        now=now,
        why="intent",
        attempt=job.attempt + 1,
        request_hash=draft.digest(),
        protocol=draft.protocol,
        intent_at=now,
        lease_until=now + max(sure_s, parts.pace.lease_s),
        tries=job.tries,
    )
    if intent is None:
        return None  # somebody else moved it: rule G
    if parts.clock.now() + provider.paid_timeout_s > (intent.lease_until or 0.0):
        return await _back(parts, intent, NotSent(provider=provider.title))  # stalled: the lease would run out
    try:
        task = await provider.submit(draft)
    except OutcomeUnknown as error:
        log.warning("outcome unknown", extra={"job": job.code, "account": job.account})
        return await parts.store.advance(
            intent, State.SUBMIT_UNKNOWN, now=parts.clock.now(), why=type(error).__name__, ambiguous=True
        )
    except ProviderError as error:
        return await _not_sent(parts, intent, error)
    return await _accepted(parts, intent, task)


async def _accepted(parts: Parts, job: Job, task: Task) -> Job | None:
    now = parts.clock.now()
    moved = await parts.store.advance(
        job,
        State.POLLING,
        now=now,
        why="accepted by the provider",
        task_id=task.task_id,
        protocol=task.protocol,
        endpoint=task.endpoint,
        spare_ids=json.dumps(dict(task.spare_ids)),
        submitted_at=now,
    )
    log.info("submitted", extra={"job": job.code, "account": job.account})
    return moved


async def _not_sent(parts: Parts, job: Job, error: ProviderError | NotAnImage) -> Job | None:
    """Definite answers. A refusal settles its own attempt only: after an ambiguous one the money stays held."""
    match error:
        case NotSent() | RateLimited() | Unreachable() if job.tries + 1 < GIVE_UP_AFTER:
            return await _back(parts, job, error)
        case RateLimited(retry_after_s=float(wait_s)):
            return await _back(parts, job, error, at_least_s=wait_s)
        case AccountTrouble():
            log.error("account needs attention", extra={"account": job.account, "trouble": type(error).__name__})
    return await _reject(parts, job, error)


async def _back(parts: Parts, job: Job, error: ProviderError, at_least_s: float | None = None) -> Job | None:
    """To the queue again: nothing was executed."""
    asked_s = at_least_s or (error.retry_after_s if isinstance(error, RateLimited | Unreachable) else None)
    if job.state is State.ACCEPTED:
        await parts.again_later(job, asked_s=asked_s, why=type(error).__name__)
        return None
    moved = await parts.store.advance(
        job, State.ACCEPTED, now=parts.clock.now(), why=type(error).__name__, tries=job.tries
    )
    if moved is not None:
        await parts.again_later(moved, asked_s=asked_s, why=type(error).__name__)
    return None


async def _reject(parts: Parts, job: Job, error: ProviderError | NotAnImage | ParentFailed) -> Job | None:
    if job.ambiguous:
        return await parts.end(job, State.NEEDS_PERSON, OutcomeUnknown(), money="hold", outcome=Outcome.UNKNOWN)
    return await parts.end(job, State.REJECTED, error, money="release", outcome=Outcome.FAILED)


async def lost(parts: Parts, job: Job) -> Job | None:
    """An intent that an earlier process left without a result: unknown, never retryable. Rule B."""
    return await parts.store.advance(
        job, State.SUBMIT_UNKNOWN, now=parts.clock.now(), why="the process ended while it was sent", ambiguous=True
    )


async def unknown(parts: Parts, job: Job) -> Job | None:
    """No provider here can be asked what became of a request without an id, so a person decides."""
    return await parts.end(job, State.NEEDS_PERSON, OutcomeUnknown(), money="hold", outcome=Outcome.UNKNOWN)
