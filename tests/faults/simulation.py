"""The real engine through a long storm in virtual time: kills, stalls, full disks, late requests; all from one seed."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from functools import partial

from bot.jobs.job import Job, State
from bot.jobs.server_settings import ServerSettings
from tests.faults.ablation import Rule
from tests.faults.fake_provider import Ability
from tests.faults.fault_rates import CALM, STORMY
from tests.faults.invariants import Tally, check
from tests.faults.process_runs import Ground, open_ground, virtually

KILL_ODDS = (1 / 40, 1 / 200, 1 / 8000)  # of every call across the edge of the process: short and long lives
BATCH = 1000  # jobs a database
CALM_AFTER_S = 4 * 3600.0
ABILITIES: tuple[Ability, ...] = ("none", "list", "key", "list")


def simulate(jobs: int, seed: int, rule: Rule | None = None) -> Tally:
    """So many jobs; returns what was counted. Equal arguments give equal storms."""
    logging.disable(logging.CRITICAL)
    try:
        total = Tally()
        for done in range(0, jobs, BATCH):
            size = min(BATCH, jobs - done)
            total += virtually(partial(_storm, size, seed + done // BATCH, rule))
        return total
    finally:
        logging.disable(logging.NOTSET)


async def _storm(jobs: int, seed: int, rule: Rule | None) -> Tally:
    async with open_ground(seed, odds=STORMY, rule=rule) as ground:
        keeper = asyncio.create_task(_keep_alive(ground))
        crowd = asyncio.create_task(_crowd(ground, jobs))
        people = asyncio.create_task(_people(ground))
        weather = asyncio.create_task(_weather(ground))
        await crowd
        await asyncio.sleep(1800)
        for task in (keeper, weather):
            task.cancel()
        await asyncio.gather(keeper, weather, return_exceptions=True)
        await _until_quiet(ground)
        people.cancel()
        await asyncio.gather(people, return_exceptions=True)
        await _until_quiet(ground)
        return await check(ground)


async def _keep_alive(ground: Ground) -> None:
    """The host's supervisor: whatever dies is started again."""
    while True:
        life = ground.live(kill_odds=ground.rng.choice(KILL_ODDS))
        try:
            async with asyncio.timeout(ground.rng.uniform(200, 700)):
                await life.died.wait()
        except TimeoutError:
            life.kill()
        await asyncio.sleep(ground.rng.choice((1.0, 5.0, 30.0, 60.0, 300.0)))


async def _crowd(ground: Ground, jobs: int) -> None:
    """Members who order; one who gets no answer orders no second time."""
    rng = ground.rng
    for _ in range(jobs):
        await asyncio.sleep(rng.expovariate(1 / 3.0))
        while ground.now is None or ground.now.gate.dead:  # noqa: ASYNC110
            await asyncio.sleep(1.0)
        ability, life = rng.choice(ABILITIES), ground.now
        life.do(_quietly(partial(life.order, ability)))


async def _quietly(work: Callable[[], Awaitable[object]]) -> None:
    with contextlib.suppress(Exception):  # the member reads a sentence
        await work()


async def _people(ground: Ground) -> None:
    """Requesters who press buttons: cancel now and then, and decide what nobody else can."""
    rng = ground.rng
    tired: set[str] = set()
    while True:
        await asyncio.sleep(20.0)
        life = ground.now
        if life is None or life.gate.dead:
            continue
        rows = await ground.database.run("SELECT id FROM job WHERE state = 'needs_person'")
        for row in rows:
            job = await ground.store().job(row["id"])
            if job is None or job.id in tired:
                continue
            tired.add(job.id) if rng.random() < 0.5 else None
            if job.trouble == "OutcomeUnknown" and rng.random() < 0.5:
                await life.do(_decide(ground, job, again=rng.random() < 0.7))
        for job in await ground.store().open_jobs():
            if rng.random() < (0.05 if job.state is State.ACCEPTED else 0.002):  # what does not begin is cancelled
                life.do(_quietly(partial(life.job_service.cancel, job.id)))


async def _decide(ground: Ground, job: Job, *, again: bool) -> None:
    life = ground.now
    if life is None:
        return
    with contextlib.suppress(Exception, asyncio.CancelledError):
        await (life.job_service.resend(job.id, ServerSettings()) if again else life.job_service.give_up(job.id))
    if again and (now := await ground.store().job(job.id)) is not None and now.state is not State.NEEDS_PERSON:
        ground.resent[job.id] = ground.resent.get(job.id, 0) + 1
        life.engine.wake_up()


async def _weather(ground: Ground) -> None:
    """Disks that fill up, keys that are refused, clocks that jump; each passes."""
    rng = ground.rng
    while True:
        await asyncio.sleep(rng.expovariate(1 / 600.0))
        match rng.choice(("disk", "key", "clock", "sleep")):
            case "disk":
                ground.full_until = asyncio.get_running_loop().time() + rng.uniform(5, 120)
            case "key" if ground.now is not None:
                provider = ground.now.providers[rng.choice(ABILITIES)]
                provider.key_refused = True
                await asyncio.sleep(rng.uniform(10, 90))
                provider.key_refused = False
            case "clock":
                ground.clock.error = rng.choice((-600.0, -30.0, 0.0, 0.0, 30.0, 600.0))


async def _until_quiet(ground: Ground) -> None:
    """No more trouble: let everything come to its end."""
    ground.odds, ground.clock.error, ground.full_until = CALM, 0.0, -1.0
    if ground.now is not None:
        ground.now.kill()
        ground.kills -= 1
    await asyncio.sleep(200.0)  # what was under way arrives
    ground.live()
    loop = asyncio.get_running_loop()
    until = loop.time() + CALM_AFTER_S
    while loop.time() < until:
        await asyncio.sleep(30.0)
        if not await ground.store().open_jobs() and await ground.store().next_due() is None:
            return
