"""Gateways that share a bot's 16 shards, a worker, PostgreSQL, a local Discord and a local provider, as processes."""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from bot.ports.presence import shard_of
from bot.sandbox.discord import Channel, Guild, LocalDiscord, LocalMessage, Member
from bot.sandbox.environment import BotProcess, LocalEnvironment
from bot.sandbox.providers import LocalToAPIs
from bot.store.location import StoreLocation
from bot.store.open import open_reader
from bot.store.postgres_connection import connect
from tests.stores import new_url

WAIT_S = 60.0
SHARDS = 16
T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Place:
    """A server of one shard, with a channel and a member."""

    shard: int
    guild: Guild
    channel: Channel
    alice: Member


@dataclass(kw_only=True)
class Gateways:
    """The processes and what is around them."""

    world: LocalEnvironment
    provider: LocalToAPIs
    location: StoreLocation
    places: list[Place]
    worker: BotProcess
    gateways: list[BotProcess] = field(default_factory=list)

    @property
    def discord(self) -> LocalDiscord:
        return self.world.discord

    @property
    def clips(self) -> list[LocalMessage]:
        return [message for message in self.discord.all_messages if message.attachments and message.is_bot]

    def connected(self) -> list[int]:
        """Return the shards that are connected, in order; one twice if two gateways hold it."""
        return sorted(session.shard for session in self.discord.gateway.connected)

    async def start(self, shards: str, **env: str) -> BotProcess:
        """Start one more gateway."""
        log = self.world.data / f"gateway{len(self.gateways)}.log"
        process = BotProcess({**self.world.env(), "RETAKE_ROLE": "gateway", "RETAKE_SHARDS": shards, **env}, log)
        self.gateways.append(process)
        await process.start()
        return process

    async def start_all(self, plans: Sequence[str]) -> None:
        """Start the worker and the gateways, and wait until every shard is connected and there are commands."""
        await self.worker.start()
        for plan in plans:
            await self.start(plan)
        await self.eventually(lambda: self.connected() == list(range(SHARDS)) and self.discord.world.commands_synced)

    def holder(self, shard: int) -> BotProcess:
        """Return the running gateway that holds a shard, by its log."""
        (found,) = (each for each in self.gateways if each.running and shard in held_by(each))
        return found

    async def eventually(self, condition: Callable[[], T]) -> T:
        """Wait until a condition holds, and show every log if it doesn't."""
        try:
            async with asyncio.timeout(WAIT_S):
                while not (value := await asyncio.to_thread(condition)):  # noqa: ASYNC110 - processes have no events
                    await asyncio.sleep(0.05)
        except TimeoutError:
            logs = "\n---\n".join(each.words()[-2500:] for each in (self.worker, *self.gateways))
            raise AssertionError(f"connected: {self.connected()}\n{logs}") from None
        return value

    async def change(self, sql: str) -> None:
        """Change the database beside the processes."""
        with contextlib.closing(await asyncio.to_thread(connect, self.location.database_url)) as connection:
            connection.execute(sql.encode())

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        with open_reader(self.location) as tx:
            return [tuple(row) for row in tx.run(sql)]


def held_by(gateway: BotProcess) -> list[int]:
    """Return the shards that a gateway has said it holds when it started last."""
    found = re.findall(r"holding the shards (\d+)-(\d+)/", gateway.words())
    return list(range(int(found[-1][0]), int(found[-1][1]) + 1)) if found else []


@contextlib.asynccontextmanager
async def gateways(data: Path, *, render_s: float = 0.3) -> AsyncIterator[Gateways]:
    """Prepare a bot of 16 shards with a server on each, while the block runs. Nothing is started yet."""
    provider, location = LocalToAPIs(render_s=render_s), StoreLocation(data, new_url())
    local = LocalDiscord(shards=SHARDS, answer_within_s=WAIT_S)
    local.gateway.identifies.max_concurrency = SHARDS
    env = {"RETAKE_DATABASE_URL": location.database_url}
    async with LocalEnvironment(provider, discord=local, data=data, env=env) as world:
        guilds = sorted((local.add_guild(f"Studio {number}") for number in range(SHARDS)), key=_shard)
        found = Gateways(
            world=world,
            provider=provider,
            location=location,
            places=[furnish(each) for each in guilds],
            worker=BotProcess({**world.env(), "RETAKE_ROLE": "worker"}, data / "worker.log"),
        )
        assert [place.shard for place in found.places] == list(range(SHARDS))
        try:
            yield found
        finally:
            await asyncio.gather(*(each.end() for each in (found.worker, *found.gateways)))


def furnish(guild: Guild) -> Place:
    """Give a server a channel and a member."""
    channel, alice = guild.add_channel("videos"), guild.add_member("alice")
    return Place(shard=_shard(guild), guild=guild, channel=channel, alice=alice)


def _shard(guild: Guild) -> int:
    return shard_of(guild.id, SHARDS)
