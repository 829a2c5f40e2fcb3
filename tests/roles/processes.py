"""A gateway and a worker, as real processes on one PostgreSQL database, with a local Discord and a local provider."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from bot.sandbox.discord import Channel, Guild, LocalMessage, Member
from bot.sandbox.environment import BotProcess, LocalEnvironment
from bot.sandbox.providers import LocalToAPIs
from bot.store.location import StoreLocation
from bot.store.open import open_reader
from tests.stores import new_url

WAIT_S = 60.0
PROMPT = "a paper boat that sails into the sun"
T = TypeVar("T")


@dataclass(kw_only=True)
class Roles:
    """The processes and what is around them."""

    world: LocalEnvironment
    provider: LocalToAPIs
    location: StoreLocation
    worker: BotProcess
    guild: Guild
    channel: Channel
    alice: Member

    @property
    def gateway(self) -> BotProcess:
        return self.world.bot

    @property
    def clips(self) -> list[LocalMessage]:
        return [message for message in self.world.discord.all_messages if message.attachments and message.is_bot]

    async def works(self) -> None:
        """Wait until the worker works: it owns its database by then."""
        await eventually(lambda: "logged in" in self.worker.words(), self)

    async def order(self, prompt: str = PROMPT) -> None:
        await self.alice.slash(self.channel, "generate", prompt=prompt)

    def state(self) -> str:
        """Return the state of the newest job, or nothing if there is none."""
        with open_reader(self.location) as tx:
            rows = tx.run("SELECT state FROM job ORDER BY created_at DESC LIMIT 1")
        return str(rows[0][0]) if rows else ""

    def ledger(self) -> list[str]:
        """Return what became of the newest job's price, in order."""
        with open_reader(self.location) as tx:
            newest = "SELECT id FROM job ORDER BY created_at DESC LIMIT 1"
            rows = tx.run(f"SELECT kind FROM ledger WHERE job_id = ({newest}) ORDER BY at")  # noqa: S608
        return [str(row[0]) for row in rows]

    async def posted_once(self) -> None:
        """Wait for the clip; then it was paid once and posted once, and its price is spent."""
        await eventually(lambda: self.state() == "delivered", self)
        assert (len(self.provider.charges), len(self.clips), self.ledger()) == (1, 1, ["reserve", "capture"])


@contextlib.asynccontextmanager
async def roles(data: Path, *, render_s: float = 0.3, start: bool = True) -> AsyncIterator[Roles]:
    """Run a gateway and a worker while the block runs."""
    provider, location = LocalToAPIs(render_s=render_s), StoreLocation(data, new_url())
    async with LocalEnvironment(provider, data=data, env={"RETAKE_DATABASE_URL": location.database_url}) as world:
        world.bot = process(world, "gateway")
        guild = world.discord.add_guild("Studio")
        found = Roles(
            world=world,
            provider=provider,
            location=location,
            worker=process(world, "worker"),
            guild=guild,
            channel=guild.add_channel("videos"),
            alice=guild.add_member("alice"),
        )
        try:
            if start:
                await found.worker.start()
                await world.start_bot()
                await found.works()
            yield found
        finally:
            await found.worker.end()


def process(world: LocalEnvironment, role: str, **env: str) -> BotProcess:
    """Return a process that isn't started yet."""
    return BotProcess({**world.env(), "RETAKE_ROLE": role, **env}, world.data / f"{role}.log")


async def eventually(condition: Callable[[], T], found: Roles) -> T:
    """Wait until a condition holds, and show both logs if it doesn't."""
    try:
        async with asyncio.timeout(WAIT_S):
            while not (value := await asyncio.to_thread(condition)):  # noqa: ASYNC110 - processes have no events
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise AssertionError(f"{found.gateway.words()[-3000:]}\n---\n{found.worker.words()[-3000:]}") from None
    return value
