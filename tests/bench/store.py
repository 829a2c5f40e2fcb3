"""Throughput of the store: complete jobs per second, and a claim among a thousand and a million rows."""

import asyncio
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from bot.jobs.ids import new_code, new_job_id
from bot.jobs.job import Job, JobMoney, Kind, Outcome, State
from bot.store.database import Database
from bot.store.group_commit import Transaction
from bot.store.jobs import SqlJobStore
from bot.store.sql_database import SqlDatabase
from tests.bench.measurement import Measurement

JOBS = 1500
CONCURRENCY = 50
FEW, MANY = 1_000, 1_000_000
CLAIMS = 60
ROWS_AT_ONCE = 100_000


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


async def jobs_per_s(database: SqlDatabase) -> float:
    """Return how many complete jobs a second go through a database, which is closed."""
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


async def claim_times_ms(
    database: SqlDatabase, rows: int, claims: int = CLAIMS, before: str = "", after: Sequence[str] = ()
) -> list[float]:
    """Return how long claims of due jobs take among `rows` finished jobs, in order. The database is closed.

    `before` is a statement that comes before each insertion of finished jobs, in its transaction; `after` come once all
    are there.
    """
    try:
        store = SqlJobStore(database)
        for first in range(0, rows, ROWS_AT_ONCE):
            size = min(ROWS_AT_ONCE, rows - first)
            await database.transaction(partial(insert_finished_jobs, first=first, rows=size, before=before))
        for statement in after:
            await database.run(statement)
        took: list[float] = []
        for number in range(claims):
            due = replace(make_job(10_000_000 + number), due_at=1.0)
            await store.insert(due)
            began = time.perf_counter()
            await store.claim(time.time(), 50, 300.0)
            took.append((time.perf_counter() - began) * 1000)
        return sorted(took)
    finally:
        await database.close()


def insert_finished_jobs(tx: Transaction, *, first: int, rows: int, before: str) -> None:
    """Insert finished jobs in SQL."""
    if before:
        tx.run(before)
    columns = "id, code, state, kind, user_id, guild_id, channel_id, prompt, model, account, created_at, updated_at"
    tx.run(
        f"INSERT INTO job ({columns}, fence, attempt, ambiguous, tries, why, facts, spare_ids, price_micros,"  # noqa: S608
        " post_epoch, no_remix)"
        " WITH RECURSIVE n(i) AS (SELECT CAST(? AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < ?)"
        " SELECT 'old' || i, 'c' || i, 'delivered', 'generate', i % 97, 1, i % 13, 'x', 'm', 'a', i, i,"
        " 0, 1, 0, 0, '', '{}', '{}', 1, 0, 0 FROM n",
        (first + 1, first + rows),
    )


async def measure() -> list[Measurement]:
    with tempfile.TemporaryDirectory(prefix="retake-bench-") as name:
        folder = Path(name)
        rate, bare = await jobs_per_s(await Database.open(folder / "jobs.sqlite3")), bare_jobs_per_s(folder)
        few, many = [
            statistics.median(await claim_times_ms(await Database.open(folder / f"claim-{rows}.sqlite3"), rows))
            for rows in (FEW, MANY)
        ]
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
