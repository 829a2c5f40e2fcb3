"""PostgreSQL, a bucket, a local Discord with 16 shards, a local provider, gateways and workers, on this machine."""

import asyncio
import contextlib
import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from bot.ports.presence import shard_of
from bot.sandbox.demo_guild import DemoGuild
from bot.sandbox.discord import LocalDiscord
from bot.sandbox.discord.errors import Json
from bot.sandbox.environment import BotProcess, LocalEnvironment
from bot.sandbox.postgres import LocalPostgres
from bot.sandbox.providers import LocalToAPIs
from bot.sandbox.providers.writer import LocalWriter
from bot.sandbox.web.inspector import ClusterView, read_jobs
from bot.sandbox.web.processes import LocalProcess, ProcessList
from bot.store.location import StoreLocation
from bot.store.lock import CannotOpen
from bot.store.open import open_reader
from bot.store.readonly import TooSlow, Unreadable
from tests.bucket.local_s3 import local_s3

SHARDS = 16
RENDER_S = 8.0
END_WITHIN_S = 5.0
READ_WITHIN_S = 2.0
REST_PER_S, GATEWAY_REST_PER_S = 50.0, 3.0  # what Discord takes of all processes; a gateway's share
_ENDS = ("delivered", "ended", "cancelled")
_BLOCK = re.compile(r"holding the shards (\d+)-(\d+)/")


class ClusterProcess(BotProcess):
    """A gateway or a worker; its log says what it does."""

    def __init__(self, world: LocalEnvironment, role: str, number: int, **env: str) -> None:
        self.role, self.name = role, f"{role} {number}"
        self._world = world
        file = self.name.replace(" ", "-")
        own = {"RETAKE_ROLE": role, "RETAKE_DATA": str((world.data / file).resolve()), **env}
        super().__init__({**world.env(), **own}, world.data / f"{file}.log")
        self._begins_at = 0  # of its log, with the last start

    async def start(self) -> None:
        self._begins_at = self._log.stat().st_size if self._log.exists() else 0
        await super().start()

    def said(self) -> str:
        """Return what it has logged since it was started."""
        if not self._log.exists():
            return ""
        with self._log.open("rb") as log:
            log.seek(self._begins_at)
            return log.read().decode(errors="replace")

    def state(self) -> str:
        if not self.running:
            return "ended"
        return "running" if self.is_ready() else "starting"

    def is_ready(self) -> bool:
        """Return whether a worker is logged in, or all shards of a gateway are connected."""
        if self.role == "worker":
            return "logged in" in self.said()
        connected = {session.shard for session in self._world.discord.gateway.connected}
        return bool(held := self.shards()) and connected.issuperset(held)

    def shards(self) -> list[int]:
        """Return the shards that a gateway holds."""
        found = _BLOCK.findall(self.said())
        return list(range(int(found[-1][0]), int(found[-1][1]) + 1)) if found else []

    def detail(self) -> str:
        return self._jobs() if self.role == "worker" else self._block()

    def _block(self) -> str:
        held = self.shards()
        if not held:
            return "no shards yet"
        answers = any(shard_of(guild.id, SHARDS) in held for guild in self._world.discord.guilds)
        return f"shards {held[0]}–{held[-1]}{', answers this server' if answers else ''}"

    def _jobs(self) -> str:
        """Return how many videos it has posted, and which it has in hand."""
        posted, in_hand = 0, dict[str, None]()
        for line in self.said().splitlines():
            with contextlib.suppress(ValueError):  # the last line may be half written
                entry = json.loads(line)
                if job := entry.get("job"):
                    posted += entry["event"] == "delivered"
                    in_hand.pop(job, None) if entry["event"] in _ENDS else in_hand.setdefault(job)
        return f"posted {posted}{', has ' + ', '.join(in_hand) if in_hand else ''}"


class ClusterServer:
    """The PostgreSQL server. Killed, it ends without a checkpoint, as in a crash."""

    name = "PostgreSQL"
    role = "database"

    def __init__(self, server: LocalPostgres) -> None:
        self._server = server

    @property
    def running(self) -> bool:
        return self._server.pid is not None

    @property
    def pid(self) -> int:
        return self._server.pid or 0

    def state(self) -> str:
        return "running" if self.running else "ended"

    def detail(self) -> str:
        return ""

    async def kill(self) -> None:
        await asyncio.to_thread(self._server.kill)

    async def start(self) -> None:
        await asyncio.to_thread(self._server.start)


@dataclass(frozen=True, kw_only=True)
class LocalCluster:
    """What runs, and what a page needs to show it."""

    world: LocalEnvironment
    stage: DemoGuild
    server: ClusterServer
    bots: list[ClusterProcess]
    location: StoreLocation

    @property
    def processes(self) -> list[LocalProcess]:
        return [*self.bots, self.server]

    def view(self) -> ClusterView:
        return ClusterView(processes=ProcessList(self.processes), read_jobs=self._read_jobs)

    def is_up(self) -> bool:
        return all(each.state() == "running" for each in self.processes)

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
    async with local_s3() as s3, LocalWriter() as writer:
        env = {"RETAKE_DATABASE_URL": url, "RETAKE_LOG_FORMAT": "json", **s3.env(), **writer.env()}
        async with LocalEnvironment(provider, discord=discord, env=env) as world:
            cluster = LocalCluster(
                world=world,
                stage=DemoGuild.built(discord),
                server=ClusterServer(server),
                bots=_bots(world, gateways, workers),
                location=StoreLocation(Path(world.data), url),
            )
            try:
                yield cluster
            finally:
                await asyncio.gather(*(each.end(END_WITHIN_S) for each in cluster.bots if each.running))


def _bots(world: LocalEnvironment, gateways: int, workers: int) -> list[ClusterProcess]:
    share = (REST_PER_S - gateways * GATEWAY_REST_PER_S) / workers
    gateway = {"RETAKE_SHARDS": f"auto/{SHARDS}/{gateways}", "RETAKE_REST_PER_S": f"{GATEWAY_REST_PER_S:g}"}
    worker = {"RETAKE_WORKERS": str(workers), "RETAKE_REST_PER_S": f"{share:.1f}"}
    return [
        *(ClusterProcess(world, "gateway", number, **gateway) for number in range(1, gateways + 1)),
        *(ClusterProcess(world, "worker", number, **worker) for number in range(1, workers + 1)),
    ]
