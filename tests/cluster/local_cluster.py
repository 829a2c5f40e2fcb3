"""PostgreSQL, a bucket, a local Discord with 16 shards, a local provider, gateways and workers, on this machine."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from bot.sandbox.demo_guild import DemoGuild
from bot.sandbox.discord import LocalDiscord
from bot.sandbox.discord.errors import Json
from bot.sandbox.environment import LocalEnvironment
from bot.sandbox.postgres import LocalPostgres
from bot.sandbox.providers import LocalToAPIs
from bot.sandbox.providers.writer import LocalWriter
from bot.sandbox.web.inspector import ClusterView, read_jobs
from bot.sandbox.web.processes import LocalProcess, ProcessList
from bot.store.location import StoreLocation
from bot.store.lock import CannotOpen
from bot.store.open import open_reader
from bot.store.readonly import TooSlow, Unreadable
from tests.cluster.local_processes import SHARDS, ClusterProcess
from tests.cluster.local_services import ClusterBucket, ClusterDiscord, ClusterProvider, ClusterServer

RENDER_S = 8.0
END_WITHIN_S = 5.0
READ_WITHIN_S = 2.0
REST_PER_S, GATEWAY_REST_PER_S = 50.0, 3.0  # what Discord takes of all processes; a gateway's share


@dataclass(frozen=True, kw_only=True)
class LocalCluster:
    """What runs, and what a page needs to show it."""

    world: LocalEnvironment
    stage: DemoGuild
    bots: list[ClusterProcess]
    processes: ProcessList
    location: StoreLocation

    def view(self) -> ClusterView:
        return ClusterView(processes=self.processes, read_jobs=self._read_jobs)

    def _read_jobs(self) -> list[Json]:
        """Return the newest jobs. Empty while PostgreSQL has no tables or doesn't answer."""
        try:
            with open_reader(self.location, READ_WITHIN_S) as tx:
                return read_jobs(tx.run)
        except (CannotOpen, Unreadable, TooSlow):
            return []


@contextlib.asynccontextmanager
async def local_cluster(server: LocalPostgres, *, gateways: int, workers: int) -> AsyncIterator[LocalCluster]:
    """Prepare everything around the processes, and end what runs of them when the block ends. None is started yet."""
    provider = LocalToAPIs(render_s=RENDER_S)
    provider.camera.varied = True
    discord = LocalDiscord(shards=SHARDS)
    discord.gateway.identifies.max_concurrency = SHARDS
    url = server.create("retake")
    async with LocalWriter() as writer, LocalEnvironment(provider, discord=discord, env=writer.env()) as world:
        bucket = ClusterBucket(world.data, world.env())
        env = {"RETAKE_DATABASE_URL": url, "RETAKE_LOG_FORMAT": "json", **bucket.client.env()}
        bots = _bots(world, gateways, workers, env)
        around: list[LocalProcess] = [ClusterServer(server), bucket, ClusterProvider(provider), ClusterDiscord(discord)]
        try:
            await bucket.start()
            yield LocalCluster(
                world=world,
                stage=DemoGuild.built(discord),
                bots=bots,
                processes=ProcessList([*bots, *around]),
                location=StoreLocation(Path(world.data), url),
            )
        finally:
            await asyncio.gather(*(each.end(END_WITHIN_S) for each in bots if each.running))
            await bucket.kill()


def _bots(world: LocalEnvironment, gateways: int, workers: int, env: dict[str, str]) -> list[ClusterProcess]:
    share = (REST_PER_S - gateways * GATEWAY_REST_PER_S) / workers
    gateway = {**env, "RETAKE_SHARDS": f"auto/{SHARDS}/{gateways}", "RETAKE_REST_PER_S": f"{GATEWAY_REST_PER_S:g}"}
    worker = {**env, "RETAKE_WORKERS": str(workers), "RETAKE_REST_PER_S": f"{share:.1f}"}
    return [
        *(ClusterProcess(world, "gateway", number, **gateway) for number in range(1, gateways + 1)),
        *(ClusterProcess(world, "worker", number, **worker) for number in range(1, workers + 1)),
    ]
