"""kill -9 of the real process during a comparison: two charges at most, one message, names hidden until revealed."""

from pathlib import Path

from bot.sandbox.discord import LocalDiscord, LocalMessage, Member
from bot.sandbox.environment import LocalEnvironment
from bot.sandbox.fault_injection import Fault
from bot.sandbox.providers import LocalToAPIs

PROMPT = "a paper boat that sails into the sun"
GROK, KLING = "grok-video-3", "kling-v3"
TITLES = ("Grok 3", "Kling 3")
ONE_AT_A_TIME = {"RETAKE_ACCOUNTS__TOAPIS__JOBS_AT_ONCE": "1"}
PRICES = '[toapis.kling-v3]\nprice = { video_usd = 0.2, source = "a test" }\n'


def open_world(data: Path, provider: LocalToAPIs, **env: str) -> LocalEnvironment:
    """Open a world in which both models have a price."""
    catalogue = data / "prices.toml"
    catalogue.write_text(PRICES)
    return LocalEnvironment(provider, data=data, env={"RETAKE_CATALOGUE": str(catalogue), **env})


def clips(discord: LocalDiscord) -> list[LocalMessage]:
    return [message for message in discord.all_messages if message.attachments and message.is_bot]


def names_a_model(message: LocalMessage) -> bool:
    return any(title in message.content for title in TITLES)


async def compare(world: LocalEnvironment) -> Member:
    guild = world.discord.add_guild("Studio")
    channel, alice = guild.add_channel("videos"), guild.add_member("alice")
    await world.start_bot()
    await alice.slash(channel, "compare", prompt=PROMPT, a=GROK, b=KLING, seconds=5)
    return alice


async def hidden_after_a_restart(world: LocalEnvironment, provider: LocalToAPIs) -> LocalMessage:
    """Kill and restart the bot. Check for one message with both clips and no names, and for two charges."""
    await world.bot.kill()
    await world.start_bot()
    await world.discord.wait_for(lambda: clips(world.discord), 60)
    await world.discord.wait_for(
        lambda: all(m.attachments or m.deleted or m.ephemeral_to for m in world.discord.all_messages), 60
    )
    (message,) = clips(world.discord)
    assert len(message.attachments) == 2
    assert len(provider.charges) == len(provider.tasks) == 2
    assert not any(names_a_model(each) for each in world.discord.all_messages)
    return message


async def reveal(world: LocalEnvironment, alice: Member, message: LocalMessage) -> None:
    await alice.press(message, "Reveal")
    await world.discord.wait_for(lambda: names_a_model(message), 60)
    assert all(title in message.content for title in TITLES)


async def test_killed_between_both_orders(tmp_path: Path) -> None:
    provider = LocalToAPIs(render_s=1.0)
    async with open_world(tmp_path, provider, **ONE_AT_A_TIME) as world:
        alice = await compare(world)
        await world.discord.wait_for(lambda: len(provider.tasks) == 1, 60)
        await reveal(world, alice, await hidden_after_a_restart(world, provider))
        assert len(provider.charges) == 2
        assert await world.bot.terminate() == 0, world.bot.words()


async def test_killed_before_both_are_posted(tmp_path: Path) -> None:
    provider = LocalToAPIs(render_s=0.1)
    async with open_world(tmp_path, provider) as world:
        held = world.discord.wire.fail(Fault(route="POST */channels/*/messages", delay_s=60.0, skip=1))
        alice = await compare(world)
        await world.discord.wait_for(lambda: held.hits, 60)
        assert clips(world.discord) == []
        await reveal(world, alice, await hidden_after_a_restart(world, provider))
        assert await world.bot.terminate() == 0, world.bot.words()


async def test_killed_between_discords_accept_and_our_commit(tmp_path: Path) -> None:
    provider = LocalToAPIs(render_s=0.1)
    async with open_world(tmp_path, provider) as world:
        world.discord.wire.fail(Fault(route="POST */channels/*/messages", when="after", delay_s=60.0, skip=1))
        alice = await compare(world)
        await world.discord.wait_for(lambda: clips(world.discord), 60)
        await reveal(world, alice, await hidden_after_a_restart(world, provider))
        assert await world.bot.terminate() == 0, world.bot.words()


async def test_killed_before_the_edit_that_reveals(tmp_path: Path) -> None:
    provider = LocalToAPIs(render_s=0.1)
    async with open_world(tmp_path, provider) as world:
        alice = await compare(world)
        await world.discord.wait_for(lambda: clips(world.discord), 60)
        message = await hidden_after_a_restart(world, provider)
        held = world.discord.wire.fail(Fault(route="POST */interactions/*/callback", delay_s=60.0))
        await alice.press(message, "Reveal")
        await world.discord.wait_for(lambda: held.hits, 60)
        assert not names_a_model(message)
        await world.bot.kill()
        await world.start_bot()
        await world.discord.wait_for(lambda: names_a_model(message), 60)  # without another press
        assert all(title in message.content for title in TITLES)
        assert clips(world.discord) == [message]
        assert len(provider.charges) == 2
        assert await world.bot.terminate() == 0, world.bot.words()
