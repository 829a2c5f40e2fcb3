"""Workers that may run beside others, for tests: one is started, orders a video, and has files in its folder."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bot.jobs.job import Job, State
from bot.store.jobs import SqlJobStore
from bot.store.postgres import PgDatabase
from tests.monitoring.factories import NOW, insert_in_state


@asynccontextmanager
async def worker(url: str, data: Path) -> AsyncIterator[SqlJobStore]:
    """Start a worker that may run beside others."""
    data.mkdir(exist_ok=True)  # noqa: ASYNC240
    database = await PgDatabase.open(url, data, role="worker", shared=True)
    try:
        store = SqlJobStore(database)
        await store.new_epoch(NOW)
        yield store
    finally:
        await database.close()


async def order(store: SqlJobStore) -> Job:
    """Return a new job that may be paid."""
    return await insert_in_state(store, State.ACCEPTED)


def files(data: Path) -> set[str]:
    """Return the names of the files that know what the workers of a folder have paid."""
    return {path.name for path in data.glob("postgres*.*") if path.suffix in (".mark", ".position")}
