"""Run the unmodified bot and record how late its polls start, and how long they wait for a slot. For the benchmarks.

Started as a process: `python -m tests.bench.instrumented_worker <file>` appends `<UTC seconds> late|slot <ms>` lines.
"""

import asyncio
import sys
import time
from pathlib import Path

from bot.cli import run
from bot.metrics import Metrics
from bot.net.shared_rate_limit import SharedRateLimiter
from bot.settings import load

WRITE_AT = 500  # lines


def record_polls(into: Path) -> None:
    """Have every poll of this process recorded from now on."""
    lines: list[str] = []
    started_late, acquire = Metrics.poll_started_late, SharedRateLimiter.acquire

    def record(what: str, seconds: float) -> None:
        lines.append(f"{time.time():.3f} {what} {seconds * 1000:.3f}\n")
        if len(lines) >= WRITE_AT:
            with into.open("a") as file:
                file.writelines(lines)
            lines.clear()

    def recorded_late(self: Metrics, late_s: float) -> None:
        record("late", late_s)
        started_late(self, late_s)

    async def recorded_acquire(self: SharedRateLimiter) -> None:
        began = time.perf_counter()
        await acquire(self)
        record("slot", time.perf_counter() - began)

    Metrics.poll_started_late = recorded_late  # type: ignore[method-assign]
    SharedRateLimiter.acquire = recorded_acquire  # type: ignore[method-assign]


if __name__ == "__main__":
    record_polls(Path(sys.argv[1]))
    sys.exit(asyncio.run(run.run(load())))
