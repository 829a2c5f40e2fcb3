"""A press whose answer Discord no longer takes (10062) can be repeated at once: *Once more*, *Join again* and votes."""

from pathlib import Path

from bot.sandbox.fault_injection import Fault
from tests.films.helpers import TITLE
from tests.films.test_join_again import failed_film
from tests.harness import open_harness
from tests.limits.helpers import database_of, response_text
from tests.regressions.test_expired_press import let_answers_expire
from tests.takes.test_comparisons import compare, open_studio
from tests.writer.world import improve, open_writer_harness, redrawn

ANSWERS = 2  # to a press: the first, and the sentence about it


async def test_the_writer_can_be_asked_once_more_at_once(tmp_path: Path) -> None:
    async with open_writer_harness(tmp_path) as (harness, writer):
        dialog = await improve(harness)
        writer.answer = "A boat of folded paper rests on a pond at dawn"
        fault = let_answers_expire(harness, ANSWERS)
        await harness.alice.press(dialog, "Once more")
        await harness.wait_until(lambda: fault.hits == ANSWERS or None)
        assert len(writer.requests) == 1  # nobody would have read its words
        await harness.alice.press(dialog, "Once more")
        await redrawn(harness, dialog, writer.answer)


async def test_the_writer_is_not_asked_for_words_that_cannot_be_shown(tmp_path: Path) -> None:
    async with open_writer_harness(tmp_path) as (harness, writer):
        dialog = await improve(harness)
        writer.answer = "A boat of folded paper rests on a pond at dawn"
        refused = {"message": "Invalid Form Body", "code": 50035}
        fault = harness.discord.wire.fail(
            Fault(route="POST */interactions/*/callback", status=400, body=refused, times=ANSWERS)
        )
        await harness.alice.press(dialog, "Once more")
        await harness.wait_until(lambda: fault.hits == ANSWERS or None)
        assert len(writer.requests) == 1
        await harness.alice.press(dialog, "Once more")
        await redrawn(harness, dialog, writer.answer)


async def test_a_film_can_be_joined_again_at_once(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        failed, _ = await failed_film(harness, tmp_path)
        fault = let_answers_expire(harness, ANSWERS)
        await harness.bob.press(failed, "Join again")
        await harness.wait_until(lambda: fault.hits == ANSWERS or None)
        await harness.bob.press(failed, "Join again")
        await harness.wait_for_clip(TITLE)
        assert len(harness.clips_with_prompt(TITLE)) == 1


async def test_a_vote_that_nobody_was_told_of_is_not_counted(tmp_path: Path) -> None:
    async with open_studio(tmp_path) as harness:
        clip = await compare(harness)
        fault = let_answers_expire(harness, ANSWERS)
        await harness.bob.press(clip, "👍 1")
        await harness.wait_until(lambda: fault.hits == ANSWERS or None)
        assert await database_of(harness).run("SELECT 1 FROM vote") == []
        assert "counts for 1" in await response_text(await harness.bob.press(clip, "👍 1"))  # it isn't taken back
