"""A whole cluster in a storm: gateways and workers under kill -9 and SIGSTOP, crashes of PostgreSQL, faulty calls.

What the provider charged, what the channels show and what the database says are compared at the end.
"""

import asyncio
import contextlib
import itertools
import random
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path

from bot.jobs.server_settings import NO_SERVER_LIMITS
from bot.sandbox.discord import LocalDiscord
from bot.sandbox.environment import BotProcess, LocalEnvironment
from bot.sandbox.providers import LocalToAPIs
from bot.store.location import StoreLocation
from bot.store.postgres import PgDatabase
from bot.store.repositories import build_repositories
from tests.cluster.processes import Worker
from tests.cluster.short_worker import LEASE_S
from tests.faults.clip import CLIP
from tests.faults.invariants import Tally
from tests.faults.real_processes import ENV, all_faults, check_books, count_jobs, request_video
from tests.shards.gateways import SHARDS, Place, furnish
from tests.stores import crash_server, new_url

OPEN_AT_ONCE = 120
STOP_S = LEASE_S + 2.0
SERVER_DOWN_S = 2.0
DRAIN_TIMEOUT_S = 300.0


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How many orders, processes and faults a storm has."""

    jobs: int
    gateways: int = 3
    workers: int = 5
    kills: int = 150
    stops: int = 30
    crashes: int = 2
    jobs_per_s: float = 12.0  # that are expected, to spread the faults over the run
    seed: int = 1


SHORT = Plan(jobs=60, gateways=2, workers=3, kills=12, stops=2, crashes=1)


@dataclass(kw_only=True)
class Storm:
    """The processes, and what has happened to them."""

    plan: Plan
    world: LocalEnvironment
    provider: LocalToAPIs
    location: StoreLocation
    places: list[Place]
    gateways: list[BotProcess] = field(default_factory=list)
    workers: list[Worker] = field(default_factory=list)
    kills: int = 0
    stops: int = 0
    crashes: int = 0

    async def start(self) -> None:
        """Start everything, and wait until every shard is connected."""
        plan, env, data = self.plan, self.world.env(), self.world.data
        shards = f"auto/{SHARDS}/{plan.gateways}"
        gateway = {**env, "RETAKE_ROLE": "gateway", "RETAKE_SHARDS": shards}
        self.gateways = [BotProcess(gateway, data / f"gateway{number}.log") for number in range(plan.gateways)]
        self.workers = [Worker(self.world, str(number), RETAKE_WORKERS="8") for number in range(plan.workers)]
        for each in self.processes:
            await each.start()
        await self.wait_for(self.is_up)

    @property
    def processes(self) -> list[BotProcess]:
        return [*self.gateways, *self.workers]

    def is_up(self) -> bool:
        connected = {session.shard for session in self.world.discord.gateway.connected}
        return connected == set(range(SHARDS)) and bool(self.world.discord.world.commands_synced)

    async def wait_for(self, condition: Callable[[], bool], timeout_s: float = 120.0) -> None:
        until = time.monotonic() + timeout_s
        while not condition():
            if time.monotonic() > until:
                raise AssertionError("\n---\n".join(each.words()[-2000:] for each in self.processes))
            await asyncio.sleep(0.1)
            await self.revive()

    async def revive(self) -> None:
        """Start what has ended, as a supervisor does."""
        for each in self.processes:
            if not each.running:
                await each.start()

    async def strike(self, rng: random.Random) -> None:
        """Let one of the planned faults happen, and start what died of it."""
        left = ["kill"] * (self.plan.kills - self.kills) + ["stop"] * (self.plan.stops - self.stops)
        left += ["crash"] * (self.plan.crashes - self.crashes)
        match rng.choice(left):
            case "kill":
                self.kills += 1
                await rng.choice(self.processes).kill()
            case "stop":
                self.stops += 1
                worker = rng.choice(self.workers)
                with contextlib.suppress(ProcessLookupError):  # it was killed meanwhile
                    worker.stand_still()
                    await asyncio.sleep(STOP_S)
                    worker.go_on()
            case "crash":
                self.crashes += 1
                await asyncio.to_thread(crash_server, SERVER_DOWN_S)
        await self.revive()

    @property
    def is_over(self) -> bool:
        plan = self.plan
        return (self.kills, self.stops, self.crashes) == (plan.kills, plan.stops, plan.crashes)

    async def rage(self, rng: random.Random, every_s: float) -> None:
        """Strike until everything that was planned has happened. SIGSTOPs overlap with the rest."""
        strikes: set[asyncio.Task[None]] = set()
        while not self.is_over:
            await asyncio.sleep(rng.expovariate(1 / every_s))
            if self.is_over:
                break
            strikes.add(asyncio.create_task(self.strike(rng)))
            strikes = {each for each in strikes if not each.done()}
        await asyncio.gather(*strikes)


async def run_storm(plan: Plan) -> Tally:
    """Order this many videos while everything around them fails, and return what the books say."""
    rng = random.Random(plan.seed)  # noqa: S311
    with tempfile.TemporaryDirectory(prefix="retake-storm-") as folder:
        async with _prepared(plan, Path(folder), rng) as storm:
            await storm.start()
            storm.provider.wire.faults, storm.world.discord.wire.faults = all_faults(rng)
            raging = asyncio.create_task(storm.rage(rng, plan.jobs / plan.jobs_per_s / (1 + plan.kills + plan.stops)))
            await _order(storm, rng)
            await raging
            return await _settle(storm)


async def _order(storm: Storm, rng: random.Random) -> None:
    """Order videos in all servers until so many are stored, or for as long as the storm lasts."""
    for number in itertools.count():
        stored, is_open = count_jobs(storm.location), count_jobs(storm.location, open_only=True)
        if stored >= storm.plan.jobs:
            return
        if is_open >= OPEN_AT_ONCE:
            await asyncio.sleep(0.2)
            continue
        places = [rng.choice(storm.places) for _ in range(5)]
        prompts = [f"boat number {number:05d}-{each} sails" for each in range(len(places))]
        await asyncio.gather(
            *(request_video(place.alice, place.channel, prompt) for place, prompt in zip(places, prompts, strict=True))
        )


async def _settle(storm: Storm) -> Tally:
    """Stop all faults, wait until no video is open, end everything and compare the books."""
    storm.provider.wire.clear()
    storm.world.discord.wire.clear()
    with contextlib.suppress(AssertionError):  # what is still open is counted as lost
        await storm.wait_for(lambda: not count_jobs(storm.location, open_only=True), DRAIN_TIMEOUT_S)
    codes = await asyncio.gather(*(each.terminate() for each in storm.processes))
    tally = check_books(storm.world, storm.provider, storm.location)
    tally.kills, tally.server_crashes = storm.kills, storm.crashes
    if any(codes):
        tally.errors.append(f"the processes exited with {codes}")
    return tally


@contextlib.asynccontextmanager
async def _prepared(plan: Plan, data: Path, rng: random.Random) -> AsyncIterator[Storm]:
    clip = data / "film.mp4"
    clip.write_bytes(CLIP)
    provider = LocalToAPIs(render_s=lambda _: rng.uniform(0.2, 3.0), film=clip, balance_usd=1e9)
    local = LocalDiscord(shards=SHARDS, rate_limits=False)
    local.limits.whole_bot = None
    local.gateway.identifies.max_concurrency = SHARDS
    location = StoreLocation(data, new_url())
    env = {**ENV, "RETAKE_DATABASE_URL": location.database_url}
    async with LocalEnvironment(provider, discord=local, data=data, env=env) as world:
        places = [furnish(local.add_guild(f"Studio {number}")) for number in range(SHARDS)]
        await _lift_limits(location, [place.guild.id for place in places])
        storm = Storm(plan=plan, world=world, provider=provider, location=location, places=places)
        try:
            yield storm
        finally:
            await asyncio.gather(*(each.end() for each in storm.processes))


async def _lift_limits(location: StoreLocation, guild_ids: list[int]) -> None:
    database = await PgDatabase.open(location.database_url)
    for guild_id in guild_ids:
        await build_repositories(database).servers.save_settings(guild_id, NO_SERVER_LIMITS)
    await database.close()
