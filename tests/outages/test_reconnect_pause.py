"""The pause before another connection grows while connections fail, and starts over after one that held."""

import asyncio

import discord
import pytest
from discord.ext import commands

from bot.chat.gateway.connection import HEALTHY_S, Connection
from bot.chat.gateway.sharded_bot import BAD_SHARD, ShardedBot
from bot.ports.clock import SystemClock
from bot.sandbox.discord import LocalDiscord
from bot.sandbox.fault_injection import Fault
from tests.outages.answers import ME, ban_page
from tests.sandbox.studio import point_at

HANG_S = 30.0


class QuickClock(SystemClock):
    """Doesn't sleep, and can be moved on."""

    def __init__(self) -> None:
        super().__init__()
        self.slept: list[float] = []
        self.ahead_s = 0.0

    def monotonic(self) -> float:
        return super().monotonic() + self.ahead_s

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await asyncio.sleep(0)


def client(world: LocalDiscord) -> ShardedBot:
    return ShardedBot(
        clock=QuickClock(),
        gateway=world.gateway_url,
        command_prefix=commands.when_mentioned,
        intents=discord.Intents(guilds=True),
        guild_ready_timeout=0.1,
    )


async def test_the_pause_falls_back_after_a_connection_that_held(monkeypatch: pytest.MonkeyPatch) -> None:
    async with LocalDiscord(rate_limits=False) as world:
        point_at(world, monkeypatch)
        world.add_guild("Studio")
        world.refuse_identifies(BAD_SHARD, times=3)
        bot, clock = client(world), QuickClock()
        async with bot:
            running = asyncio.create_task(Connection(bot, world.token, clock, lambda: None).run())
            await world.wait_for(lambda: world.gateway.connected, HANG_S)
            await bot.wait_until_ready()
            assert clock.slept == [1.0, 2.0, 4.0]
            clock.ahead_s = HEALTHY_S
            world.refuse_identifies(BAD_SHARD)
            world.invalidate_session()
            await world.wait_for(lambda: len(clock.slept) == 4 and world.gateway.connected, HANG_S)
            assert clock.slept[-1] == 1.0
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


async def test_a_pause_that_a_page_asks_for_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    async with LocalDiscord(rate_limits=False) as world:
        point_at(world, monkeypatch)
        page = ban_page(ME)
        world.wire.fail(Fault(route=ME, status=429, body=page.body, headers={"Retry-After": "600"}))
        bot, clock = client(world), QuickClock()
        async with bot:
            connection = Connection(bot, world.token, clock, lambda: None)
            running = asyncio.create_task(connection.run())
            await world.wait_for(lambda: world.gateway.connected, HANG_S)
            assert clock.slept == [600.0]
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
