"""kill -9 at every call to the store, a provider or Discord, before and after its effect, alone and in pairs."""

import asyncio
import itertools
import logging
from collections.abc import Iterable

from bot.jobs.job import State
from tests.faults.crash_injection import CrashPoint
from tests.faults.fake_provider import Capability
from tests.faults.invariants import Tally, check_invariants
from tests.faults.process_runs import FaultEnvironment, open_environment, run_in_virtual_time

DRAIN_TIMEOUT_S = 3600.0


def run_job(
    capability: Capability, points: frozenset[CrashPoint] = frozenset(), *, cancel: bool = False, takes: int = 1
) -> tuple[Tally, list[CrashPoint], State]:
    """Run one job from the command to the clip, or until it's cancelled while it renders.

    With several `takes`, they have one message, or it's an error. Every point kills the process that reaches it.
    """
    logging.disable(logging.CRITICAL)
    try:
        result: tuple[Tally, list[CrashPoint], State] = run_in_virtual_time(
            lambda: _run_job(capability, points, cancel=cancel, takes=takes)
        )
        return result
    finally:
        logging.disable(logging.NOTSET)


async def _run_job(
    capability: Capability, points: frozenset[CrashPoint], *, cancel: bool, takes: int
) -> tuple[Tally, list[CrashPoint], State]:
    async with open_environment(7) as environment:
        process = environment.start_process(points=points)
        await asyncio.sleep(1.0)
        ordering = process.run_task(process.request_video(capability, takes))
        pressing = asyncio.create_task(_press_cancel(environment)) if cancel else None
        await asyncio.gather(ordering, return_exceptions=True)
        loop = asyncio.get_running_loop()
        until = loop.time() + DRAIN_TIMEOUT_S
        while loop.time() < until:
            if environment.process is not None and environment.process.crash_injector.dead:
                await asyncio.sleep(1.0)
                left = points - set(environment.process.crash_injector.passed)
                environment.start_process(points=frozenset(left) if environment.kills < len(points) else frozenset())
            await asyncio.sleep(5.0)
            if not await environment.store().open_jobs() and await environment.store().next_due() is None:
                break
        if pressing is not None:
            pressing.cancel()
            await asyncio.gather(pressing, return_exceptions=True)
        rows = await environment.database.run("SELECT state FROM job")
        state = State(rows[0]["state"]) if rows else State.ABANDONED
        tally = await check_invariants(environment)
        tally.errors += _message_errors(environment, sum(row["state"] == State.DELIVERED for row in rows))
        return tally, process.crash_injector.passed, state


def _message_errors(environment: FaultEnvironment, delivered: int) -> list[str]:
    """Every clip that was delivered is in one message."""
    posted = [len(message.job_ids) for message in environment.channel.messages.values() if message.has_clip]
    return [] if posted == ([delivered] if delivered else []) else [f"{delivered} clips are in messages of {posted}"]


async def _press_cancel(environment: FaultEnvironment) -> None:
    """Press *Cancel* while the job renders, again if the process died of it, until that is stored or the job ended."""
    while True:
        await asyncio.sleep(0.5)
        rows = await environment.database.run("SELECT id FROM job")
        job = await environment.store().job(rows[0]["id"]) if rows else None
        if job is not None and (job.ended or job.cancel_requested_at is not None):
            return
        process = environment.process
        if job is not None and job.state is State.POLLING and process is not None:
            press = process.run_task(process.job_service.cancel(job.id))
            await asyncio.gather(press, return_exceptions=True)


def list_points(capability: Capability, *, cancel: bool = False, takes: int = 1) -> list[CrashPoint]:
    """Return every crash point of a run without kills."""
    _, passed, _ = run_job(capability, cancel=cancel, takes=takes)
    return list(dict.fromkeys(passed))


def _max_repetitions(point: CrashPoint) -> int:
    return 1 if point.name in ("store.claim", "store.next_due", "publisher.show_status", "provider.check") else 3


def enumerate_points(capability: Capability, pairs: bool = False, cancel: bool = False, takes: int = 1) -> Tally:
    """Run a job once per crash point, or once per pair of points in successive processes."""
    points = list_points(capability, cancel=cancel, takes=takes)
    plans: Iterable[frozenset[CrashPoint]] = (frozenset({point}) for point in points)
    if pairs:  # idle rounds of the worker's loop are all alike
        plans = (
            frozenset(pair) for pair in itertools.combinations([p for p in points if p.nth <= _max_repetitions(p)], 2)
        )
    total = Tally()
    for plan in plans:
        tally, _, state = run_job(capability, plan, cancel=cancel, takes=takes)
        total += tally
        if not tally.clean:
            total.errors.append(f"{capability}: killed at {sorted(map(str, plan))}, ended {state.value}")
    return total
