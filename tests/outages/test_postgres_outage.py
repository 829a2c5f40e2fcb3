"""PostgreSQL ends while the bot runs: requests are refused uncharged, and a paid clip arrives once, afterwards."""

import asyncio
import contextlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.sandbox.discord import LocalMessage
from bot.sandbox.environment import LocalEnvironment
from bot.sandbox.postgres import LocalPostgres
from bot.sandbox.providers import LocalToAPIs

BUSY = "My database is busy at the moment. Nothing was changed and nothing charged. Try again in a moment."


@pytest.fixture
def server() -> Iterator[LocalPostgres]:
    with contextlib.closing(LocalPostgres(fast=True)) as server:
        yield server


def clips(world: LocalEnvironment) -> list[LocalMessage]:
    return [message for message in world.discord.all_messages if message.is_bot and message.attachments]


@pytest.mark.timeout(180)
async def test_requests_are_refused_and_a_paid_clip_arrives_once(tmp_path: Path, server: LocalPostgres) -> None:
    provider, url = LocalToAPIs(render_s=1.0), server.create("retake")
    async with LocalEnvironment(provider, data=tmp_path, env={"RETAKE_DATABASE_URL": url}) as world:
        guild = world.discord.add_guild("Studio")
        channel, alice = guild.add_channel("videos"), guild.add_member("alice")
        await world.start_bot()
        await alice.slash(channel, "generate", prompt="a boat folded of paper")
        await world.discord.wait_for(lambda: provider.tasks)
        await asyncio.to_thread(server.kill)
        refused = await alice.slash(channel, "generate", prompt="a second boat")
        answer = await refused.answer(20)
        assert isinstance(answer, LocalMessage)
        assert answer.content.endswith(BUSY)
        alive = tmp_path / "alive"
        await world.discord.wait_for(lambda: "PostgreSQL hasn't been reached" in alive.read_text())
        assert (len(provider.charges), clips(world)) == (1, [])
        await asyncio.to_thread(server.start)
        await world.discord.wait_for(lambda: clips(world), 60)
        await world.discord.wait_for(lambda: "PostgreSQL" not in alive.read_text())
        assert (len(provider.charges), len(clips(world))) == (1, 1)
        assert await world.bot.terminate() == 0, world.bot.words()
        assert "PostgreSQL was not reached for" in world.bot.words()
        assert re.search(r"retake@|/test\d|host=", world.bot.words()) is None, world.bot.words()
