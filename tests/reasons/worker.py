"""The real parts of the worker, on a real database and without Discord, for rows about jobs."""

import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import cast

from bot.catalogue.model import Model
from bot.catalogue.offers import Offers
from bot.jobs.errors import RetakeError
from bot.jobs.job import Job, State
from bot.jobs.limits import Caps, HostBudget
from bot.jobs.stored_errors import stored_error
from bot.ordering.remix_methods import RUNGS
from bot.ordering.service import JobService
from bot.ports.clock import Clock, SystemClock
from bot.ports.job_store import JobStore
from bot.ports.provider import FetchLimits, Provider
from bot.ports.publisher import Publisher
from bot.providers import Account
from bot.store.jobs import SqlJobStore
from bot.worker.clip_files import ClipFiles
from bot.worker.context import JobContext
from bot.worker.poll_schedule import Timing
from tests.stores import open_database

LIMITS = FetchLimits(max_bytes=5_000_000, timeout_s=10.0, min_bytes_per_s=1)
_PATH = (State.ACCEPTED, State.SUBMITTING, State.POLLING)


def job_service(store: JobStore, offers: Offers) -> JobService:
    return JobService(
        store=store,
        clock=SystemClock(),
        offers=offers,
        remix_methods=RUNGS,
        servers=None,
        host_budget=HostBudget(),
        lease_s=60.0,
        wake=lambda: None,
        drop_poll=lambda _: None,
        can_cancel=lambda _: False,
    )


@contextlib.asynccontextmanager
async def worker(
    folder: Path,
    *models: Model,
    accounts: Sequence[Account] = (Account(name="toapis", kind="toapis"),),
    providers: Mapping[str, Provider] | None = None,
    timing: Timing | None = None,
    clock: Clock | None = None,
) -> AsyncIterator[JobContext]:
    """Open what every step of a job uses. No scene gets so far that something is posted."""
    database = await open_database(folder / "retake.sqlite3")
    files = ClipFiles(folder)
    files.prepare()
    try:
        yield JobContext(
            clock=clock or SystemClock(),
            store=SqlJobStore(database),
            publisher=cast(Publisher, None),
            providers=providers or {},
            offers=Offers(models, accounts),
            files=files,
            timing=timing or Timing(),
            limits=LIMITS,
        )
    finally:
        await database.close()


async def stored(context: JobContext, job: Job, state: State = State.ACCEPTED) -> Job:
    """Store a job, and bring it to a state on the usual path."""
    current = await context.store.insert(job, Caps())
    for step in _PATH[: _PATH.index(state) + 1]:
        assert current is not None
        changes = {"task_id": "t1", "submitted_at": context.clock.now()} if step is State.POLLING else {}
        current = await context.store.transition(current, step, now=context.clock.now(), why="", **changes)  # type: ignore[arg-type]
    assert current is not None
    return current


def reason(job: Job | None) -> RetakeError | None:
    """Return the error that ended a job."""
    return stored_error(job) if job is not None and job.trouble is not None else None
