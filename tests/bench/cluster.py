"""`make bench cluster`: a gateway and several workers on one PostgreSQL, as real processes.

Videos a second with 1, 2 and 4 workers; how long an order takes to its paid request; 5,000 jobs of one worker; and
whether four workers together keep to what an account allows, counted by the provider.
"""

import contextlib
import os
import statistics
import tempfile
from pathlib import Path

from bot.sandbox.postgres import LocalPostgres
from tests.bench.cluster_limits import JOBS_AT_ONCE, REQUESTS_PER_S, WORKERS, PollLoad, measure_limits, measure_polls
from tests.bench.cluster_provider import Books
from tests.bench.cluster_videos import TRANSFER_S, Throughput, measure_orders, measure_throughput
from tests.bench.load import p99
from tests.bench.measurement import Measurement


async def measure() -> list[Measurement]:
    with contextlib.closing(LocalPostgres()) as server, tempfile.TemporaryDirectory(prefix="retake-bench-") as name:
        folder = Path(name)
        one, *more = [await measure_throughput(server, folder, workers) for workers in (1, 2, 4)]
        across, alone = [await measure_orders(server, folder, workers) for workers in (2, 0)]
        polls = await measure_polls(server, folder)
        books = await measure_limits(server, folder)
    return [
        *(_videos(one, each) for each in (one, *more)),
        *_orders(across, alone),
        *_polls(polls),
        *_limits(books),
        Measurement(name="cluster.load", value=os.getloadavg()[2], unit="", against=f"{os.cpu_count()} cores, 15 min"),
    ]


def _videos(one: Throughput, found: Throughput) -> Measurement:
    cpu = (
        f"CPU a video: workers {found.worker_cpu_ms:.0f} ms, PostgreSQL {found.server_cpu_ms:.0f} ms; "
        f"{TRANSFER_S:.0f} s a transfer, 64 at once a worker"
    )
    return Measurement(
        name=f"cluster.videos_per_s_{found.workers}", value=found.per_s, unit="/s",
        against=cpu if found is one else f"one worker; {cpu}", ratio=None if found is one else found.per_s / one.per_s,
    )  # fmt: skip


def _orders(across: list[float], alone: list[float]) -> list[Measurement]:
    found = [("p50", statistics.median(across), statistics.median(alone)), ("p99", p99(across), p99(alone))]
    return [
        Measurement(
            name=f"cluster.order_to_paid_{name}_ms", value=value, unit="ms", ratio=value / base,
            against=f"one process on PostgreSQL, {base:.0f} ms",
        )
        for name, value, base in found
    ]  # fmt: skip


def _polls(found: PollLoad) -> list[Measurement]:
    load = (
        f"{found.polls_per_s:.0f} polls/s, {found.cores:.2f} of a core; taken up at {found.taken_up_per_s:.0f} jobs/s"
    )
    slots = (
        f"wait for a slot of the account: p50 {statistics.median(found.slot_ms):.1f}, p99 {p99(found.slot_ms):.1f} ms"
    )
    memory = f"the same load; the worker without jobs: {found.empty_rss_mib:.0f} MiB"
    writes = f"the same load, leases and slots too; {found.rows_per_s / found.polls_per_s:.2f} rows a poll"
    late, commits = found.late_ms, found.commits_per_s / found.polls_per_s
    return [
        Measurement(name="cluster.poll_late_p50_ms", value=statistics.median(late), unit="ms", against=load),
        Measurement(name="cluster.poll_late_p99_ms", value=p99(late), unit="ms", against=slots),
        Measurement(
            name="cluster.rss_5000_mib", value=found.rss_mib, unit="MiB", against=memory,
            ratio=found.rss_mib / found.empty_rss_mib,
        ),
        Measurement(name="cluster.commits_a_poll", value=commits, unit="", against=writes),
    ]  # fmt: skip


def _limits(books: Books) -> list[Measurement]:
    found = [
        ("cluster.most_jobs_at_once", books.most_jobs, JOBS_AT_ONCE, "JOBS_AT_ONCE"),
        ("cluster.most_requests_in_1s", books.most_requests, REQUESTS_PER_S, "REQUESTS_PER_S"),
    ]
    return [
        Measurement(
            name=name, value=value, unit="", ratio=value / allowed,
            against=f"{setting}={allowed}, {WORKERS} workers, counted by the provider",
        )
        for name, value, allowed, setting in found
    ]  # fmt: skip
