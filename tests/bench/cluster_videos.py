"""Videos a second of several workers, and how long an order takes from its member to the paid request."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bot.sandbox.postgres import LocalPostgres
from tests.bench.cluster_processes import ClusterRun, cluster_run, server_cpu_s
from tests.bench.poll_throughput import cpu_s

VIDEOS, TRANSFER_S = 128, 20.0  # of each worker
ORDERS, ORDER_EVERY_S = 80, 0.15
ORDERS_AT_ONCE = 20
WITHIN_S = 180.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Throughput:
    """What so many workers did. CPU times are of one video, in milliseconds; that of the workers is of all of them."""

    workers: int
    per_s: float
    worker_cpu_ms: float
    gateway_cpu_ms: float
    server_cpu_ms: float
    shares: Sequence[float]


async def measure_throughput(
    server: LocalPostgres, folder: Path, workers: int, *, each: int = VIDEOS, transfer_s: float = TRANSFER_S
) -> Throughput:
    """Let workers make videos that were ordered before they start, `each` of them per worker.

    The first and the last fifth aren't counted: then not every worker is busy.
    """
    async with cluster_run(server, folder, workers=workers, transfer_s=transfer_s) as run:
        videos = each * workers
        await run.start_front()
        await order_all(run, videos)
        await run.start_workers()
        before, server_before = [cpu_s(each.pid) for each in (run.front, *run.workers)], server_cpu_s(server)
        await run.until(lambda: len(run.delivered_at()) == videos, WITHIN_S, every_s=1.0)
        after, server_after = [cpu_s(each.pid) for each in (run.front, *run.workers)], server_cpu_s(server)
        done = run.delivered_at()
    gateway, *spent = [1000 * (late - early) for late, early in zip(after, before, strict=True)]
    counted = done[videos // 5 : -(videos // 5)]
    return Throughput(
        workers=workers,
        per_s=(len(counted) - 1) / (counted[-1] - counted[0]),
        worker_cpu_ms=sum(spent) / videos,
        gateway_cpu_ms=gateway / videos,
        server_cpu_ms=1000 * (server_after - server_before) / videos,
        shares=[each / sum(spent) for each in spent],
    )


async def order_all(run: ClusterRun, videos: int) -> None:
    """Order videos, a few at once, so that none waits too long for its answer, and wait until all orders are stored."""
    for number in range(1, videos + 1):
        await run.order(number)
        if number % ORDERS_AT_ONCE == 0 or number == videos:
            await run.until(partial(_has_stored, run, number), WITHIN_S)


def _has_stored(run: ClusterRun, videos: int) -> bool:
    return run.rows("SELECT count(*) FROM job WHERE state = 'accepted'") == [(videos,)]


async def measure_orders(server: LocalPostgres, folder: Path, workers: int, orders: int = ORDERS) -> list[float]:
    """Return the milliseconds from each member's command to its paid request at the provider, in order.

    Without workers, one process does everything.
    """
    async with cluster_run(server, folder, workers=workers) as run:
        await run.start_front()
        await run.start_workers()
        sent: dict[str, float] = {}
        for number in range(orders):
            at = time.time()
            sent[await run.order(number)] = at
            await asyncio.sleep(ORDER_EVERY_S)
        await run.until(lambda: len(run.delivered_at()) == orders, WITHIN_S, every_s=0.5)
        paid_at = (await run.provider.books()).paid_at
    return sorted(1000 * (paid_at[prompt] - at) for prompt, at in sent.items())
