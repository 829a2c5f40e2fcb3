"""`python -m bot move` of 100,000 finished jobs to PostgreSQL and back: how long it takes, and how much memory."""

import contextlib
import os
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

from bot.sandbox.postgres import LocalPostgres
from bot.store.database import Database
from bot.store.group_commit import Transaction
from bot.store.location import DATABASE
from tests.bench.measurement import Measurement
from tests.bench.store import insert_finished_jobs

JOBS = 100_000
EVENTS = 6  # of a job that went well, besides the one that its insertion writes
_AT_ONCE = 10_000
_PEAK = "VmHWM:"


def _insert(tx: Transaction, first: int) -> None:
    """Insert finished jobs with what they leave behind: events, and the ledger's entries with their sums."""
    insert_finished_jobs(tx, first=first, rows=_AT_ONCE, before="")
    of_these = "FROM job WHERE created_at > ? AND created_at <= ?"
    between = (first, first + _AT_ONCE)
    for seq in range(2, 2 + EVENTS):
        tx.run(
            "INSERT INTO event (job_id, seq, at, from_state, to_state, why, fence)"
            f" SELECT id, ?, created_at, 'polling', 'delivered', 'posted', 0 {of_these}",
            (seq, *between),
        )
    for kind, debit, credit in (("reserve", "free", "reserved"), ("capture", "reserved", "spent")):
        tx.run(
            "INSERT INTO ledger (job_id, part, kind, debit, credit, micros, at)"
            f" SELECT id, 1, ?, ?, ?, 100000, created_at {of_these}",
            (kind, debit, credit, *between),
        )


async def _fill(file: Path) -> int:
    """Create the database to move. Return its rows of jobs, events and the ledger."""
    database = await Database.open(file)
    try:
        for first in range(0, JOBS, _AT_ONCE):
            await database.transaction(partial(_insert, first=first))
        rows = await database.run("SELECT (SELECT count(*) FROM event) + (SELECT count(*) FROM ledger)")
        return JOBS + int(rows[0][0])
    finally:
        await database.close()


def _move(data: Path, url: str, to: str) -> tuple[float, float]:
    """Move the database. Return seconds, and the process's peak in MiB."""
    environment = {**os.environ, "RETAKE_DATA": str(data), "RETAKE_DATABASE_URL": url}
    began, peak_kib = time.perf_counter(), 0
    with subprocess.Popen(  # noqa: S603
        [sys.executable, "-m", "bot", "move", "--to", to], env=environment, stdout=subprocess.DEVNULL
    ) as process:
        while process.poll() is None:
            with contextlib.suppress(OSError):
                status = Path(f"/proc/{process.pid}/status").read_text()
                peaks = [int(line.split()[1]) for line in status.splitlines() if _PEAK in line]
                peak_kib = max([peak_kib, *peaks])
            time.sleep(0.2)
    if process.returncode != 0:
        raise RuntimeError(f"the move ended with {process.returncode}")
    return time.perf_counter() - began, peak_kib / 1024


async def measure() -> list[Measurement]:
    with contextlib.closing(LocalPostgres()) as server, tempfile.TemporaryDirectory(prefix="retake-bench-") as name:
        data, url = Path(name), server.create("moved")
        rows = await _fill(data / DATABASE)
        size_mib = (data / DATABASE).stat().st_size / (1 << 20)
        forth_s, forth_mib = _move(data, url, "postgresql")
        back_s, back_mib = _move(data, url, "sqlite")
    against = f"{JOBS:,} jobs, {rows:,} rows, a file of {size_mib:.0f} MiB"
    return [
        Measurement(name="move.to_postgresql_s", value=forth_s, unit="s", against=against),
        Measurement(name="move.to_sqlite_s", value=back_s, unit="s", against=against),
        Measurement(name="move.peak_mib", value=max(forth_mib, back_mib), unit="MiB", against=against),
    ]
