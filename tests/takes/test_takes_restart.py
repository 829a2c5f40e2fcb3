"""kill -9 of the real process while takes are made: every take is paid once, and there is one message."""

import json
from pathlib import Path

import pytest

from bot.sandbox.discord import LocalDiscord, LocalMessage, Member
from bot.sandbox.environment import LocalEnvironment
from bot.sandbox.fault_injection import Fault
from bot.sandbox.providers import LocalToAPIs

PROMPT = "a paper boat that sails into the sun"
ONE_AT_A_TIME = {"RETAKE_ACCOUNTS__TOAPIS__JOBS_AT_ONCE": "1"}


def clips(discord: LocalDiscord) -> list[LocalMessage]:
    return [message for message in discord.all_messages if message.attachments and message.is_bot]


async def order_four(world: LocalEnvironment) -> Member:
    guild = world.discord.add_guild("Studio")
    channel, alice = guild.add_channel("videos"), guild.add_member("alice")
    await world.start_bot()
    await alice.slash(channel, "generate", prompt=PROMPT, seconds=5, takes=4)
    return alice


async def assert_posted_once(world: LocalEnvironment, provider: LocalToAPIs) -> None:
    """Restart, and check for four charges, one message with four clips, and no remaining status message."""
    await world.bot.kill()
    await world.start_bot()
    await world.discord.wait_for(lambda: clips(world.discord), 60)
    await world.discord.wait_for(
        lambda: all(m.attachments or m.deleted or m.ephemeral_to for m in world.discord.all_messages), 30
    )
    (message,) = clips(world.discord)
    assert len(message.attachments) == 4
    assert len(provider.charges) == len(provider.tasks) == 4
    assert await world.bot.terminate() == 0, world.bot.words()


async def test_killed_between_the_second_and_the_third_take(tmp_path: Path) -> None:
    provider = LocalToAPIs(render_s=1.0)
    async with LocalEnvironment(provider, data=tmp_path, env=ONE_AT_A_TIME) as world:
        await order_four(world)
        await world.discord.wait_for(lambda: len(provider.tasks) == 2, 30)
        second = f"GET *{list(provider.tasks)[1]}*"
        await world.discord.wait_for(lambda: provider.wire.requests(second), 30)  # the bot has stored its task
        await assert_posted_once(world, provider)


@pytest.mark.parametrize("takes_done", [1, 3])
async def test_killed_while_a_take_downloads(tmp_path: Path, takes_done: int) -> None:
    provider = LocalToAPIs(render_s=0.1)
    async with LocalEnvironment(provider, data=tmp_path, env=ONE_AT_A_TIME) as world:
        slow = provider.wire.fail(Fault(route="GET /cdn/*", delay_s=30.0, skip=takes_done))
        await order_four(world)
        await world.discord.wait_for(lambda: slow.hits, 30)
        await assert_posted_once(world, provider)


async def test_killed_between_discords_accept_and_our_commit(tmp_path: Path) -> None:
    provider = LocalToAPIs(render_s=0.1)
    async with LocalEnvironment(provider, data=tmp_path) as world:
        world.discord.wire.fail(Fault(route="POST */channels/*/messages", when="after", delay_s=30.0, skip=1))
        await order_four(world)
        await world.discord.wait_for(lambda: clips(world.discord), 30)  # Discord has it; the bot does not know
        await assert_posted_once(world, provider)


async def test_killed_before_the_confirmation_is_stored(tmp_path: Path) -> None:
    provider = LocalToAPIs(render_s=0.1)
    async with LocalEnvironment(provider, data=tmp_path) as world:
        held = world.discord.wire.fail(Fault(route="POST */interactions/*/callback", when="after", delay_s=30.0))
        await order_four(world)
        await world.discord.wait_for(lambda: held.hits, 20)
        await assert_posted_once(world, provider)


async def test_an_answer_that_discord_never_took_pays_for_no_take(tmp_path: Path) -> None:
    provider = LocalToAPIs(render_s=0.1)
    async with LocalEnvironment(provider, data=tmp_path) as world:
        lost = world.discord.wire.fail(
            Fault(route="POST */interactions/*/callback", status=404, body={"code": 10062, "message": "Unknown"})
        )
        await order_four(world)
        await world.discord.wait_for(lambda: lost.hits, 20)
        await world.bot.kill()
        await world.start_bot()
        assert await world.bot.terminate() == 0, world.bot.words()
        assert provider.charges == []
        assert clips(world.discord) == []


async def test_a_take_of_unknown_outcome_is_asked_about_and_the_others_are_posted(tmp_path: Path) -> None:
    provider = LocalToAPIs(render_s=0.1)
    async with LocalEnvironment(provider, data=tmp_path, env=ONE_AT_A_TIME) as world:
        held = provider.wire.fail(Fault(route="POST /v1/videos/generations", when="after", delay_s=30.0, skip=1))
        alice = await order_four(world)
        await world.discord.wait_for(lambda: held.hits and len(provider.tasks) == 2, 30)
        await world.bot.kill()
        await world.start_bot()
        await world.discord.wait_for(lambda: clips(world.discord), 60)
        (message,) = clips(world.discord)
        assert len(message.attachments) == 3
        assert len(provider.charges) == 4
        lost = await world.discord.wait_for(
            lambda: next((m for m in world.discord.all_messages if "I lost contact" in m.content), None), 20
        )
        assert "Send again (may cost twice)" in json.dumps(lost.components)
        await alice.press(lost, "Send again (may cost twice)")
        await world.discord.wait_for(lambda: len(clips(world.discord)) == 2, 60)
        assert [len(each.attachments) for each in clips(world.discord)] == [3, 1]
        assert len(provider.charges) == 5
        await world.discord.wait_for(lambda: lost.deleted, 20)
