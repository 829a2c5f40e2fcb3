"""Several worker processes never have more jobs at a provider than its account allows. The provider counts."""

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.sandbox.providers import LocalToAPIs
from bot.sandbox.providers.tasks import LocalTask
from bot.store.group_commit import Transaction
from bot.store.ledger import reserve
from bot.store.new_rows import insert_row
from bot.store.postgres import PgDatabase
from tests.faults.clip import CLIP
from tests.store.factories import make_job
from tests.stores import new_url
from tests.turns.worker_process import JOBS_AT_ONCE

RENDER_S, MEMBERS = 0.1, 40
WAIT_S = 300.0  # a bound on workers that stand still


class CountingToAPIs(LocalToAPIs):
    """Counts the tasks that run at once."""

    most = 0

    def accept(self, task: LocalTask) -> LocalTask:
        running = sum(each.state in ("queued", "running") for each in self.tasks.values())
        self.most = max(self.most, running + 1)
        return super().accept(task)


@contextlib.asynccontextmanager
async def workers(count: int, url: str, folder: Path, provider: LocalToAPIs) -> AsyncIterator[None]:
    """Run worker processes while the block runs."""
    started = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.turns.worker_process", url, str(folder), provider.base_url, provider.api_key
        )
        for _ in range(count)
    ]
    try:
        yield
    finally:
        for each in started:
            with contextlib.suppress(ProcessLookupError):
                each.kill()
            await each.wait()


@pytest.mark.parametrize(("processes", "jobs"), [(3, 300), (5, 400)])
async def test_never_more_jobs_at_once_than_the_account_allows(tmp_path: Path, processes: int, jobs: int) -> None:
    url, film = new_url(), tmp_path / "clip.mp4"
    film.write_bytes(CLIP)
    database = await PgDatabase.open(url)
    provider = await CountingToAPIs(render_s=RENDER_S, film=film, price_usd=0.1, balance_usd=1e6).start()
    now = database.clock.now()
    orders = [
        make_job(
            state="accepted", account="toapis", model="grok-video-3", user_id=number % MEMBERS, guild_id=number % 5,
            created_at=now - jobs + number, updated_at=now, due_at=now,
        )
        for number in range(jobs)
    ]  # fmt: skip

    def order(tx: Transaction) -> None:
        for job in orders:
            assert insert_row(tx, job)
            reserve(tx, job, at=now)

    await database.transaction(order)
    waiting = "SELECT count(*) FROM job WHERE state IN ('accepted', 'submitting', 'submit_unknown', 'polling')"
    async with workers(processes, url, tmp_path, provider), asyncio.timeout(WAIT_S):
        while (await database.run(waiting))[0][0]:  # noqa: ASYNC110 - processes have no events
            await asyncio.sleep(0.2)
    assert len(provider.charges) == len(provider.tasks) == jobs
    assert 1 < provider.most <= JOBS_AT_ONCE  # a slow machine seldom uses all
    assert provider.complaints == []
    await provider.stop()
    await database.close()
