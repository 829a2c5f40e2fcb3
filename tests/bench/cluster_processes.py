"""A gateway and workers of the cluster benchmark, as real processes with production's lease times."""

import asyncio
import contextlib
import itertools
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import psycopg

from bot.jobs.server_settings import NO_SERVER_LIMITS
from bot.sandbox.discord import Channel, LocalDiscord, Member
from bot.sandbox.environment import BotProcess, LocalEnvironment
from bot.sandbox.postgres import LocalPostgres
from bot.sandbox.test_clips import ClipSpec, render
from bot.store.postgres import PgDatabase
from bot.store.repositories import build_repositories
from tests.bench.cluster_provider import CountingProvider, counting_provider

UP_WITHIN_S = 60.0
MEMBERS = 40
SECONDS = 6.0  # of a clip, as ordered: a short one is downloaded again
SHARED = "4"  # RETAKE_WORKERS of every worker, so that also one alone works as one of several
ACCOUNT = "RETAKE_ACCOUNTS__TOAPIS__"
_NUMBERS = itertools.count()


class InstrumentedWorker(BotProcess):
    """A worker that records its polls in a file. See `instrumented_worker`."""

    def __init__(self, env: Mapping[str, str], log: Path) -> None:
        super().__init__(env, log)
        self.polls = log.with_suffix(".polls")

    async def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "tests.bench.instrumented_worker", str(self.polls),
                cwd=self._log.parent, env=self._env, stdout=log, stderr=log,
            )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class ClusterRun:
    """The processes, what is around them, and the server of their database."""

    world: LocalEnvironment
    provider: CountingProvider
    url: str
    guild_id: int
    channel: Channel
    members: Sequence[Member]
    front: BotProcess  # the gateway, or the one process that does everything
    workers: Sequence[InstrumentedWorker]

    async def start_front(self) -> None:
        """Start the gateway, or the one process, and wait until its commands can be used."""
        await self.front.start()
        discord = self.world.discord
        await self.until(lambda: bool(discord.gateway.connected and discord.world.commands_synced), UP_WITHIN_S)

    async def start_workers(self) -> None:
        """Start the workers and wait until they work."""
        for each in self.workers:
            await each.start()
        await self.until(lambda: all("logged in" in each.words() for each in self.workers), UP_WITHIN_S)

    async def until(self, condition: Callable[[], bool], timeout_s: float, every_s: float = 0.05) -> None:
        """Wait until a condition holds. Raise RuntimeError with the logs if it doesn't in time."""
        until = time.monotonic() + timeout_s
        while not condition():
            if time.monotonic() > until:
                raise RuntimeError("\n---\n".join(each.words()[-2000:] for each in (self.front, *self.workers)))
            await asyncio.sleep(every_s)

    async def order(self, number: int) -> str:
        """Let a member order a video. Return its prompt."""
        prompt = f"boat number {number:05d} sails"
        await self.members[number % len(self.members)].slash(self.channel, "generate", prompt=prompt)
        return prompt

    def delivered_at(self) -> list[float]:
        """Return when the videos were delivered that are by now, in order, in UTC seconds."""
        found = self.rows("SELECT delivered_at FROM job WHERE state = 'delivered' ORDER BY delivered_at")
        return [float(str(at)) for (at,) in found]

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        with psycopg.connect(self.url, autocommit=True) as connection:
            return [tuple(row) for row in connection.execute(sql.encode()).fetchall()]


@contextlib.asynccontextmanager
async def cluster_run(
    server: LocalPostgres,
    folder: Path,
    *,
    workers: int,
    jobs_at_once: int = 10_000,
    requests_per_s: float = 1000.0,
    render_s: float = 0.5,
    transfer_s: float = 0.0,
    tasks: int = 0,
    env: Mapping[str, str] = MappingProxyType({}),
) -> AsyncIterator[ClusterRun]:
    """Prepare a gateway and so many workers on a new database; without workers, one process that does everything.

    Nothing is started yet. All processes are ended with the block.
    """
    name = f"bench{next(_NUMBERS)}"
    data = folder / name
    data.mkdir()
    film = await render(ClipSpec(prompt="a benchmark clip", seconds=SECONDS))
    local, url = LocalDiscord(rate_limits=False), server.create(name)
    local.limits.whole_bot = None
    made = counting_provider(film, render_s=render_s, transfer_s=transfer_s, tasks=tasks)
    async with contextlib.AsyncExitStack() as stack:
        provider, books = await stack.enter_async_context(made)
        account = {
            f"{ACCOUNT}KEY": books.key,
            f"{ACCOUNT}BASE_URL": f"http://127.0.0.1:{books.port}",
            f"{ACCOUNT}JOBS_AT_ONCE": str(jobs_at_once),
            f"{ACCOUNT}REQUESTS_PER_S": str(requests_per_s),
            "RETAKE_DATABASE_URL": url,
        }
        hosts = [f"127.0.0.1:{books.port}"]
        world = await stack.enter_async_context(
            LocalEnvironment(discord=local, data=data, env=account | dict(env), hosts=hosts)
        )
        guild = local.add_guild("Studio")
        await lift_limits(url, guild.id)
        base = world.env()
        found = ClusterRun(
            world=world,
            provider=provider,
            url=url,
            guild_id=guild.id,
            channel=guild.add_channel("videos"),
            members=[guild.add_member(f"m{number}") for number in range(MEMBERS)],
            front=BotProcess({**base, "RETAKE_ROLE": "gateway" if workers else "all"}, data / "front.log"),
            workers=[
                InstrumentedWorker({**base, "RETAKE_ROLE": "worker", "RETAKE_WORKERS": SHARED}, data / f"worker{n}.log")
                for n in range(workers)
            ],
        )
        try:
            yield found
        finally:
            await asyncio.gather(*(each.end() for each in (found.front, *found.workers)))


async def lift_limits(url: str, guild_id: int) -> None:
    """Write settings without limits of a server into a database that no bot uses yet."""
    database = await PgDatabase.open(url)
    await build_repositories(database).servers.save_settings(guild_id, NO_SERVER_LIMITS)
    await database.close()


def server_cpu_s(server: LocalPostgres) -> float:
    """Return the CPU time of a PostgreSQL server so far, in seconds: of all its processes, also of those that ended."""
    leader = int((server.data / "postmaster.pid").read_text().split()[0])
    stats = [stat for each in Path("/proc").glob("[0-9]*/stat") if (stat := _stat(each))]
    ticks = sum(int(stat[11]) + int(stat[12]) for stat in stats if int(stat[1]) == leader)
    own = _stat(Path(f"/proc/{leader}/stat"))
    return (ticks + sum(map(int, own[11:15]))) / 100


def _stat(path: Path) -> list[str]:
    """Return the fields of a process from its state on, or none if it has ended."""
    try:
        return path.read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []
