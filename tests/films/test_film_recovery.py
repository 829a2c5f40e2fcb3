"""Killed between the thread of a film and its first shot: the thread is found, and asked in, at the next start."""

from pathlib import Path

import pytest

from bot.sandbox.discord import LocalDiscord, LocalMessage
from bot.sandbox.discord.state.channels import Channel
from bot.sandbox.environment import LocalEnvironment
from bot.sandbox.fault_injection import Fault
from bot.sandbox.providers import LocalToAPIs
from tests.films.helpers import SHOTS, TITLE, seconds

THREADS = "POST */channels/*/threads"
ASKED = "I was restarted before the first shot of this film"


def threads(discord: LocalDiscord) -> list[Channel]:
    return [channel for channel in discord.world.channels.values() if channel.is_thread]


def saying(discord: LocalDiscord, text: str) -> LocalMessage | None:
    return next((m for m in discord.all_messages if text in m.content and not m.deleted), None)


def film(discord: LocalDiscord) -> LocalMessage | None:
    return next((m for m in discord.all_messages if m.attachments and TITLE in m.content), None)


async def test_the_question_in_the_thread_is_deleted_with_the_data_of_its_member(tmp_path: Path) -> None:
    async with LocalEnvironment(LocalToAPIs(render_s=0.1), data=tmp_path) as world:
        guild = world.discord.add_guild("Studio")
        channel, alice = guild.add_channel("videos"), guild.add_member("alice")
        await world.start_bot()
        opened = await alice.slash(channel, "film", title=TITLE, seconds=5)
        await opened.answer()
        asked = await (await alice.submit(opened.modal, prompt="\n".join(SHOTS[:2]))).answer(20)
        assert isinstance(asked, LocalMessage)
        world.discord.wire.fail(Fault(route=THREADS, when="after", delay_s=3600.0))
        await alice.press(asked, "Start")
        await world.discord.wait_for(lambda: threads(world.discord), 60)
        await world.bot.kill()
        world.discord.wire.clear()
        await world.start_bot()
        start = await world.discord.wait_for(lambda: saying(world.discord, ASKED), 60)
        jobs = await (await alice.slash(channel, "jobs")).answer(20)
        assert isinstance(jobs, LocalMessage)
        confirmation = await (await alice.press(jobs, "Delete my data")).answer(20)
        assert isinstance(confirmation, LocalMessage)
        await alice.press(confirmation, "Delete data and videos")
        await world.discord.wait_for(lambda: start.deleted, 60)


@pytest.mark.parametrize("when", ["after", "before"])
async def test_a_film_killed_while_its_thread_is_opened_starts_in_one_thread(tmp_path: Path, when: str) -> None:
    provider = LocalToAPIs(render_s=0.1)
    async with LocalEnvironment(provider, data=tmp_path) as world:
        guild = world.discord.add_guild("Studio")
        channel, alice = guild.add_channel("videos"), guild.add_member("alice")
        await world.start_bot()
        opened = await alice.slash(channel, "film", title=TITLE, seconds=5)
        await opened.answer()
        asked = await (await alice.submit(opened.modal, prompt="\n".join(SHOTS[:2]))).answer(20)
        assert isinstance(asked, LocalMessage)
        held = world.discord.wire.fail(Fault(route=THREADS, when=when, delay_s=3600.0))  # type: ignore[arg-type]
        await alice.press(asked, "Start")
        await world.discord.wait_for(lambda: threads(world.discord) if when == "after" else held.hits, 60)
        await world.bot.kill()
        world.discord.wire.clear()
        assert provider.charges == []
        await world.start_bot()
        start = asked
        if when == "after":
            start = await world.discord.wait_for(lambda: saying(world.discord, ASKED), 60)
            assert start.channel is threads(world.discord)[0]
            assert f"1. {SHOTS[0]}\n2. {SHOTS[1]}" in start.content
            await alice.press(asked, "Start")
            await world.discord.wait_for(lambda: saying(world.discord, "This film has moved on"), 60)
        await alice.press(start, "Start and run through")
        joined = await world.discord.wait_for(lambda: film(world.discord), 60)
        (thread,) = threads(world.discord)
        shots = [m for m in world.discord.all_messages if m.attachments and m.channel is thread]
        assert len(shots) == len(provider.charges) == 2
        assert joined.channel is channel
        assert seconds(joined) == pytest.approx(10.0, abs=0.6)
