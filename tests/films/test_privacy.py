"""A film's plan and the question about its shot are deleted with the data and the videos of its member."""

from pathlib import Path

import pytest

from bot.jobs.film_plan import PLAN_LIFE_S
from tests.films.helpers import SHOTS, plan, plans, question
from tests.harness import open_harness
from tests.limits.privacy_helpers import ask_to_delete_my_data, wait_for_final_statuses


@pytest.mark.parametrize("what", ["Delete data and videos", "Delete data, keep videos"])
async def test_the_words_of_the_shots_to_come_are_not_left_in_the_channel(tmp_path: Path, what: str) -> None:
    async with open_harness(tmp_path) as harness:
        await harness.alice.press(await plan(harness), "Start")
        asked = await question(harness, 1, "is done")
        assert SHOTS[1] in asked.content
        await wait_for_final_statuses(harness)
        await harness.alice.press(await ask_to_delete_my_data(harness), what)
        await harness.wait_for_message("Your data has been deleted: 1 video")
        assert await plans(harness) == 0
        assert asked.deleted == (what == "Delete data and videos")


async def test_the_question_of_a_plan_that_nobody_decided_about_goes_with_it(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        await harness.alice.press(await plan(harness), "Start")
        asked = await question(harness, 1, "is done")
        assert harness.database is not None
        await harness.database.run("UPDATE film SET created_at = created_at - ?", (PLAN_LIFE_S,))
        await harness.wait_until(lambda: asked.deleted)
        while await plans(harness):
            await harness.discord.world.bus.changed(0.02)
        assert len(harness.provider.charges) == 1
