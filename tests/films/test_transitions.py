"""Films whose parts follow one another with crossfades: shots and finished videos, also after a kill."""

from pathlib import Path

import pytest

from bot.sandbox.discord import LocalMessage
from bot.sandbox.environment import LocalEnvironment
from bot.sandbox.providers import LocalToAPIs
from tests.films.helpers import SHOTS, TITLE, plan, seconds
from tests.harness import open_harness
from tests.remix.helpers import code_of, create_clip

CROSSFADE = "crossfade"


async def test_shots_crossfade_if_that_was_chosen(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        asked = await plan(harness, transition=CROSSFADE)
        assert "In the film, they crossfade." in asked.content
        await harness.alice.press(asked, "Start and run through")
        film = await harness.wait_for_clip(TITLE)
        shots = [m for m in harness.clips if m is not film]
        assert f"joined with crossfades: {', '.join(map(code_of, shots))}" in film.content
        assert seconds(film) == pytest.approx(sum(map(seconds, shots)) - 1.0, abs=0.25)


async def test_extended_shots_crossfade_too(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        asked = await plan(harness, SHOTS[:2], seconds=None, transition=CROSSFADE)
        await harness.alice.press(asked, "Start and run through")
        film = await harness.wait_for_clip(TITLE)
        second = await harness.wait_for_clip(SHOTS[1])
        assert seconds(film) == pytest.approx(seconds(second) - 0.5, abs=0.25)


async def test_finished_videos_crossfade_or_are_cut(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        first, second = [await create_clip(harness, prompt) for prompt in SHOTS[:2]]
        total_s = seconds(first) + seconds(second)
        for how, said, length_s in ((CROSSFADE, "joined with crossfades:", total_s - 0.5), ("cut", "joined:", total_s)):
            await harness.bob.slash(
                harness.channel, "film", video1=first.link, video2=second.link, title=f"by {how}", transition=how
            )
            film = await harness.wait_for_clip(f"by {how}")
            assert f"{said} {code_of(first)}, {code_of(second)}" in film.content
            assert seconds(film) == pytest.approx(length_s, abs=0.2)


async def test_killed_while_it_is_joined_a_film_still_crossfades(tmp_path: Path) -> None:
    provider = LocalToAPIs(render_s=0.2)
    async with LocalEnvironment(provider, data=tmp_path) as world:
        guild = world.discord.add_guild("Studio")
        channel, alice = guild.add_channel("videos"), guild.add_member("alice")
        await world.start_bot()
        opened = await alice.slash(channel, "film", title=TITLE, seconds=5, transition=CROSSFADE)
        await opened.answer()
        asked = await (await alice.submit(opened.modal, prompt="\n".join(SHOTS))).answer(20)
        assert isinstance(asked, LocalMessage)
        await alice.press(asked, "Start and run through")

        def clips() -> list[LocalMessage]:
            return [message for message in world.discord.all_messages if message.attachments and message.is_bot]

        await world.discord.wait_for(lambda: len(clips()) >= 1, 60)
        await world.bot.kill()
        await world.start_bot()
        await world.discord.wait_for(lambda: any("Joining" in m.content for m in world.discord.all_messages), 60)
        await world.bot.kill()
        await world.start_bot()
        film = await world.discord.wait_for(lambda: next((m for m in clips() if TITLE in m.content), None), 60)
        shots = [m for m in clips() if m is not film]
        assert seconds(film) == pytest.approx(sum(map(seconds, shots)) - 1.0, abs=0.25)
        assert len(provider.charges) == 3
