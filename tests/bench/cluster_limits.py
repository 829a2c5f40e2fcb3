"""5,000 rendering jobs of one worker, and what several workers together ask of an account."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg

from bot.jobs.job import JobTask, State
from bot.sandbox.postgres import LocalPostgres
from bot.store.jobs import SqlJobStore
from bot.store.postgres import PgDatabase
from tests.bench.cluster_processes import ClusterRun, InstrumentedWorker, cluster_run
from tests.bench.cluster_provider import Books
from tests.bench.cluster_videos import WITHIN_S, order_all
from tests.bench.load import rss_mib
from tests.bench.poll_throughput import cpu_s
from tests.bench.provider_server import task_id
from tests.bench.store import make_job

JOBS, SETTLE_S, WATCH_S = 5000, 15.0, 20.0
MOST = 0.99  # of the jobs: the engine has as many places, of which it uses some twice
AT_ONCE = 50  # rows that are inserted
VIDEOS, WORKERS, JOBS_AT_ONCE, REQUESTS_PER_S, RENDER_S = 60, 4, 20, 15, 2.0
PREPARED = "SELECT 1 FROM pg_trigger WHERE tgname = 'hand_out'"  # by the worker's engine
WRITES = """
SELECT xact_commit, tup_inserted + tup_updated + tup_deleted FROM pg_stat_database WHERE datname = current_database()
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class PollLoad:
    """What one worker with many rendering jobs does. `slot_ms`: how long polls wait for a slot of their account."""

    late_ms: Sequence[float]
    slot_ms: Sequence[float]
    polls_per_s: float
    cores: float
    rss_mib: float
    empty_rss_mib: float
    commits_per_s: float
    rows_per_s: float
    taken_up_per_s: float


async def measure_polls(
    server: LocalPostgres, folder: Path, jobs: int = JOBS, settle_s: float = SETTLE_S, watch_s: float = WATCH_S
) -> PollLoad:
    """Give a worker rendering jobs, wait until it polls all of them, and watch it."""
    env = {"RETAKE_CHECK_EVERY_S": "10", "RETAKE_FIRST_CHECK_S": "5"}
    async with cluster_run(server, folder, workers=1, tasks=jobs, env=env) as run:
        await insert_rendering_jobs(run, jobs)
        await run.start_front()
        await run.start_workers()
        (worker,) = run.workers
        await run.until(lambda: bool(run.rows(PREPARED)), WITHIN_S)
        empty, began = rss_mib(worker.pid), time.monotonic()
        hand_out(run)
        leased = "SELECT count(*) FROM job WHERE lease_until IS NOT NULL"
        await run.until(lambda: int(str(run.rows(leased)[0][0])) >= MOST * jobs, WITHIN_S, every_s=0.25)
        taken_up_per_s = MOST * jobs / (time.monotonic() - began)
        await asyncio.sleep(settle_s)
        before, since, polls, cpu = run.rows(WRITES), time.time(), (await run.provider.books()).polls, cpu_s(worker.pid)
        await asyncio.sleep(watch_s)
        polls, cpu = (await run.provider.books()).polls - polls, cpu_s(worker.pid) - cpu
        until, after = time.time(), run.rows(WRITES)
        commits, rows = (int(str(late)) - int(str(early)) for early, late in zip(before[0], after[0], strict=True))
        memory = rss_mib(worker.pid)
    took_s = until - since
    return PollLoad(
        late_ms=recorded(worker, "late", since, until),
        slot_ms=recorded(worker, "slot", since, until),
        polls_per_s=polls / took_s,
        cores=cpu / took_s,
        rss_mib=memory,
        empty_rss_mib=empty,
        commits_per_s=commits / took_s,
        rows_per_s=rows / took_s,
        taken_up_per_s=taken_up_per_s,
    )


def recorded(worker: InstrumentedWorker, what: str, since: float, until: float) -> list[float]:
    """Return what a worker recorded of its polls, in milliseconds and in order."""
    lines = [line.split() for line in worker.polls.read_text().splitlines()]
    return sorted(float(ms) for at, name, ms in lines if name == what and since <= float(at) <= until)


async def insert_rendering_jobs(run: ClusterRun, jobs: int) -> None:
    """Create rows of jobs that render at the provider, with nobody's lease, while no process uses the database."""
    database = await PgDatabase.open(run.url)
    store, now, numbers = SqlJobStore(database), time.time(), iter(range(jobs))

    async def insert() -> None:
        for number in numbers:
            task = JobTask(task_id=task_id(number), protocol="toapis", submitted_at=now)
            job = replace(make_job(number), state=State.POLLING, guild_id=run.guild_id, channel_id=run.channel.id)
            await store.insert(replace(job, due_at=now + 900.0, task=task))

    await asyncio.gather(*(insert() for _ in range(AT_ONCE)))
    await database.close()


def hand_out(run: ClusterRun) -> None:
    """Make all jobs due and have them handed out now, which the net would do a thousand at a time."""
    with psycopg.connect(run.url) as connection:
        connection.execute("SET LOCAL retake.hand_out = 'on'")
        connection.execute("UPDATE job SET due_at = extract(epoch FROM clock_timestamp())")


async def measure_limits(server: LocalPostgres, folder: Path, videos: int = VIDEOS) -> Books:
    """Let four workers make more videos than their account allows at once, and return the provider's books."""
    async with cluster_run(
        server, folder, workers=WORKERS, jobs_at_once=JOBS_AT_ONCE, requests_per_s=REQUESTS_PER_S, render_s=RENDER_S
    ) as run:
        await run.start_front()
        await order_all(run, videos)
        await run.start_workers()
        await run.until(lambda: len(run.delivered_at()) == videos, WITHIN_S, every_s=0.5)
        return await run.provider.books()
