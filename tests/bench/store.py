"""Throughput of the store: complete jobs per second, and a claim among a thousand and a million rows."""

import asyncio
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from bot.jobs.ids import new_code, new_job_id
from bot.jobs.job import Job, JobMoney, Kind, Outcome, State
from bot.store.database import Database
from bot.store.jobs import SqlJobStore
from tests.bench.measurement import Measurement

JOBS = 1500
CONCURRENCY = 50
FEW, MANY = 1_000, 1_000_000
CLAIMS = 60


def make_job(number: int) -> Job:
    now = time.time()
    return Job(
        id=new_job_id(),
        code=new_code(8),
        state=State.RECEIVED,
        kind=Kind.GENERATE,
        user_id=number % 97,
        guild_id=1,
        channel_id=number % 13,
        prompt="a lighthouse",
        model="grok-video-3",
        account="toapis",
        created_at=now,
        updated_at=now,
        due_at=now + 20,
        interaction_id=number + 1,
        money=JobMoney(price_micros=100_000),
    )


async def run_job(store: SqlJobStore, number: int) -> None:
    """Make every durable transition of a successful job, one commit each."""
    now = time.time()
    job: Job | None = await store.insert(make_job(number))
    steps: list[tuple[State, dict[str, object]]] = [
        (State.ACCEPTED, {"status_message_id": 10_000_000 + number}),
        (State.SUBMITTING, {"attempt": 1, "intent_at": now}),
        (State.POLLING, {"task_id": f"video_{number}", "submitted_at": now}),
        (State.DOWNLOADING, {"outcome": Outcome.SUCCEEDED, "finished_at": now, "money": "capture"}),
        (State.DELIVERING, {"clip_file": "a.mp4"}),
        (State.DELIVERED, {"result_message_id": 20_000_000 + number, "delivered_at": now, "due_at": None}),
    ]
    for to, changes in steps:
        if job is None:
            raise RuntimeError("a transition was refused")
        job = await store.transition(job, to, now=now, why="bench", **changes)  # type: ignore[arg-type]


async def jobs_per_s(folder: Path) -> float:
    database = await Database.open(folder / "jobs.sqlite3")
    try:
        store, numbers = SqlJobStore(database), iter(range(JOBS))

        async def worker() -> None:
            for number in numbers:
                await run_job(store, number)

        began = time.perf_counter()
        await asyncio.gather(*(worker() for _ in range(CONCURRENCY)))
        return JOBS / (time.perf_counter() - began)
    finally:
        await database.close()


def bare_jobs_per_s(folder: Path) -> float:
    """Make as many commits with sqlite3 alone: the limit of this disk."""
    connection = sqlite3.connect(folder / "bare.sqlite3", isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE job (id INTEGER PRIMARY KEY, state TEXT, rest TEXT)")
    began = time.perf_counter()
    for number in range(JOBS):
        connection.execute("INSERT INTO job VALUES (?, 'received', ?)", (number, "x" * 400))
        for state in range(6):
            connection.execute("UPDATE job SET state = ? WHERE id = ?", (str(state), number))
    took = time.perf_counter() - began
    connection.close()
    return JOBS / took


async def claim_ms(folder: Path, rows: int) -> float:
    """Return the median time of a claim of 50 due jobs, in milliseconds, among `rows` finished jobs."""
    database = await Database.open(folder / f"claim-{rows}.sqlite3")
    try:
        store = SqlJobStore(database)
        await database.transaction(lambda tx: insert_finished_jobs(tx.run, rows))
        took: list[float] = []
        for number in range(CLAIMS):
            due = replace(make_job(10_000_000 + number), due_at=1.0)
            await store.insert(due)
            began = time.perf_counter()
            await store.claim(time.time(), 50, 300.0)
            took.append((time.perf_counter() - began) * 1000)
        return statistics.median(took)
    finally:
        await database.close()


def insert_finished_jobs(run: Callable[[str, tuple[int]], object], rows: int) -> None:
    """Insert finished jobs in SQL."""
    columns = "id, code, state, kind, user_id, guild_id, channel_id, prompt, model, account, created_at, updated_at"
    run(
        f"INSERT INTO job ({columns}, fence, attempt, ambiguous, tries, why, facts, spare_ids, price_micros,"  # noqa: S608
        " post_epoch, no_remix) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)"
        " SELECT 'old' || i, 'c' || i, 'delivered', 'generate', i % 97, 1, i % 13, 'x', 'm', 'a', i, i,"
        " 0, 1, 0, 0, '', '{}', '{}', 1, 0, 0 FROM n",
        (rows,),
    )


async def measure() -> list[Measurement]:
    with tempfile.TemporaryDirectory(prefix="retake-bench-") as name:
        folder = Path(name)
        rate, bare = await jobs_per_s(folder), bare_jobs_per_s(folder)
        few, many = await claim_ms(folder, FEW), await claim_ms(folder, MANY)
    return [
        Measurement(
            name="store.durable_jobs_per_s",
            value=rate,
            unit="jobs/s",
            against=f"the same number of bare commits on this disk, {bare:.0f} jobs/s",
            ratio=rate / bare,
        ),
        Measurement(
            name="store.claim_1m_vs_1k",
            value=many / few,
            unit="x",
            against=f"1,000 rows, {few:.3f} ms ({many:.3f} ms)",
            ratio=many / few,
        ),
    ]  # fmt: skip
