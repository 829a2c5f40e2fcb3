"""The processes of a storm: gateways and workers on one PostgreSQL, some of them behind a proxy that can go dark."""

import asyncio
import contextlib
import random
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bot.jobs.server_settings import NO_SERVER_LIMITS
from bot.sandbox.discord import LocalDiscord
from bot.sandbox.environment import BotProcess, LocalEnvironment
from bot.sandbox.providers import LocalToAPIs
from bot.store.group_commit import Row
from bot.store.location import StoreLocation
from bot.store.open import open_reader
from bot.store.postgres import PgDatabase
from bot.store.postgres_errors import Unreachable
from bot.store.repositories import build_repositories
from tests.cluster.dark_proxy import DarkProxy
from tests.cluster.processes import Worker, socket_path, url_through
from tests.faults.clip import CLIP
from tests.faults.real_processes import ENDED, ENV
from tests.shards.gateways import SHARDS, Place, furnish
from tests.stores import new_url

COUNT_EVERY_S = 0.5
WRONG_S = 600.0  # by which workers' clocks are set wrong
WORKERS = "8"  # RETAKE_WORKERS


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How many orders, processes and faults a storm has.

    `rage_s`: over which kills and stops are spread. `wrong_clocks`: of the last workers, one ahead, the next behind.
    """

    jobs: int
    gateways: int = 3
    workers: int = 5
    kills: int = 150
    stops: int = 30
    crashes: int = 2
    partitions: int = 2
    dark_workers: int = 2
    dark_s: float = 60.0
    wrong_clocks: int = 2
    stopped_payments: int = 1
    stopped_uploads: int = 1
    has_faults: bool = True  # of one call in seven
    rage_s: float = 420.0
    without: str = ""  # rules of short_worker
    seed: int = 1


@dataclass(kw_only=True)
class Storm:
    """The processes, and what has happened to them. `spared`: nothing else happens to these for now."""

    plan: Plan
    world: LocalEnvironment
    provider: LocalToAPIs
    location: StoreLocation
    places: list[Place]
    proxy: DarkProxy
    gateways: list[BotProcess] = field(default_factory=list)
    workers: list[Worker] = field(default_factory=list)
    spared: set[BotProcess] = field(default_factory=set)
    stored: int = 0
    open: int = 0
    is_raging: bool = True
    kills: int = 0
    stops: int = 0
    crashes: int = 0
    partitions: int = 0
    wrong_clocks: int = 0
    errors: list[str] = field(default_factory=list)
    reviving: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def start(self) -> None:
        """Start everything, and wait until every shard is connected."""
        plan, env, data = self.plan, self.world.env(), self.world.data
        shards = f"auto/{SHARDS}/{plan.gateways}"
        gateway = {**env, "RETAKE_ROLE": "gateway", "RETAKE_SHARDS": shards}
        self.gateways = [BotProcess(gateway, data / f"gateway{number}.log") for number in range(plan.gateways)]
        self.workers = [self._worker(number) for number in range(plan.workers)]
        for each in self.processes:
            await each.start()
        await self.wait_for(self.is_up)

    def _worker(self, number: int) -> Worker:
        name = f"worker-{number}"
        by_s = WRONG_S if (self.plan.workers - number) % 2 else -WRONG_S
        env = {"WORKER_NAME": name, "CLOCK_FILE": str(self.clock_file(number)), "CLOCK_S": str(by_s)}
        if number < self.plan.dark_workers:
            env["RETAKE_DATABASE_URL"] = url_through(self.location, self.proxy.port)
        return Worker(self.world, str(number), RETAKE_WORKERS=WORKERS, ABLATE=self.plan.without, **env)

    def clock_file(self, number: int) -> Path:
        """Return the file that sets a worker's clock wrong."""
        return self.world.data / f"wrong-{number}"

    @property
    def processes(self) -> list[BotProcess]:
        return [*self.gateways, *self.workers]

    def is_up(self) -> bool:
        connected = {session.shard for session in self.world.discord.gateway.connected}
        return connected == set(range(SHARDS)) and bool(self.world.discord.world.commands_synced)

    async def wait_for(self, condition: Callable[[], bool], timeout_s: float = 120.0) -> None:
        """Wait, and start what has ended meanwhile."""
        until = time.monotonic() + timeout_s
        while not condition():
            if time.monotonic() > until:
                raise AssertionError("\n---\n".join(each.words()[-2000:] for each in self.processes))
            await asyncio.sleep(0.1)
            await self.revive()

    async def revive(self) -> None:
        """Start what has ended, as a supervisor does."""
        async with self.reviving:  # or two callers would start the same process
            for each in self.processes:
                if not each.running:
                    await each.start()

    async def keep_count(self) -> None:
        """Count the stored and the open jobs, until cancelled."""
        is_open = f"state NOT IN {ENDED} OR due_at IS NOT NULL"
        sql = f"SELECT count(*), count(*) FILTER (WHERE {is_open}) FROM job"  # noqa: S608
        while True:
            for row in await self.rows(sql):
                self.stored, self.open = int(row[0]), int(row[1])
            await asyncio.sleep(COUNT_EVERY_S)

    async def rows(self, sql: str, values: Sequence[object] = ()) -> list[Row]:
        """Read the database. Return nothing if PostgreSQL has just crashed."""

        def read() -> list[Row]:
            with contextlib.suppress(Unreachable), open_reader(self.location) as tx:
                return tx.run(sql, values)  # type: ignore[arg-type]
            return []

        return await asyncio.to_thread(read)


@contextlib.asynccontextmanager
async def prepared(plan: Plan, data: Path, rng: random.Random) -> AsyncIterator[Storm]:
    """Prepare a storm's world while the block runs, and end every process after it. Nothing is started yet."""
    clip = data / "film.mp4"
    clip.write_bytes(CLIP)
    provider = LocalToAPIs(render_s=lambda _: rng.uniform(0.2, 3.0), film=clip, balance_usd=1e9)
    local = LocalDiscord(shards=SHARDS, rate_limits=False)
    local.limits.whole_bot = None
    local.gateway.identifies.max_concurrency = SHARDS
    location = StoreLocation(data, new_url())
    env = {**ENV, "RETAKE_DATABASE_URL": location.database_url}
    async with (
        LocalEnvironment(provider, discord=local, data=data, env=env) as world,
        DarkProxy(socket_path()) as proxy,
    ):
        places = [furnish(local.add_guild(f"Studio {number}")) for number in range(SHARDS)]
        await _lift_limits(location, [place.guild.id for place in places])
        storm = Storm(plan=plan, world=world, provider=provider, location=location, places=places, proxy=proxy)
        try:
            yield storm
        finally:
            await asyncio.gather(*(each.end() for each in storm.processes))


async def _lift_limits(location: StoreLocation, guild_ids: list[int]) -> None:
    database = await PgDatabase.open(location.database_url)
    for guild_id in guild_ids:
        await build_repositories(database).servers.save_settings(guild_id, NO_SERVER_LIMITS)
    await database.close()
