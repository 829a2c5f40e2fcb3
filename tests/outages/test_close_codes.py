"""Close codes of the gateway that end a connection for good, and the daily limit on IDENTIFY, with the real process."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.app import EXIT_CONFIG
from bot.sandbox.discord import LocalDiscord
from bot.sandbox.environment import LocalEnvironment
from bot.sandbox.fault_injection import Fault
from bot.sandbox.providers import LocalToAPIs

HANG_S = 60.0


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(HANG_S):
        while not condition():  # noqa: ASYNC110 - another process has no events
            await asyncio.sleep(0.1)


@pytest.mark.parametrize(
    ("code", "advice"),
    [
        (4004, "put the new token into RETAKE_DISCORD_TOKEN."),
        (4013, "Update Retake."),
        (4014, "check the bot's page in the Developer Portal."),
    ],
)
async def test_a_refused_token_or_intent_ends_the_process_after_one_identify(
    tmp_path: Path, code: int, advice: str
) -> None:
    async with LocalEnvironment(LocalToAPIs(), data=tmp_path) as world:
        world.discord.refuse_identifies(code, times=100)
        await world.bot.start()
        async with asyncio.timeout(HANG_S):
            assert await world.bot.exited() == EXIT_CONFIG
        assert world.discord.gateway.identify_attempts == 1
        assert f"Gateway close code {code}: " in world.bot.words()
        assert advice in world.bot.words()


async def test_the_other_shards_do_not_identify_after_a_refused_token(tmp_path: Path) -> None:
    async with LocalEnvironment(LocalToAPIs(), data=tmp_path, discord=LocalDiscord(shards=2)) as world:
        world.discord.refuse_identifies(4004, times=100)
        await world.bot.start()
        async with asyncio.timeout(HANG_S):
            assert await world.bot.exited() == EXIT_CONFIG
        assert world.discord.gateway.identify_attempts == 1


async def test_a_token_that_is_refused_while_the_bot_runs_ends_the_process(tmp_path: Path) -> None:
    async with LocalEnvironment(LocalToAPIs(), data=tmp_path) as world:
        await world.start_bot()
        world.discord.refuse_identifies(4004, times=100)
        world.discord.invalidate_session()
        async with asyncio.timeout(HANG_S):
            assert await world.bot.exited() == EXIT_CONFIG
        assert world.discord.gateway.identify_attempts == 2


async def test_an_old_api_version_stops_the_connection_but_not_the_process(tmp_path: Path) -> None:
    async with LocalEnvironment(LocalToAPIs(), data=tmp_path) as world:
        world.discord.refuse_identifies(4012, times=100)
        await world.bot.start()
        await until(lambda: "Gateway close code 4012" in world.bot.words())
        assert await world.bot.terminate() == 0
        assert world.discord.gateway.identify_attempts == 1


@pytest.mark.parametrize(("code", "shards"), [(4010, 1), (4011, 2)])
async def test_refused_shards_are_counted_again(tmp_path: Path, code: int, shards: int) -> None:
    discord = LocalDiscord(rate_limits=False)
    async with LocalEnvironment(LocalToAPIs(), data=tmp_path, discord=discord) as world:
        discord.add_guild("Studio")
        discord.refuse_identifies(code)
        await world.bot.start()
        await until(lambda: len(discord.gateway.connected) == shards)
        assert {session.shards for session in discord.gateway.connected} == {shards}
        assert len(discord.wire.requests("GET */gateway/bot")) == 2
        assert f"Gateway close code {code}" in world.bot.words()
        assert await world.bot.terminate() == 0


async def test_no_start_identifies_when_fewer_than_50_sessions_are_left(tmp_path: Path) -> None:
    async with LocalEnvironment(LocalToAPIs(), data=tmp_path) as world:
        world.discord.gateway.identifies.leave(49)
        await world.bot.start()
        await until(lambda: "only 49 of 1000 gateway sessions are left today: not connecting before" in words(world))
        assert " UTC" in words(world)
        await until(lambda: world.discord.commands)  # requests are sent nevertheless
        assert await world.bot.terminate() == 0
        assert world.discord.gateway.identify_attempts == 0


async def test_sessions_are_counted_between_two_looks_at_the_limit(tmp_path: Path) -> None:
    discord = LocalDiscord(rate_limits=False)
    async with LocalEnvironment(LocalToAPIs(), data=tmp_path, discord=discord) as world:
        discord.gateway.identifies.leave(51)
        await world.start_bot()
        discord.invalidate_session()
        await until(lambda: discord.gateway.identify_attempts == 2)  # 49 are left
        await until(lambda: discord.gateway.connected)
        discord.invalidate_session()
        await until(lambda: "only 49 of 1000 gateway sessions are left today" in words(world))
        assert await world.bot.terminate() == 0
        assert discord.gateway.identify_attempts == 2


async def test_the_first_connection_uses_the_gateway_of_the_settings(tmp_path: Path) -> None:
    """Discord names another one, for the first connection and for resuming."""
    async with LocalEnvironment(LocalToAPIs(), data=tmp_path) as world:
        nowhere = "ws://127.0.0.1:9/gw/"
        own, world.discord.gateway.url = world.discord.gateway_url, nowhere
        assert world.env()["RETAKE_DISCORD_GATEWAY"] == own
        await world.start_bot()
        world.discord.ask_reconnect()
        await until(lambda: world.discord.gateway.resumed == 1)
        assert world.discord.gateway.identify_attempts == 1


async def test_without_a_setting_the_gateway_is_the_one_that_discord_names(tmp_path: Path) -> None:
    async with LocalEnvironment(LocalToAPIs(), data=tmp_path, env={"RETAKE_DISCORD_GATEWAY": ""}) as world:
        world.discord.wire.fail(Fault(route="GET */gateway/bot", status=200, body=other_gateway(world)))
        await world.start_bot()


def other_gateway(world: LocalEnvironment) -> dict[str, object]:
    limit = world.discord.gateway.identifies.session_start_limit()
    return {"url": world.discord.gateway_url, "shards": 1, "session_start_limit": limit}


def words(world: LocalEnvironment) -> str:
    return world.bot.words()
