"""The real worker in virtual time with kills, stalls, full disks and delayed requests, all from one seed."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from functools import partial

from bot.jobs.job import Job, State
from bot.jobs.server_settings import ServerSettings
from tests.faults.ablation import Rule
from tests.faults.fake_provider import Capability
from tests.faults.fault_rates import FREQUENT_FAULTS, NO_FAULTS
from tests.faults.invariants import Tally, check_invariants
from tests.faults.process_runs import FaultEnvironment, open_environment, run_in_virtual_time
from tests.stores import crash_server, on_postgres

KILL_RATES = (1 / 40, 1 / 200, 1 / 8000)  # per call to the store, a provider or Discord: short and long processes
BATCH_JOBS = 1000  # requests per database
TAKES_RATE = 0.1  # of requests for several videos
PRESS_RATES = {State.ACCEPTED: 0.05, State.POLLING: 0.02}  # of Cancel, every 20 s; jobs that do not start are cancelled
DRAIN_TIMEOUT_S = 4 * 3600.0
CAPABILITIES: tuple[Capability, ...] = ("none", "list", "key", "list")


def simulate(jobs: int, seed: int, rule: Rule | None = None) -> Tally:
    """Simulate this many requests and return the tally. Equal arguments give equal results."""
    logging.disable(logging.CRITICAL)
    try:
        total = Tally()
        for done in range(0, jobs, BATCH_JOBS):
            size = min(BATCH_JOBS, jobs - done)
            total += run_in_virtual_time(partial(_simulate_batch, size, seed + done // BATCH_JOBS, rule))
        return total
    finally:
        logging.disable(logging.NOTSET)


async def _simulate_batch(jobs: int, seed: int, rule: Rule | None) -> Tally:
    async with open_environment(seed, rates=FREQUENT_FAULTS, rule=rule) as environment:
        supervisor = asyncio.create_task(_supervise(environment))
        requests = asyncio.create_task(_request_videos(environment, jobs))
        buttons = asyncio.create_task(_press_buttons(environment))
        host_faults = asyncio.create_task(_inject_host_faults(environment))
        await requests
        await asyncio.sleep(1800)
        for task in (supervisor, host_faults):
            task.cancel()
        await asyncio.gather(supervisor, host_faults, return_exceptions=True)
        await _drain(environment)
        buttons.cancel()
        await asyncio.gather(buttons, return_exceptions=True)
        await _drain(environment)
        return await check_invariants(environment)


async def _supervise(environment: FaultEnvironment) -> None:
    """Restart the process whenever it dies."""
    while True:
        process = environment.start_process(kill_rate=environment.rng.choice(KILL_RATES))
        try:
            async with asyncio.timeout(environment.rng.uniform(200, 700)):
                await process.exited.wait()
        except TimeoutError:
            process.kill()
        await asyncio.sleep(environment.rng.choice((1.0, 5.0, 30.0, 60.0, 300.0)))


async def _request_videos(environment: FaultEnvironment, jobs: int) -> None:
    """Request videos. A request without a response is not repeated."""
    rng = environment.rng
    for _ in range(jobs):
        await asyncio.sleep(rng.expovariate(1 / 3.0))
        while environment.process is None or environment.process.crash_injector.dead:  # noqa: ASYNC110
            await asyncio.sleep(1.0)
        capability, process = rng.choice(CAPABILITIES), environment.process
        takes = rng.randint(2, 4) if rng.random() < TAKES_RATE else 1
        process.run_task(_ignore_errors(partial(process.request_video, capability, takes)))


async def _ignore_errors(work: Callable[[], Awaitable[object]]) -> None:
    with contextlib.suppress(Exception):  # the member reads an error message
        await work()


async def _press_buttons(environment: FaultEnvironment) -> None:
    """Press buttons: cancel jobs at random and resolve those that need a person."""
    rng = environment.rng
    left_alone: set[str] = set()
    while True:
        await asyncio.sleep(20.0)
        process = environment.process
        if process is None or process.crash_injector.dead:
            continue
        rows = await environment.database.run("SELECT id FROM job WHERE state = 'needs_person'")
        for row in rows:
            job = await environment.store().job(row["id"])
            if job is None or job.id in left_alone:
                continue
            left_alone.add(job.id) if rng.random() < 0.5 else None
            if job.trouble == "OutcomeUnknown" and rng.random() < 0.5:
                await process.run_task(_resolve(environment, job, again=rng.random() < 0.7))
        for job in await environment.store().open_jobs():
            if rng.random() < PRESS_RATES.get(job.state, 0.002):
                process.run_task(_ignore_errors(partial(process.job_service.cancel, job.id)))


async def _resolve(environment: FaultEnvironment, job: Job, *, again: bool) -> None:
    process = environment.process
    if process is None:
        return
    with contextlib.suppress(Exception, asyncio.CancelledError):
        await (process.job_service.resend(job.id, ServerSettings()) if again else process.job_service.give_up(job.id))
    if again and (now := await environment.store().job(job.id)) is not None and now.state is not State.NEEDS_PERSON:
        environment.accepted_resends[job.id] = environment.accepted_resends.get(job.id, 0) + 1
        process.worker.wake_up()


async def _inject_host_faults(environment: FaultEnvironment) -> None:
    """Make disks full, keys invalid, clocks jump and PostgreSQL crash, each for a limited time."""
    rng = environment.rng
    kinds = ("disk", "key", "clock", "sleep", *(("postgres",) if on_postgres() else ()))
    while True:
        await asyncio.sleep(rng.expovariate(1 / 600.0))
        match rng.choice(kinds):
            case "disk":
                environment.disk_full_until = asyncio.get_running_loop().time() + rng.uniform(5, 120)
            case "key" if environment.process is not None:
                provider = environment.process.providers[rng.choice(CAPABILITIES)]
                provider.key_refused = True
                await asyncio.sleep(rng.uniform(10, 90))
                provider.key_refused = False
            case "postgres":
                crash_server()
                environment.server_crashes += 1
            case "clock":
                environment.clock.error_s = rng.choice((-600.0, -30.0, 0.0, 0.0, 30.0, 600.0))


async def _drain(environment: FaultEnvironment) -> None:
    """Stop all faults and wait until no job is open."""
    environment.fault_rates, environment.clock.error_s, environment.disk_full_until = NO_FAULTS, 0.0, -1.0
    if environment.process is not None:
        environment.process.kill()
        environment.kills -= 1
    await asyncio.sleep(200.0)  # delayed requests arrive
    environment.start_process()
    loop = asyncio.get_running_loop()
    until = loop.time() + DRAIN_TIMEOUT_S
    while loop.time() < until:
        await asyncio.sleep(30.0)
        if not await environment.store().open_jobs() and await environment.store().next_due() is None:
            return
