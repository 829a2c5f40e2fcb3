"""What happens to the processes of a storm: kills, stops, crashes of PostgreSQL, partitions, wrong clocks."""

import asyncio
import contextlib
import random
import time
from collections.abc import Iterator

from bot.sandbox.environment import BotProcess
from tests.cluster.short_worker import LEASE_S, MAX_LATE_S, MAX_WAIT_S, STOP_AFTER_S
from tests.cluster.stopped_workers import stop_while_paying, stop_while_uploading
from tests.cluster.storm import Storm
from tests.stores import crash_server

STOP_S = LEASE_S + 2.0
SERVER_DOWN_S = 2.0
PAID, POSTED = "POST /v1/videos/*", "POST */channels/*/messages"
# Since when a worker in the dark sends no paid request: those that had a slot by then may still wait for it.
QUIET_AFTER_S = STOP_AFTER_S + MAX_WAIT_S + MAX_LATE_S + 3.0
POST_TRIES_S = 30.0  # in which discord.py sends a post again that Discord has answered with an error
WORKS_AGAIN_S = 150.0
WRONG_CLOCK_S = 10.0  # at least, and until the worker has paid
TICK_S = 0.1


async def rage(storm: Storm, rng: random.Random) -> None:
    """Strike until everything that was planned has happened."""
    plan, strikes = storm.plan, set[asyncio.Task[None]]()
    directed = asyncio.create_task(_directed(storm))
    left = ["kill"] * plan.kills + ["stop"] * plan.stops + ["crash"] * plan.crashes
    rng.shuffle(left)
    every_s = plan.rage_s / (1 + len(left))
    for kind in left:
        await asyncio.sleep(rng.expovariate(1 / every_s))
        strikes.add(asyncio.create_task(_strike(storm, rng, kind)))
    await asyncio.gather(directed, *strikes)
    storm.is_raging = False


async def _strike(storm: Storm, rng: random.Random, kind: str) -> None:
    """Let one fault happen, and start what died of it."""
    match kind:
        case "kill":
            storm.kills += 1
            await rng.choice([each for each in storm.processes if each not in storm.spared]).kill()
        case "stop":
            storm.stops += 1
            worker = rng.choice([each for each in storm.workers if each not in storm.spared])
            with contextlib.suppress(ProcessLookupError):  # it was killed meanwhile
                worker.stand_still()
                await asyncio.sleep(STOP_S)
                worker.go_on()
        case _:
            storm.crashes += 1
            await asyncio.to_thread(crash_server, SERVER_DOWN_S)
    await storm.revive()


async def _directed(storm: Storm) -> None:
    """Let those faults happen, one after the other, that need a certain moment or last for long."""
    plan = storm.plan
    for turn in range(max(plan.partitions, min(plan.wrong_clocks, 1), plan.stopped_payments, plan.stopped_uploads)):
        together = [_partition(storm)] if turn < plan.partitions else []
        together += [_set_clocks_wrong(storm)] if turn == 0 else []
        await asyncio.gather(*together)
        if turn < plan.stopped_payments:
            await stop_while_paying(storm, turn)
        if turn < plan.stopped_uploads:
            await stop_while_uploading(storm, turn)
        if turn + 1 < plan.partitions:
            await asyncio.sleep(plan.dark_s)


@contextlib.contextmanager
def sparing(storm: Storm, *processes: BotProcess) -> Iterator[None]:
    """Let nothing else happen to processes while the block runs."""
    storm.spared |= set(processes)
    try:
        yield
    finally:
        storm.spared -= set(processes)


async def _partition(storm: Storm) -> None:
    """Let nothing that some workers send to PostgreSQL arrive. They reach the provider and Discord, and stop alone."""
    dark = storm.workers[: storm.plan.dark_workers]
    names = [f"worker-{number}" for number in range(len(dark))]
    with sparing(storm, *dark):
        await storm.revive()
        storm.partitions += 1
        storm.proxy.go_dark()
        began, late_s = time.time(), await _wait(storm.plan.dark_s)
        lit = time.time()
        storm.proxy.go_light()
    for what, route, quiet_after_s in (("paid", PAID, QUIET_AFTER_S), ("posted", POSTED, QUIET_AFTER_S + POST_TRIES_S)):
        count = sum(_sent(storm, name, route, began + quiet_after_s + late_s, lit) for name in names)
        if count:
            storm.errors.append(f"workers in the dark {what} {count} times")
    try:
        await storm.wait_for(lambda: all(_sent(storm, name, PAID, lit) for name in names), WORKS_AGAIN_S)
    except AssertionError:
        storm.errors.append("workers didn't work again after a partition")


def _sent(storm: Storm, worker: str, route: str, since: float, until: float = float("inf")) -> int:
    """Return how many requests of a worker arrived between two times."""
    wire = storm.provider.wire if route == PAID else storm.world.discord.wire
    agents = (each.headers.get("User-Agent", "") for each in wire.requests(route) if since < each.at < until)
    return sum(agent.endswith(worker) for agent in agents)


async def _wait(for_s: float) -> float:
    """Wait. Return by how much this process was late at most: the machine may stand still."""
    until, late_s = time.monotonic() + for_s, 0.0
    while (now := time.monotonic()) < until:
        await asyncio.sleep(TICK_S)
        late_s = max(late_s, time.monotonic() - now - TICK_S)
    return late_s


async def _set_clocks_wrong(storm: Storm) -> None:
    """Let the clocks of the last workers, which are never in the dark, be wrong for a while, one after the other."""
    for number in range(len(storm.workers) - 1, len(storm.workers) - 1 - storm.plan.wrong_clocks, -1):
        with sparing(storm, storm.workers[number]):
            try:
                await _wait_for_payment(storm, number)  # one that starts with a wrong clock is refused
                storm.wrong_clocks += 1
                storm.clock_file(number).touch()
                await asyncio.gather(_wait_for_payment(storm, number), asyncio.sleep(WRONG_CLOCK_S))
            except AssertionError:
                storm.errors.append(f"worker-{number} paid nothing, when its clock was right or wrong")
            storm.clock_file(number).unlink(missing_ok=True)


async def _wait_for_payment(storm: Storm, number: int) -> None:
    """Wait until a worker sends a paid request from now on. Raise AssertionError."""
    began = time.time()
    await storm.wait_for(lambda: _sent(storm, f"worker-{number}", PAID, began) > 0, WORKS_AGAIN_S)
