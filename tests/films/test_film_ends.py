"""A film that can't be joined or go on says why: it never ends without a word."""

import math
from pathlib import Path

from bot.jobs.server_settings import ServerSettings
from bot.sandbox.discord import LocalMessage
from bot.store.server_settings import SqlServerRepository
from tests.films.helpers import SHOTS, TITLE, place_of, plan, plans, question
from tests.gallery.helpers import eventually
from tests.harness import BotHarness, open_harness
from tests.remix.helpers import delete_by_button

ONE_LEFT = "Only one shot of this film is left, so there's nothing to join. It ends here."


async def is_over(harness: BotHarness) -> None:
    async def gone() -> bool:
        return not await plans(harness)

    await eventually(harness, gone)
    assert harness.clips_with_prompt(TITLE) == []


async def finish_shot(harness: BotHarness, place: int) -> LocalMessage:
    """Let the provider end a shot. Return its clip."""
    tasks = harness.provider.tasks
    await harness.wait_until(lambda: len(tasks) == place or None)
    await harness.provider.finish(list(tasks)[place - 1])
    return await harness.wait_for_clip(SHOTS[place - 1])


async def test_a_film_that_runs_through_says_that_only_one_shot_is_left(tmp_path: Path) -> None:
    async with open_harness(tmp_path, render_s=math.inf) as harness:
        await harness.alice.press(await plan(harness, SHOTS[:2]), "Start and run through")
        first = await finish_shot(harness, 1)
        await harness.wait_until(lambda: len(harness.provider.tasks) == 2 or None)
        await delete_by_button(harness.alice, first)
        await harness.wait_until(lambda: first.deleted or None)
        await finish_shot(harness, 2)
        said = await harness.wait_for_message(ONE_LEFT)
        assert said.channel is place_of(harness)
        assert said.content.startswith(harness.alice.mention)
        await is_over(harness)
        assert len([m for m in harness.discord.all_messages if ONE_LEFT in m.content]) == 1


async def test_whoever_keeps_the_last_shot_is_told_that_only_one_is_left(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        await harness.alice.press(await plan(harness, SHOTS[:2]), "Start")
        await harness.alice.press(await question(harness, 1, "is done"), "Keep")
        last = await question(harness, 2, "the last one")
        first = await harness.wait_for_clip(SHOTS[0])
        await delete_by_button(harness.alice, first)
        await harness.wait_until(lambda: first.deleted or None)
        await harness.alice.press(last, "Keep")
        await harness.wait_for_message(ONE_LEFT)
        await is_over(harness)


async def test_a_film_whose_member_left_says_so(tmp_path: Path) -> None:
    async with open_harness(tmp_path, render_s=math.inf) as harness:
        await harness.alice.press(await plan(harness, SHOTS[:2]), "Start and run through")
        await harness.wait_until(lambda: harness.provider.tasks or None)
        harness.guild.remove_member(harness.alice)
        await finish_shot(harness, 1)
        await harness.wait_for_message("The member who ordered this film isn't on this server any more")
        await is_over(harness)
        assert len(harness.provider.charges) == 1


async def test_a_thread_in_which_nothing_is_started_says_why(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        asked = await plan(harness, SHOTS[:2])
        assert harness.database is not None
        servers = SqlServerRepository(harness.database)
        await servers.save_settings(harness.guild.id, ServerSettings(videos_per_member=0))
        await harness.alice.press(asked, "Start")
        said = await harness.wait_for_message("No shots are made here. ")
        assert "your limit is 0 videos a day" in said.content
        assert said.channel is place_of(harness)
        assert said.channel.is_thread
        assert harness.provider.charges == []
        await servers.save_settings(harness.guild.id, ServerSettings())
        await harness.alice.press(asked, "Start")
        await question(harness, 1, "is done")
