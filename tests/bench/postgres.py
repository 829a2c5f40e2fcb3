"""The store on PostgreSQL beside SQLite: complete jobs per second, and claims among a million rows."""

import contextlib
import statistics
import tempfile
from pathlib import Path

import psycopg

from bot.sandbox.postgres import LocalPostgres
from bot.store.database import Database
from bot.store.postgres import PgDatabase
from tests.bench.measurement import Measurement
from tests.bench.store import MANY, claim_times_ms, jobs_per_s

CLAIMS = 500
# A hundred thousand rows in one transaction count a hundred thousand times in the same few rows, which takes minutes.
WITHOUT_TRIGGERS = "SET LOCAL session_replication_role = replica"
# What autovacuum does in its own time for rows that came one by one; `move` does it too.
SETTLED = ("VACUUM ANALYZE job", "CHECKPOINT")


async def measure() -> list[Measurement]:
    with contextlib.closing(LocalPostgres()) as server, tempfile.TemporaryDirectory(prefix="retake-bench-") as name:
        lite = await jobs_per_s(await Database.open(Path(name) / "jobs.sqlite3"))
        rate = await jobs_per_s(await PgDatabase.open(server.create("jobs")))
        url = server.create("claims")
        took = await claim_times_ms(await PgDatabase.open(url), MANY, CLAIMS, WITHOUT_TRIGGERS, SETTLED)
        with psycopg.connect(url) as connection:
            ((stored,),) = connection.execute("SELECT count(*) FROM job").fetchall()
        lite_took = await claim_times_ms(await Database.open(Path(name) / "claims.sqlite3"), MANY, CLAIMS)
    if stored != MANY + CLAIMS:
        raise RuntimeError(f"{stored} rows instead of {MANY + CLAIMS}")
    p50, p99, lite_p50 = statistics.median(took), took[CLAIMS * 99 // 100], statistics.median(lite_took)
    beside = f"SQLite, {lite_p50:.2f} ms; p99 {lite_took[CLAIMS * 99 // 100]:.2f} ms"
    return [
        Measurement(
            name="postgres.durable_jobs_per_s", value=rate, unit="jobs/s", against=f"SQLite, {lite:.0f} jobs/s",
            ratio=rate / lite,
        ),
        Measurement(name="postgres.claim_1m_p50_ms", value=p50, unit="ms", against=beside, ratio=p50 / lite_p50),
        Measurement(name="postgres.claim_1m_p99_ms", value=p99, unit="ms"),
    ]  # fmt: skip
