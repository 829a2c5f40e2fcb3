"""A sharded client whose REST session outlives its gateway connection, and that keeps Discord's limits on IDENTIFY."""

import asyncio
import logging
from typing import Any

import aiohttp
import discord
import yarl
from discord.ext import commands

from bot.chat.gateway.identify_limit import IdentifyLimit
from bot.chat.gateway.shared_identifies import SharedIdentifies
from bot.ports.clock import Clock
from bot.ports.identifies import GatewayFacts, IdentifyTurns
from bot.ports.shards import ShardRange

log = logging.getLogger("retake.client")

# Close codes after which the same IDENTIFY would be refused again. Source: Discord's table of gateway close codes
BAD_TOKEN, BAD_SHARD, TOO_FEW_SHARDS, OLD_API, BAD_INTENTS, INTENTS_NOT_ALLOWED = 4004, 4010, 4011, 4012, 4013, 4014
FATAL_CLOSE_CODES = frozenset({BAD_TOKEN, BAD_SHARD, TOO_FEW_SHARDS, OLD_API, BAD_INTENTS, INTENTS_NOT_ALLOWED})
MAX_BACKOFF_EXPONENT = 6  # a shard waits at most 2 ** 6 s before it reconnects
CANCEL_AGAIN_S = 0.1
SOCKET_CLASS = "DiscordClientWebSocketResponse"
HEALTHY_S = 60  # a connection that held this long ends the backoff


class Socket(aiohttp.ClientWebSocketResponse):
    """Keeps the close code that was received. aiohttp forgets it if the connection is gone before its own reply."""

    async def close(self, *, code: int = 4000, message: bytes = b"") -> bool:
        received = self._close_code
        closed = await super().close(code=code, message=message)
        self._close_code = received or self._close_code
        return closed


class ShardedBot(commands.AutoShardedBot):
    """`gateway` is the host's setting and holds for every connection. None: as Discord says.

    `shard_range`: the shards of this gateway, whose IDENTIFYs take `turns` with those of others. None: all shards.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        gateway: str | None,
        shard_range: ShardRange | None = None,
        turns: IdentifyTurns | None = None,
        **options: Any,
    ) -> None:
        if shard_range is not None:
            options |= {"shard_ids": shard_range.numbers, "shard_count": shard_range.shards}
        super().__init__(**options)
        setattr(discord.http, SOCKET_CLASS, Socket)  # the login creates a session with it
        self._clock = clock
        self.shard_range = shard_range
        self.identifies: IdentifyLimit | SharedIdentifies = (
            SharedIdentifies(clock, turns, self.gateway_facts)
            if shard_range is not None and turns is not None
            else IdentifyLimit(clock, self.gateway_facts)
        )
        self.min_shards = 1
        self._own_gateway = yarl.URL(gateway) if gateway is not None else None
        self._gateway = self._own_gateway
        self._connecting = False
        self._launched: list[int] = []  # since `connect` was called

    @property
    def logged_in(self) -> bool:
        """Whether requests can be sent. The gateway may be disconnected."""
        return self.application_id is not None and not self.is_closed()

    async def login(self, token: str) -> None:
        """Log in. May be called again after a failure."""
        try:
            await super().login(token)
        except BaseException:
            await self.http.close()  # discord.py opens a new session for each login
            self.http.clear()  # a request without a session fails like one that Discord doesn't answer
            self.http.connector = discord.utils.MISSING
            raise

    async def connect(self, *, reconnect: bool = True) -> None:
        """Connect the shards of this gateway, and run until one fails.

        A gateway that holds all of them has as many as Discord recommends, at least `min_shards`. After `disconnect`,
        `connect` may be called again.
        """
        facts = await self.identifies.refresh()
        if self.shard_range is None:
            self.shard_count = max(facts.shards, self.min_shards)
        elif facts.shards > self.shard_range.shards:
            log.warning("Discord recommends %d shards, and RETAKE_SHARDS counts %s", facts.shards, self.shard_range)
        self._gateway = self._own_gateway or yarl.URL(facts.url)
        self._connecting, self._launched = True, []
        running = asyncio.create_task(super().connect(reconnect=reconnect), name="shards")
        try:
            await asyncio.wait({running})
        finally:
            while not running.done():  # discord.py ignores a cancellation while it reconnects a shard
                running.cancel()
                await asyncio.wait({running}, timeout=CANCEL_AGAIN_S)
            self._connecting = False
        running.result()

    async def gateway_facts(self) -> GatewayFacts:
        """Ask Discord how to connect. Raise discord.py's errors."""
        shards, url, limit = await self.http.get_bot_gateway()
        limits = discord.SessionStartLimits(**limit)
        return GatewayFacts(
            url=url,
            shards=shards,
            total=limits.total,
            remaining=limits.remaining,
            resets_at=self._clock.now() + limits.reset_after / 1000,
            max_concurrency=limits.max_concurrency,
        )

    async def disconnect(self) -> None:
        """Close the shards. Requests can still be sent."""
        closing = (shard.disconnect() for shard in self.shards.values())
        await asyncio.gather(*closing, return_exceptions=True)
        await self._async_setup_hook()  # a new queue: the old one has events of the closed shards

    async def close(self) -> None:
        """Close the shards and the session. Do nothing if `connect` calls it: a failed shard doesn't end requests."""
        if not self._connecting:
            await super().close()

    async def launch_shard(self, gateway: yarl.URL, shard_id: int, *, initial: bool = False) -> None:
        """Connect a shard when IDENTIFYs are left. Raise ConnectionClosed if another shard was refused."""
        self._check_refused()
        await self.identifies.wait()
        await super().launch_shard(self._gateway or gateway, shard_id, initial=initial)
        self._launched.append(shard_id)
        backoff = self.shards[shard_id]._parent._backoff  # discord.py's own waits up to 17 minutes
        backoff._max, backoff._reset_time = MAX_BACKOFF_EXPONENT, HEALTHY_S

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        await self.identifies.take(shard_id or 0)
        self._check_refused()

    def _check_refused(self) -> None:
        """Raise ConnectionClosed if Discord has refused a shard for good. It would refuse the others as well."""
        for shard_id in self._launched:
            socket = self._get_websocket(shard_id=shard_id).socket
            if socket.close_code in FATAL_CLOSE_CODES:
                raise discord.ConnectionClosed(socket, shard_id=shard_id, code=socket.close_code)

    async def on_shard_connect(self, shard_id: int) -> None:
        """Resume over the host's gateway too, if there is one: Discord names another."""
        if self._own_gateway is not None:
            self._get_websocket(shard_id=shard_id).gateway = self._own_gateway
