"""The takes of one order: build their rows, and let the others follow what Discord has said about the first."""

import random
from dataclasses import replace

from bot.jobs.ids import new_job_id as new_bundle_id
from bot.jobs.job import Job, JobBundle, RequestOrigin, State
from bot.ordering.new_job import new_job
from bot.ordering.quote import PreparedRequest
from bot.ports.job_store import JobStore

UPDATE_TRIES = 5


def new_takes(asked: RequestOrigin, prepared: PreparedRequest, now: float) -> list[Job]:
    """Return one received job for each take. Only the first has the Discord event, and so the answer to it.

    The two of a comparison come in a random order.
    """
    requests, compared = [prepared] * prepared.request.takes, prepared.rival is not None
    if prepared.rival is not None:
        requests = [prepared, replace(prepared, quote=prepared.rival)]
        random.shuffle(requests)
    bundle = JobBundle(bundle_id=new_bundle_id(), bundle_size=len(requests), compared=compared)
    first, *others = [
        replace(new_job(asked, each, now), bundle=replace(bundle, bundle_place=place))
        for place, each in enumerate(requests, 1)
    ]
    return [first, *(replace(job, interaction_id=None, interaction_token=None) for job in others)]


async def choose_take(store: JobStore, job: Job, now: float) -> bool:
    """Make a take the one that others start from. Return False if the job changes meanwhile for too long."""
    for _again in range(UPDATE_TRIES):
        if await store.update(job, chosen_at=now) is not None:
            return True
        job = await store.job(job.id) or job
    return False


async def accept_others(store: JobStore, first: Job, now: float) -> None:
    """Accept the other takes once Discord has our answer. The worker does so for any that are left out."""
    for job in await store.bundles.jobs(first.bundle.bundle_id or ""):
        if job.state is State.RECEIVED:
            await store.transition(job, State.ACCEPTED, now=now, why="answered", due_at=now)


async def abandon_others(store: JobStore, first: Job, now: float) -> None:
    """End the other takes because Discord has certainly not taken our answer."""
    for job in await store.bundles.jobs(first.bundle.bundle_id or ""):
        if job.state is State.RECEIVED:
            await store.transition(job, State.ABANDONED, now=now, why="no answer of ours", money="release", due_at=now)
