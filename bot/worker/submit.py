"""Submit an accepted job to its provider: the only place where money is spent."""

import json
from dataclasses import replace
from functools import partial

from bot.jobs.errors import BadWish, NotAnImage, ParentFailed
from bot.jobs.job import Job, Outcome, State
from bot.jobs.model_errors import AccountRemoved
from bot.jobs.provider_errors import (
    AccountTrouble,
    NotSent,
    OutcomeUnknown,
    PolicyRefused,
    ProviderError,
    RateLimited,
    Stalled,
    Unreachable,
)
from bot.jobs.status import Queued, WaitingForSource
from bot.ports.metrics import timed
from bot.ports.provider import MAX_PRIORITY_WAIT_S, Draft, Provider, Task
from bot.ports.provider_capabilities import idempotency_key
from bot.ports.turns import TurnLapsed
from bot.worker.context import JobContext, log
from bot.worker.dispatch import can_be_undone, release_slot, try_acquire_slot
from bot.worker.host_alarm import is_for_host, log_refusal
from bot.worker.pictures import download_pictures
from bot.worker.provider_order import order_of
from bot.worker.submit_errors import parent_error, picture_error, policy_error
from bot.worker.takeover import LONG_WAIT_S, take_over
from bot.worker.transitions import finish_with_error, keep_late_answer, reschedule, retry_later, unknown_outcome

GIVE_UP_AFTER = 5  # requests that were definitely not executed
LEASE_MARGIN_S = 60.0
SOURCE_CHECK_S = 15.0
COMMIT_TRIES = 10
COMMIT_PAUSE_S = 3.0


async def run(context: JobContext, job: Job) -> Job | None:
    """Wait for a slot, prepare the request, commit the intent, send. Source: reference/reliability.md 2.3."""
    provider = context.provider(job)
    if provider is None:
        return await _reject(context, job, AccountRemoved(account=job.account))
    if context.stopping:
        await reschedule(context, job, 0.0)
        return None
    if await can_be_undone(context, job):
        return None
    ready = await _with_pictures(context, job)
    if ready is None or ready.state is not State.ACCEPTED or not await try_acquire_slot(context, ready, provider):
        return ready if ready is not None and ready.state is not State.ACCEPTED else None
    try:
        return await _prepare(context, ready, provider)
    except TurnLapsed:
        await reschedule(context, ready, 0.0)
        return None
    finally:
        await release_slot(context, ready)


async def _prepare(context: JobContext, job: Job, provider: Provider) -> Job | None:
    """Do what costs nothing: wait for the source, build the request. Then send it."""
    parent = await context.store.job(job.parent_id) if job.parent_id else None
    if parent is not None and parent.outcome is not Outcome.SUCCEEDED:
        if parent.ended:
            return await _reject(context, job, parent_error(parent))
        await context.publisher.show_status(job, WaitingForSource(source_code=parent.code))
        await reschedule(context, job, SOURCE_CHECK_S)
        return None
    if job.image_file is None and job.rung != "image" and not await context.store.pictures([job.id]):
        return await _draft_and_pay(context, job, provider, parent)
    async with context.picture_requests:
        return await _draft_and_pay(context, job, provider, parent)


async def _draft_and_pay(context: JobContext, job: Job, provider: Provider, parent: Job | None) -> Job | None:
    if job.send_after is not None:  # its button is still the one to undo it
        if not job.task.attempt and await context.publisher.is_withdrawn(job):  # deleted while the bot was away
            now = context.clock.now()
            return await context.store.transition(
                job, State.CANCELLED, now=now, why="the reply was deleted", money="release", due_at=now
            )
        await context.publisher.show_status(job, Queued(place=1, length=1))
    try:
        draft = await provider.draft(await order_of(context, job, parent))
    except (ProviderError, BadWish) as error:
        return await _not_sent(context, job, error)
    return await _send_paid_request(context, job, provider, draft, attempt=job.task.attempt + 1)


async def resend_same_key(context: JobContext, job: Job, provider: Provider) -> Job | None:
    """Send the same request under the same key again. If it can't be built the same, hold the job for a person."""
    parent = await context.store.job(job.parent_id) if job.parent_id else None
    try:
        draft = await provider.draft(await order_of(context, job, parent))
    except (NotSent, RateLimited, Unreachable) as error:
        await retry_later(context, job, retry_after_s=getattr(error, "retry_after_s", None), why=type(error).__name__)
        return None
    except (ProviderError, BadWish) as error:
        return await _reject(context, job, error)
    if draft.digest() != job.task.request_hash:
        return await _reject(context, job, unknown_outcome(job))
    return await _send_paid_request(context, job, provider, draft, attempt=job.task.attempt)


async def _with_pictures(context: JobContext, job: Job) -> Job | None:
    """Download the member's pictures before their links expire. Return None or an ended job if that failed."""
    try:
        return await download_pictures(context, job)
    except NotAnImage as error:
        return await _reject(context, job, error)
    except Unreachable as error:
        if job.tries + 1 >= GIVE_UP_AFTER:
            return await _reject(context, job, picture_error(error))
        await retry_later(context, job, why=type(error).__name__)
        return None


async def _commit_intent(
    context: JobContext, job: Job, provider: Provider, draft: Draft, *, attempt: int
) -> Job | None:
    """Commit the intent of a paid request under a lease that outlives the request. Rule A.

    Return None if another worker moved the job. Raise TurnLapsed if a new attempt has no turn any more.
    """
    now = context.clock.now()
    lease_s = max(provider.paid_timeout_s + LEASE_MARGIN_S, context.timing.lease_s)
    return await context.store.transition(
        job,
        State.SUBMITTING,
        now=now,
        why="intent",
        attempt=attempt,
        request_hash=draft.digest(),
        protocol=draft.protocol,
        intent_at=now if attempt != job.task.attempt else job.task.intent_at,
        lease_until=now + lease_s,
        due_at=now + lease_s,
        tries=job.tries,
        uses_turn=context.shared_queue is not None and attempt != job.task.attempt,
    )


async def _send_paid_request(
    context: JobContext, job: Job, provider: Provider, draft: Draft, *, attempt: int
) -> Job | None:
    """Commit the intent, check the lease, send the request once, and apply its outcome."""
    if not context.may_act(job):
        return None  # it's due again when its lease ends
    intent = await _commit_intent(context, job, provider, draft, attempt=attempt)
    if intent is None:
        return None  # rule G
    context.seen_for_s(intent, intent.task.intent_at)
    context.queue_state.record_submission(job.guild_id, job.user_id)
    sent_before = attempt == job.task.attempt
    if context.stopping:
        not_sent = NotSent(provider=provider.title)
        change = _mark_ambiguous if sent_before else _return_to_accepted
        return await change(context, intent, not_sent)
    try:
        latest_end = context.clock.now() + MAX_PRIORITY_WAIT_S + provider.paid_timeout_s
        if latest_end > (intent.lease_until or 0.0) or not context.may_act(intent):
            raise Stalled(provider=provider.title)  # the lease could end during the request
        paid = provider.submit(replace(draft, idempotency_key=idempotency_key(job.id, attempt)))
        task = await timed(paid, context.clock, partial(context.metrics.submitted, job.account))
    except OutcomeUnknown as error:
        return await _mark_ambiguous(context, intent, error)
    except (NotSent, RateLimited) as error:
        # That this request did not leave proves nothing about the earlier one under the same key.
        return await (_mark_ambiguous(context, intent, error) if sent_before else _not_sent(context, intent, error))
    except ProviderError as error:
        return await _not_sent(context, intent, error)
    return await _accepted(context, intent, task)


async def _mark_ambiguous(context: JobContext, intent: Job, error: ProviderError) -> Job | None:
    log.warning("outcome unknown", extra={"job": intent.code, "account": intent.account})
    moved = await context.store.transition(
        intent,
        State.SUBMIT_UNKNOWN,
        now=context.clock.now(),
        why=type(error).__name__,
        ambiguous=True,
        tries=intent.tries + 1,
    )
    if moved is None or moved.tries < 2:
        return moved
    await retry_later(context, moved, why="unknown again")
    return None


async def _accepted(context: JobContext, job: Job, task: Task) -> Job | None:
    """Commit the task of a paid request. If the disk fails, log the task's id for the host, and retry."""
    for tries_left in range(COMMIT_TRIES - 1, -1, -1):
        now = context.clock.now()
        until = now + context.timing.lease_s  # the poller has it from here on
        try:
            moved = await context.store.transition(
                job,
                State.POLLING,
                now=now,
                why="accepted by the provider",
                task_id=task.task_id,
                protocol=task.protocol,
                endpoint=task.endpoint,
                spare_ids=json.dumps(dict(task.spare_ids)),
                submitted_at=now,
                ambiguous=job.task.ambiguous and job.task.attempt > 1,
                lease_until=until,
                due_at=until,
            )
        except Exception:
            # Kept alive: a paid job whose task id nobody else knows. After the last try its outcome is unknown.
            log.error("the paid task could not be stored", extra={"job": job.code, "task": task.task_id})
            if not tries_left or context.stopping:
                raise
            await context.clock.sleep(COMMIT_PAUSE_S)
        else:
            if moved is None:
                await keep_late_answer(context, job, task)
                return None
            context.forget_intents(job)
            log.info("submitted", extra={"job": job.code, "account": job.account})
            return moved
    return None


async def _not_sent(context: JobContext, job: Job, error: ProviderError | BadWish) -> Job | None:
    """Apply a definite answer: retry what may succeed later, move or reject the rest. Rule F."""
    busy_for_long = isinstance(error, RateLimited) and (error.retry_after_s or 0.0) >= LONG_WAIT_S
    gives_up = job.tries + 1 >= GIVE_UP_AFTER
    if (gives_up or busy_for_long or isinstance(error, AccountTrouble)) and await take_over(context, job, error):
        return None
    match error:
        case NotSent() | RateLimited() | Unreachable() if not gives_up:
            return await _return_to_accepted(context, job, error)
        case RateLimited(retry_after_s=float(wait_s)):
            return await _return_to_accepted(context, job, error, retry_after_s=wait_s)
        case PolicyRefused():
            error = policy_error(job, error)
    return await _reject(context, job, error)


async def _return_to_accepted(
    context: JobContext, job: Job, error: ProviderError, retry_after_s: float | None = None
) -> Job | None:
    """Return the job to the queue, because nothing was executed."""
    if retry_after_s is None and isinstance(error, RateLimited | Unreachable):
        retry_after_s = error.retry_after_s
    if job.state is State.ACCEPTED:
        await retry_later(context, job, retry_after_s=retry_after_s, why=type(error).__name__)
        return None
    moved = await context.store.transition(
        job,
        State.ACCEPTED,
        now=context.clock.now(),
        why=type(error).__name__,
        tries=job.tries,
        attempt=job.task.attempt - 1,
    )
    if moved is not None:
        await retry_later(context, moved, retry_after_s=retry_after_s, why=type(error).__name__)
    return None


async def _reject(context: JobContext, job: Job, error: ProviderError | BadWish | ParentFailed) -> Job | None:
    """End the job and release its money. If an earlier attempt is ambiguous, hold it for a person instead. Rule F."""
    if is_for_host(error):
        log_refusal(job, error)  # the host is told with the final status, once the end is on disk
    if job.task.ambiguous:
        return await finish_with_error(
            context, job, State.NEEDS_PERSON, unknown_outcome(job), money="hold", outcome=Outcome.UNKNOWN
        )
    if isinstance(error, Unreachable):
        error = NotSent(**error.facts)
    return await finish_with_error(context, job, State.REJECTED, error, money="release", outcome=Outcome.FAILED)


async def mark_unknown(context: JobContext, job: Job) -> Job | None:
    """Mark an intent that an earlier process left without a result. Its outcome is unknown. Rule B."""
    return await context.store.transition(
        job, State.SUBMIT_UNKNOWN, now=context.clock.now(), why="the process ended while it was sent", ambiguous=True
    )
