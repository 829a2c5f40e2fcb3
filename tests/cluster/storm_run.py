"""A whole cluster in a storm: gateways and workers under kill -9 and SIGSTOP, crashes of PostgreSQL, faulty calls.

What the provider charged, what the channels show and what the database says are compared at the end.
"""

import asyncio
import contextlib
import itertools
import random
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.cluster.storm import Plan, Storm, prepared
from tests.cluster.strikes import rage
from tests.faults.invariants import Tally
from tests.faults.real_processes import all_faults, check_books, request_video

OPEN_AT_ONCE = 120
OPEN_AT_THE_END = 20  # once all jobs are ordered, and the storm goes on
ORDERS_AT_ONCE = 30
DRAIN_TIMEOUT_S = 300.0

SHORT = Plan(
    jobs=60, gateways=2, workers=3, kills=12, stops=2, crashes=1, partitions=1, dark_workers=1, dark_s=20.0,
    stopped_payments=0, stopped_uploads=0, rage_s=25.0,
)  # fmt: skip


async def run_storm(plan: Plan) -> Tally:
    """Order this many videos while everything around them fails, and return what the books say."""
    rng = random.Random(plan.seed)  # noqa: S311
    with tempfile.TemporaryDirectory(prefix="retake-storm-") as folder:
        async with prepared(plan, Path(folder), rng) as storm:
            await storm.start()
            if plan.has_faults:
                storm.provider.wire.faults, storm.world.discord.wire.faults = all_faults(rng)
            began = time.monotonic()
            counting = asyncio.create_task(storm.keep_count())
            raging = asyncio.create_task(rage(storm, rng))
            if plan.jobs:
                await _order(storm, rng)
            await raging
            tally = await _settle(storm)
            counting.cancel()
            tally.jobs_per_s = tally.jobs / (time.monotonic() - began)
            return tally


async def _order(storm: Storm, rng: random.Random) -> None:
    """Order videos in all servers until so many are stored, and a few at a time for as long as the storm lasts."""
    numbers = itertools.count()
    await asyncio.gather(*(_order_one_by_one(storm, rng, numbers) for _ in range(ORDERS_AT_ONCE)))


async def _order_one_by_one(storm: Storm, rng: random.Random, numbers: Iterator[int]) -> None:
    while (is_short := storm.stored < storm.plan.jobs) or storm.is_raging:
        if storm.open >= (OPEN_AT_ONCE if is_short else OPEN_AT_THE_END):
            await asyncio.sleep(0.2)
            continue
        place = rng.choice(storm.places)
        await request_video(place.alice, place.channel, f"boat number {next(numbers):05d} sails")


async def _settle(storm: Storm) -> Tally:
    """Stop all faults, wait until no video is open, end everything and compare the books."""
    storm.provider.wire.clear()
    storm.world.discord.wire.clear()
    storm.open = 1  # until it's counted again
    with contextlib.suppress(AssertionError):  # what is still open is counted as lost
        await storm.wait_for(lambda: not storm.open, DRAIN_TIMEOUT_S)
    codes = await asyncio.gather(*(each.terminate() for each in storm.processes))
    tally = check_books(storm.world, storm.provider, storm.location)
    tally.kills, tally.server_crashes, tally.stops = storm.kills, storm.crashes, storm.stops
    tally.partitions, tally.wrong_clocks = storm.partitions, storm.wrong_clocks
    tally.errors += storm.errors
    if any(codes):
        tally.errors.append(f"the processes exited with {codes}")
    return tally
