"""Store which servers the bot is in, as Discord tells this process: all of a shard's when its session starts."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

import discord

from bot.background import wait_for_event
from bot.ports.clock import Clock
from bot.ports.presence import PresenceRepository, SeenServer, Shard, shard_of

log = logging.getLogger("retake.client")

CONFIRM_EVERY_S = 30.0
RETRY_S = 5.0
AT_ONCE = 500  # servers of one transaction


def on_session(client: discord.AutoShardedClient, call: Callable[[Shard, list[int]], None]) -> None:
    """Call with the servers of a shard whenever a session of it starts.

    The client's own list doesn't tell: it keeps servers that were left while the shard was offline.
    """
    parsers: dict[str, Callable[[Any], None]] = client._connection.parsers
    parse = parsers["READY"]

    def parse_ready(data: Any) -> None:
        parse(data)
        number, shards = data["shard"]
        call(Shard(number=number, shards=shards), [int(guild["id"]) for guild in data["guilds"]])

    parsers["READY"] = parse_ready


class ServerPresence:
    """Remembers what is to be stored until the database takes it, so that no event waits for it."""

    def __init__(self, repository: PresenceRepository, clock: Clock) -> None:
        self._repository = repository
        self._clock = clock
        self._shards = 1
        self._connected: dict[int, Shard] = {}
        self._listed: dict[int, tuple[Shard, list[int]]] = {}  # by shard
        self._changed: dict[int, int | None] = {}  # by server: its upload limit, or None if it was left
        self._new = asyncio.Event()

    def list_shard(self, shard: Shard, guild_ids: list[int]) -> None:
        """Take the servers of a shard whose session has started. They replace all that was known of it."""
        self._shards = shard.shards
        self._connected[shard.number] = shard
        self._changed = {each: limit for each, limit in self._changed.items() if not shard.has(each)}
        self._listed[shard.number] = shard, guild_ids
        self._new.set()

    def see(self, guild: discord.Guild) -> None:
        """Take a server that the bot has joined, that is available, or that has changed."""
        self._changed[guild.id] = guild.filesize_limit
        self._new.set()

    def leave(self, guild_id: int) -> None:
        """Take the removal of the bot from a server."""
        self._changed[guild_id] = None
        self._new.set()

    def set_connected(self, number: int, connected: bool) -> None:
        """Take that a shard's connection was resumed or lost. Without one, nobody hears of a removal."""
        if connected:
            self._connected[number] = Shard(number=number, shards=self._shards)
            self._new.set()
        else:
            self._connected.pop(number, None)

    async def run(self) -> None:
        """Store what comes, until cancelled."""
        while True:
            self._new.clear()
            wait_s = CONFIRM_EVERY_S
            try:
                await self.store()
            except Exception:
                # Kept alive: the loop. What is not stored is tried again, and nothing is erased meanwhile.
                log.exception("the bot's servers were not stored")
                await self._clock.sleep(RETRY_S)
                wait_s = 0.0
            await wait_for_event(self._new, wait_s)

    async def store(self) -> None:
        """Store what has come since, and which shards are connected. What fails is kept."""
        now = self._clock.now()
        for number, listed in list(self._listed.items()):
            await self._repository.list_shard(*listed, now)
            if self._listed.get(number) is listed:
                del self._listed[number]
        while changed := dict(list(self._changed.items())[:AT_ONCE]):
            await self._repository.leave([each for each, limit in changed.items() if limit is None])
            await self._repository.see(
                [
                    SeenServer(guild_id=each, shard=shard_of(each, self._shards), upload_limit_bytes=limit)
                    for each, limit in changed.items()
                    if limit is not None
                ],
                now,
            )
            for each, limit in changed.items():
                if each in self._changed and self._changed[each] == limit:
                    del self._changed[each]
        connected = [shard for number, shard in self._connected.items() if number not in self._listed]
        if connected:
            await self._repository.confirm(connected, now)
