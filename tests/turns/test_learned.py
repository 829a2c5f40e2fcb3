"""What workers learn reaches all of them: render times, and the smallest upload limit."""

from pathlib import Path
from typing import cast

from bot.ports.job_store import JobStore
from bot.store.jobs import SqlJobStore
from bot.worker.render_stats import RenderStats
from tests.limits.service_harness import NOON, ManualClock
from tests.stores import open_database

DAY = 86_400.0


class StoredTimes:
    """Has the render times that other workers have stored."""

    times = (10.0, 20.0, 30.0)

    async def render_times(self, account: str, model: str, limit: int) -> list[float]:
        return [*self.times]


async def test_render_times_are_read_again_every_ten_minutes() -> None:
    clock, stored = ManualClock(), StoredTimes()
    stats = RenderStats(cast(JobStore, stored), clock)
    stats.reread_every_s = 600.0
    assert (await stats.profile("one", "model", 5.0, (30.0, 60.0))).times == (10.0, 20.0, 30.0)
    stored.times = (1.0, 2.0, 3.0)
    stats.learn("one", "model", 15.0, [])
    clock.current += 599.0
    assert (await stats.profile("one", "model", 5.0, (30.0, 60.0))).times == (10.0, 15.0, 20.0, 30.0)
    clock.current += 1.0
    assert (await stats.profile("one", "model", 5.0, (30.0, 60.0))).times == (1.0, 2.0, 3.0)


async def test_a_process_alone_reads_its_render_times_once() -> None:
    clock, stored = ManualClock(), StoredTimes()
    stats = RenderStats(cast(JobStore, stored), clock)
    first = await stats.profile("one", "model", 5.0, (30.0, 60.0))
    stored.times = (1.0, 2.0, 3.0)
    clock.current += 1e6
    assert await stats.profile("one", "model", 5.0, (30.0, 60.0)) == first


async def test_the_smallest_upload_limit_stays_until_it_is_old(tmp_path: Path, each_store: str) -> None:
    database = await open_database(tmp_path / "retake.sqlite3")
    store = SqlJobStore(database)
    for value, at, kept in [
        (25 << 20, NOON, 25 << 20),
        (8 << 20, NOON + 1.0, 8 << 20),
        (10 << 20, NOON + 2.0, 8 << 20),  # another worker has learned less
        (10 << 20, NOON + 1.0 + 30 * DAY + 1.0, 10 << 20),
    ]:
        await store.set_smallest_flag("upload-limit:1", value, at, 30 * DAY)
        found = await store.get_flag("upload-limit:1")
        assert found is not None
        assert int(found[0]) == kept
    await database.close()
