"""kill -9 of the real process at critical moments: each clip is posted once and charged once."""

from pathlib import Path

from bot.sandbox.discord import LocalDiscord, LocalMessage, Member
from bot.sandbox.environment import LocalEnvironment
from bot.sandbox.fault_injection import Fault
from bot.sandbox.providers import LocalToAPIs

PROMPT = "a paper boat that sails into the sun"


def clips(discord: LocalDiscord) -> list[LocalMessage]:
    return [message for message in discord.all_messages if message.attachments and message.is_bot]


async def request_video(world: LocalEnvironment) -> Member:
    guild = world.discord.add_guild("Studio")
    channel, alice = guild.add_channel("videos"), guild.add_member("alice")
    await world.start_bot()
    await alice.slash(channel, "generate", prompt=PROMPT)
    return alice


async def assert_delivered_once(world: LocalEnvironment, provider: LocalToAPIs) -> None:
    """Restart, and check for one clip, one charge and no remaining status message."""
    await world.bot.kill()
    await world.start_bot()
    await world.discord.wait_for(lambda: clips(world.discord))
    regular = [message for message in world.discord.all_messages if message.ephemeral_to is None]
    await world.discord.wait_for(lambda: all(m.attachments or m.deleted for m in regular))
    assert len(clips(world.discord)) == 1
    assert len(provider.charges) == 1
    assert await world.bot.terminate() == 0, world.bot.words()


async def test_killed_while_the_provider_renders(tmp_path: Path) -> None:
    provider = LocalToAPIs(render_s=1.5)
    async with LocalEnvironment(provider, data=tmp_path) as world:
        await request_video(world)
        await world.discord.wait_for(lambda: provider.wire.requests("GET /v1/videos/*"))  # its task is stored
        await assert_delivered_once(world, provider)


async def test_killed_while_the_clip_downloads(tmp_path: Path) -> None:
    provider = LocalToAPIs(render_s=0.1)
    async with LocalEnvironment(provider, data=tmp_path) as world:
        slow = provider.wire.fail(Fault(route="GET /cdn/*", delay_s=30.0))
        await request_video(world)
        await world.discord.wait_for(lambda: slow.hits)
        await assert_delivered_once(world, provider)


async def test_killed_between_discords_accept_and_our_commit(tmp_path: Path) -> None:
    provider = LocalToAPIs(render_s=0.1)
    async with LocalEnvironment(provider, data=tmp_path) as world:
        world.discord.wire.fail(Fault(route="POST */channels/*/messages", skip=1, when="after", delay_s=30.0))
        await request_video(world)
        await world.discord.wait_for(lambda: clips(world.discord))  # Discord has it; the bot does not know
        await assert_delivered_once(world, provider)


async def test_killed_before_the_confirmation_is_stored(tmp_path: Path) -> None:
    provider = LocalToAPIs(render_s=0.1)
    async with LocalEnvironment(provider, data=tmp_path) as world:
        held = world.discord.wire.fail(Fault(route="POST */interactions/*/callback", when="after", delay_s=30.0))
        await request_video(world)
        await world.discord.wait_for(lambda: held.hits)
        await assert_delivered_once(world, provider)


async def test_killed_during_the_paid_request(tmp_path: Path) -> None:
    """The outcome stays unknown: it is never resent automatically, and a person decides."""
    provider = LocalToAPIs(render_s=0.1)
    async with LocalEnvironment(provider, data=tmp_path) as world:
        held = provider.wire.fail(Fault(route="POST /v1/videos/generations", when="after", delay_s=30.0))
        alice = await request_video(world)
        await world.discord.wait_for(lambda: held.hits and provider.tasks)
        await world.bot.kill()
        await world.start_bot()
        lost = await world.discord.wait_for(
            lambda: next((m for m in world.discord.all_messages if "I lost contact" in m.content), None), 20
        )
        labels = [button["label"] for button in lost.components[0]["components"]]
        assert labels == ["Send again (may cost twice)", "Give up"]
        assert len(provider.charges) == 1
        await alice.press(lost, "Send again (may cost twice)")
        await world.discord.wait_for(lambda: clips(world.discord))
        assert len(provider.charges) == 2


async def test_a_second_process_on_the_same_data_exits_with_a_message(tmp_path: Path) -> None:
    async with LocalEnvironment(LocalToAPIs(), data=tmp_path) as world:
        await world.start_bot()
        second = type(world.bot)(world.env(), tmp_path / "second.log")
        await second.start()
        assert await second.exited() == 3
        assert "Another Retake, or a command of it, uses this database." in second.words()


async def test_a_failed_first_handshake_is_retried(tmp_path: Path) -> None:
    async with LocalEnvironment(LocalToAPIs(), data=tmp_path) as world:
        world.discord.add_guild("Studio")
        world.discord.refuse_handshakes(2)
        await world.start_bot(50)
        assert await world.bot.terminate() == 0


async def reply_to_a_clip(world: LocalEnvironment, provider: LocalToAPIs) -> tuple[Member, LocalMessage]:
    """Reply to a finished clip, and return the status message that offers to undo the order."""
    alice = await request_video(world)
    clip = (await world.discord.wait_for(lambda: clips(world.discord)))[0]
    await alice.reply(clip, "make it snow, softly and slowly")
    line = await world.discord.wait_for(
        lambda: next((m for m in world.discord.all_messages if "Undo" in button_labels(m)), None), 20
    )
    assert len(provider.charges) == 1
    return alice, line


def button_labels(message: LocalMessage) -> list[str]:
    return [str(button.get("label")) for row in message.components for button in row.get("components", [])]


async def test_killed_while_an_order_can_be_undone_and_then_undone(tmp_path: Path) -> None:
    provider = LocalToAPIs(render_s=0.1)
    async with LocalEnvironment(provider, data=tmp_path) as world:
        alice, line = await reply_to_a_clip(world, provider)
        await world.bot.kill()
        await world.start_bot()
        await alice.press(line, "Undo")
        await world.discord.wait_for(lambda: "Not charged" in line.content or line.deleted)
        assert len(provider.charges) == 1
        assert await world.bot.terminate() == 0, world.bot.words()
        await world.start_bot()
        assert await world.bot.terminate() == 0, world.bot.words()
        assert len(provider.charges) == 1


async def test_killed_while_an_order_can_be_undone_and_then_sent_once(tmp_path: Path) -> None:
    provider = LocalToAPIs(render_s=0.1)
    async with LocalEnvironment(provider, data=tmp_path) as world:
        await reply_to_a_clip(world, provider)
        await world.bot.kill()
        await world.start_bot()
        await world.discord.wait_for(lambda: len(clips(world.discord)) == 2)
        assert len(provider.charges) == 2
        assert await world.bot.terminate() == 0, world.bot.words()
