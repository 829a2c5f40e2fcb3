"""Gives the turns: who goes next where an account has room, and what the others are told meanwhile."""

from bot.jobs.job import Job
from bot.jobs.queue import ConcurrencyLimit, QueueEntry, QueueSnapshot
from bot.jobs.status import Queued
from bot.ports.provider import Provider
from bot.worker.context import JobContext
from bot.worker.fair_queue import Queue, QueueView
from bot.worker.transitions import reschedule

MAX_SLEEP_S = 120.0
QUEUE_VIEW_TTL_S = 0.2


async def try_acquire_slot(context: JobContext, job: Job, provider: Provider) -> bool:
    """Whether it is this job's turn, which it then has until `turns.taken` lets it go.

    Else it is told where it stands, put down, and whoever's turn it is instead is woken.
    """
    now = context.clock.now()
    own = QueueEntry(
        job_id=job.id, account=job.account, guild_id=job.guild_id, user_id=job.user_id, asked_at=job.created_at
    )
    snapshot, queue, next_up = await _queue_view(context, own, provider)
    if own not in snapshot.waiting and job.parent_id is not None:  # it waits for its source, and not for a turn
        context.queue_state.taken[job.id] = own
        return True
    if job.id in next_up:
        context.queue_state.taken[job.id] = own  # nothing awaits between the look and this
        return True
    if next_up:
        await context.store.mark_due(next_up, now)
    notice = _queue_status(context, job, snapshot, queue)
    await context.publisher.show_status(job, notice)
    rounds = 1 + notice.place // max(1, provider.jobs_at_once)  # whoever is at the front is woken when there is room
    await reschedule(context, job, min(MAX_SLEEP_S, context.timing.check_every_s * rounds))
    return False


async def admit_waiting(context: JobContext) -> None:
    """There may be room again: make those due whose turn it is."""
    now = context.clock.now()
    for account in await context.store.accounts_waiting():
        provider = context.providers.get(account)
        if provider is None:
            continue
        _, next_up = _load_queue(context, await context.store.queue_snapshot(account, now), account, provider)
        if next_up:
            await context.store.mark_due(next_up, now)


async def _queue_view(context: JobContext, own: QueueEntry, provider: Provider) -> QueueView:
    """The look that whoever came at the same moment has just had, if it gave this job a turn; else one of its own.

    One look gives each of its jobs at most one turn, so those who share it cannot be more than there is room for.
    Only the last one counts: a look at another account may have given turns to the same member.
    """
    async with context.queue_state.looking:
        seen, now = context.queue_state.view, context.clock.monotonic()
        if (
            seen is not None
            and seen[0] == own.account
            and now - seen[1] < QUEUE_VIEW_TTL_S
            and own.job_id in seen[2][2]
        ):
            return seen[2]
        snapshot = await context.store.queue_snapshot(own.account, context.clock.now())
        view = (snapshot, *_load_queue(context, snapshot, own.account, provider))
        context.queue_state.view = (own.account, now, view)
        return view


def _load_queue(
    context: JobContext, snapshot: QueueSnapshot, account: str, provider: Provider
) -> tuple[Queue, tuple[str, ...]]:
    """The queue of an account, and those of it that there is room for."""
    taken = sum(place.account == account for place in context.queue_state.running(snapshot))
    queue = context.queue_state.queue(snapshot, snapshot.at_once if context.servers is not None else {})
    return queue, queue.ready[: max(0, provider.jobs_at_once - taken)]


def _queue_status(context: JobContext, job: Job, snapshot: QueueSnapshot, queue: Queue) -> Queued:
    order = queue.order
    place = order.index(job.id) + 1 if job.id in order else 1
    if job.id not in queue.held:
        return Queued(place=place, length=len(order))
    running = [each for each in context.queue_state.running(snapshot) if each.guild_id == job.guild_id]
    own = sum(each.user_id == job.user_id for each in running)
    limit = snapshot.at_once.get(job.guild_id, ConcurrencyLimit())
    if limit.member is not None and own >= limit.member:
        return Queued(place=place, length=len(order), own_running=own)
    return Queued(place=place, length=len(order), here_running=len(running))
