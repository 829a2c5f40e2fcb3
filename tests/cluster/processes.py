"""A gateway and several workers, as real processes on one PostgreSQL database."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from bot.sandbox.discord import Channel, LocalMessage, Member
from bot.sandbox.environment import BotProcess, LocalEnvironment
from bot.sandbox.providers import LocalToAPIs
from bot.store.location import StoreLocation
from bot.store.open import open_reader
from tests.roles.processes import process
from tests.stores import local_server, new_url

WAIT_S = 90.0
T = TypeVar("T")


class Worker(BotProcess):
    """A worker with short leases that may run beside others."""

    def __init__(self, world: LocalEnvironment, name: str, **env: str) -> None:
        super().__init__(
            {**world.env(), "RETAKE_ROLE": "worker", "RETAKE_WORKERS": "3", **env}, world.data / f"worker-{name}.log"
        )

    async def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "tests.cluster.short_worker", cwd=self._log.parent, env=self._env, stdout=log,
                stderr=log,
            )  # fmt: skip

    def stand_still(self) -> None:
        """SIGSTOP."""
        os.kill(self.pid, signal.SIGSTOP)

    def go_on(self) -> None:
        """SIGCONT."""
        os.kill(self.pid, signal.SIGCONT)

    async def end(self, within_s: float = 10.0) -> None:
        if self.running:
            self.go_on()
        await super().end(within_s)


def socket_path() -> str:
    """Return where PostgreSQL listens."""
    return f"{local_server().folder}/.s.PGSQL.5432"


def url_through(location: StoreLocation, port: int) -> str:
    """Return a database's address by a port of this machine."""
    name = location.database_url.partition("@/")[2].partition("?")[0]
    return f"postgresql://retake@127.0.0.1:{port}/{name}"


@dataclass(kw_only=True)
class Cluster:
    """The gateway, the workers that were made, and what is around them."""

    world: LocalEnvironment
    provider: LocalToAPIs
    location: StoreLocation
    channel: Channel
    alice: Member
    workers: list[Worker] = field(default_factory=list)

    @property
    def clips(self) -> list[LocalMessage]:
        return [message for message in self.world.discord.all_messages if message.attachments and message.is_bot]

    @property
    def charges(self) -> int:
        return len(self.provider.charges)

    async def worker(self, name: str, **env: str) -> Worker:
        """Start a worker and wait until it works."""
        worker = Worker(self.world, name, **env)
        self.workers.append(worker)
        await worker.start()
        await self.eventually(lambda: "logged in" in worker.words())
        return worker

    async def order(self, prompt: str = "a paper boat", **options: object) -> None:
        await self.alice.slash(self.channel, "generate", prompt=prompt, **options)

    def states(self) -> list[str]:
        """Return the states of all jobs, oldest first."""
        with open_reader(self.location) as tx:
            return [str(row[0]) for row in tx.run("SELECT state FROM job ORDER BY created_at")]

    def wrong_money(self) -> list[str]:
        """Return the jobs whose price is spent or given back more than once, or both."""
        sql = "SELECT job_id FROM ledger WHERE kind IN ('capture', 'release') GROUP BY job_id, part HAVING count(*) > 1"
        with open_reader(self.location) as tx:
            return [str(row[0]) for row in tx.run(sql)]

    async def delivered(self, count: int) -> None:
        """Wait until so many videos are delivered; then each was paid once, posted once and counted once."""
        await self.eventually(lambda: self.states().count("delivered") == count)
        assert (self.charges, len(self.clips), self.wrong_money()) == (count, count, [])

    async def eventually(self, condition: Callable[[], T]) -> T:
        """Wait until a condition holds, and show the logs if it doesn't."""
        try:
            async with asyncio.timeout(WAIT_S):
                while not (value := await asyncio.to_thread(condition)):  # noqa: ASYNC110 - processes have no events
                    await asyncio.sleep(0.05)
        except TimeoutError:
            logs = "\n---\n".join(each.words()[-3000:] for each in (self.world.bot, *self.workers))
            raise AssertionError(f"{self.states()}\n{logs}") from None
        return value


@contextlib.asynccontextmanager
async def cluster(
    data: Path, *, render_s: float = 0.3, env: Mapping[str, str] = MappingProxyType({}), url: str = ""
) -> AsyncIterator[Cluster]:
    """Run a gateway while the block runs, and end the workers that the block has started.

    `url`: of a database on servers of the test's own. With CLOCK_READ_S in `env`, the gateway is shortened, too.
    """
    provider, location = LocalToAPIs(render_s=render_s), StoreLocation(data, url or new_url())
    more = {"RETAKE_DATABASE_URL": location.database_url, **env}
    async with LocalEnvironment(provider, data=data, env=more) as world:
        is_short = "CLOCK_READ_S" in env
        world.bot = Worker(world, "gateway", RETAKE_ROLE="gateway") if is_short else process(world, "gateway")
        guild = world.discord.add_guild("Studio")
        found = Cluster(
            world=world, provider=provider, location=location, channel=guild.add_channel("videos"),
            alice=guild.add_member("alice"),
        )  # fmt: skip
        try:
            await world.start_bot()
            yield found
        finally:
            for worker in found.workers:
                await worker.end()
