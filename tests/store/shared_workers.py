"""Workers that may run beside others, for tests: one is started, orders a video, and has files in its folder."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bot.jobs.job import Job, State
from bot.store.jobs import SqlJobStore
from tests.monitoring.factories import insert_in_state
from tests.store.rewinds import start


@asynccontextmanager
async def worker(url: str, data: Path) -> AsyncIterator[SqlJobStore]:
    """Start a worker that may run beside others."""
    data.mkdir(exist_ok=True)  # noqa: ASYNC240
    async with start(url, data, "worker", shared=True) as store:
        yield store


async def order(store: SqlJobStore) -> Job:
    """Return a new job that may be paid."""
    return await insert_in_state(store, State.ACCEPTED)


def files(data: Path) -> set[str]:
    """Return the names of the files that know what the workers of a folder have paid."""
    return {path.name for path in data.glob("postgres*.*") if path.suffix in (".mark", ".position")}
