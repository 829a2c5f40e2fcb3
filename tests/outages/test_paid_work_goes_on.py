"""A real process: while Discord is down, paid videos are polled, downloaded and fitted; then each is posted once."""

import asyncio
import contextlib
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.sandbox.discord import LocalMessage
from bot.sandbox.environment import LocalEnvironment
from bot.sandbox.fault_injection import Fault
from bot.sandbox.providers import LocalToAPIs
from bot.sandbox.test_clips import heavy
from tests.outages.answers import GATEWAY, ME, ban_page, broken, daily_limit

PROMPT = "a paper boat that sails into the sun"
LIMIT_MB = 1
HANG_S = 60.0


def clips(world: LocalEnvironment) -> list[LocalMessage]:
    return [message for message in world.discord.all_messages if message.attachments and message.is_bot]


def job_state(data: Path) -> str:
    with contextlib.closing(sqlite3.connect(f"file:{data / 'retake.sqlite3'}?mode=ro", uri=True)) as connection:
        return str(connection.execute("SELECT state FROM job").fetchone()[0])


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(HANG_S):
        while not condition():  # noqa: ASYNC110 - files and another process have no events
            await asyncio.sleep(0.1)


async def pay_and_die(world: LocalEnvironment, provider: LocalToAPIs) -> None:
    """Order a video and kill the bot after it was paid for, before it is rendered."""
    guild = world.discord.add_guild("Studio")
    channel, alice = guild.add_channel("videos"), guild.add_member("alice")
    held = provider.wire.fail(Fault(route="GET /v1/videos/*", status=503, times=None))
    await world.start_bot()
    await alice.slash(channel, "generate", prompt=PROMPT)
    await until(lambda: held.hits)
    await world.bot.kill()
    provider.wire.clear()


async def assert_posted_once_after(world: LocalEnvironment, provider: LocalToAPIs) -> None:
    world.discord.wire.clear()
    await world.discord.wait_for(lambda: clips(world), HANG_S)
    await until(lambda: job_state(world.data) == "delivered")
    assert (len(clips(world)), len(provider.charges)) == (1, 1)
    assert await world.bot.terminate() == 0, world.bot.words()


@pytest.mark.parametrize(
    "fault",
    [ban_page(ME), broken(ME), Fault(route=ME, drop=True, times=None)],
    ids=["1015-page", "5xx", "dropped-connection"],
)
async def test_a_paid_video_is_finished_and_fitted_without_a_login(tmp_path: Path, fault: Fault) -> None:
    provider = LocalToAPIs(render_s=0.1, film=await heavy(2))
    env = {"RETAKE_UPLOAD_LIMIT_MB": str(LIMIT_MB)}
    async with LocalEnvironment(provider, data=tmp_path, env=env) as world:
        await pay_and_die(world, provider)
        world.discord.wire.fail(fault)
        await world.bot.start()
        await until(lambda: list(tmp_path.glob(f"clips/*.{LIMIT_MB << 20}.copy")))
        assert job_state(tmp_path) == "delivering"
        assert clips(world) == []
        await assert_posted_once_after(world, provider)
        assert clips(world)[0].attachments[0].size <= LIMIT_MB << 20


async def test_a_paid_video_is_posted_without_a_gateway(tmp_path: Path) -> None:
    provider = LocalToAPIs(render_s=0.1)
    async with LocalEnvironment(provider, data=tmp_path) as world:
        await pay_and_die(world, provider)
        world.discord.wire.fail(broken(GATEWAY))
        await world.bot.start()
        await world.discord.wait_for(lambda: clips(world), HANG_S)
        assert not world.discord.gateway.connected
        await assert_posted_once_after(world, provider)


@pytest.mark.parametrize("fault", [daily_limit(), broken("PUT */applications/*/commands")], ids=["30034", "5xx"])
async def test_a_refused_command_sync_stops_nothing(tmp_path: Path, fault: Fault) -> None:
    provider = LocalToAPIs(render_s=0.1)
    async with LocalEnvironment(provider, data=tmp_path) as world:
        await pay_and_die(world, provider)
        world.discord.world.commands.pop()
        world.discord.wire.fail(fault)
        await world.bot.start()
        await world.discord.wait_for(lambda: clips(world) and world.discord.gateway.connected, HANG_S)
        await until(lambda: fault.hits)
        await assert_posted_once_after(world, provider)


async def test_a_stop_during_login_retries_ends_the_process(tmp_path: Path) -> None:
    async with LocalEnvironment(LocalToAPIs(), data=tmp_path) as world:
        refused = world.discord.wire.fail(broken(ME, 502))  # discord.py itself retries this for 25 s
        await world.bot.start()
        await until(lambda: refused.hits)
        hits = refused.hits
        async with asyncio.timeout(HANG_S):
            assert await world.bot.terminate() == 0, world.bot.words()
        assert refused.hits == hits  # the retry that was waited for is not made
