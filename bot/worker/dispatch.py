"""Admit waiting jobs in fair order when their account has room, and report queue positions to the others."""

from bot.jobs.job import Job
from bot.jobs.queue import ConcurrencyLimit, QueueEntry, QueueSnapshot
from bot.jobs.status import Queued, Undoable
from bot.jobs.undo import undo_left_s
from bot.ports.provider import Provider
from bot.worker.context import JobContext, log
from bot.worker.fair_queue import Queue, QueueView
from bot.worker.shared_queue import SharedQueue
from bot.worker.transitions import reschedule

MAX_SLEEP_S = 120.0
QUEUE_VIEW_TTL_S = 0.2
TURN_CHECK_S = 0.5


async def can_be_undone(context: JobContext, job: Job) -> bool:
    """Return whether the job's wait isn't over; then it's due at its end."""
    now = context.clock.now()
    left_s = undo_left_s(job, now, context.booted_at)
    if left_s <= 0.0:
        return False
    await context.publisher.show_status(job, Undoable(until=now + left_s))
    await reschedule(context, job, left_s, send_after=now + left_s)
    return True


async def try_acquire_slot(context: JobContext, job: Job, provider: Provider) -> bool:
    """Return whether the job may be submitted now. If so it is in `queue_state.admitted` until the caller removes it.

    Otherwise its queue position is shown, the job is rescheduled, and the jobs that may start instead are made due.
    """
    if context.shared_queue is not None:
        return await _try_take_turn(context, context.shared_queue, job, provider)
    now = context.clock.now()
    own = QueueEntry(
        job_id=job.id, account=job.account, guild_id=job.guild_id, user_id=job.user_id, requested_at=job.created_at
    )
    view = await _queue_view(context, own, provider)
    waits_for_source = own not in view.snapshot.waiting and job.parent_id is not None
    if waits_for_source or job.id in view.next_up:
        context.queue_state.admitted[job.id] = own  # no await since the view was read
        return True
    if view.next_up:
        await context.store.mark_due(view.next_up, now)
    await _show_place(context, job, view, provider)
    return False


async def release_slot(context: JobContext, job: Job) -> None:
    """Forget that a job has a slot. A turn that its request hasn't used is free for others."""
    context.queue_state.admitted.pop(job.id, None)
    if context.shared_queue is None:
        return
    try:
        await context.shared_queue.give_back(job.id)
    except Exception as error:  # noqa: BLE001
        # Kept alive: the job's step, whose outcome counts. The turn lapses.
        log.warning("a turn was not given back", extra={"job": job.code, "why": type(error).__name__})


async def _try_take_turn(context: JobContext, queue: SharedQueue, job: Job, provider: Provider) -> bool:
    """Return whether the job has a turn in the database, or else waits for its source, which is looked at next."""
    if job.id in await queue.give_turns(job.account, provider.jobs_at_once):
        return True
    view = await queue.view(job.account)
    if any(entry.job_id == job.id for entry in view.snapshot.waiting):
        await _show_place(context, job, view, provider)
        await queue.make_due(job.id)
        return False
    if job.parent_id is not None:
        return True
    await reschedule(context, job, TURN_CHECK_S)  # it has got a turn meanwhile
    return False


async def _show_place(context: JobContext, job: Job, view: QueueView, provider: Provider) -> None:
    """Show a waiting job's queue position, and look again later."""
    status = _queue_status(context, job, view)
    await context.publisher.show_status(job, status)
    rounds = 1 + status.place // max(1, provider.jobs_at_once)  # the first in the queue is made due when there is room
    await reschedule(context, job, min(MAX_SLEEP_S, context.timing.check_every_s * rounds))


async def admit_waiting(context: JobContext) -> None:
    """Make the jobs due that may start now. Call it when a slot may have become free."""
    now = context.clock.now()
    for account in await context.store.accounts_waiting():
        provider = context.providers.get(account)
        if provider is None:
            continue
        if context.shared_queue is not None:
            await context.shared_queue.give_turns(account, provider.jobs_at_once)
            continue
        snapshot = await context.store.queue_snapshot(account, now)
        _, next_up = _order(context, snapshot, account, provider)
        if next_up:
            await context.store.mark_due(next_up, now)


async def _queue_view(context: JobContext, own: QueueEntry, provider: Provider) -> QueueView:
    """Return the last view if it is fresh and admits this job, else read a new one.

    A view admits each of its jobs at most once, so jobs that share it can't be more than there is room for. Only the
    last one is used: a view of another account may have admitted jobs of the same member.
    """
    async with context.queue_state.view_lock:
        last, now = context.queue_state.last_view, context.clock.monotonic()
        if (
            last is not None
            and last.account == own.account
            and now - last.read_at < QUEUE_VIEW_TTL_S
            and own.job_id in last.next_up
        ):
            return last
        snapshot = await context.store.queue_snapshot(own.account, context.clock.now())
        queue, next_up = _order(context, snapshot, own.account, provider)
        view = QueueView(account=own.account, read_at=now, snapshot=snapshot, queue=queue, next_up=next_up)
        context.queue_state.last_view = view
        return view


def _order(
    context: JobContext, snapshot: QueueSnapshot, account: str, provider: Provider
) -> tuple[Queue, tuple[str, ...]]:
    """Return an account's queue, and those of its jobs for which there is room."""
    running = sum(entry.account == account for entry in context.queue_state.running(snapshot))
    queue = context.queue_state.queue(snapshot, snapshot.at_once if context.servers is not None else {})
    return queue, queue.ready[: max(0, provider.jobs_at_once - running)]


def _queue_status(context: JobContext, job: Job, view: QueueView) -> Queued:
    order = view.queue.order
    place = order.index(job.id) + 1 if job.id in order else 1
    if job.id not in view.queue.held:
        return Queued(place=place, length=len(order))
    running = [entry for entry in context.queue_state.running(view.snapshot) if entry.guild_id == job.guild_id]
    own_running = sum(entry.user_id == job.user_id for entry in running)
    limit = view.snapshot.at_once.get(job.guild_id, ConcurrencyLimit())
    if limit.member is not None and own_running >= limit.member:
        return Queued(place=place, length=len(order), own_running=own_running)
    return Queued(place=place, length=len(order), here_running=len(running))
