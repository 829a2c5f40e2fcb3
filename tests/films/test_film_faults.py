"""Films while things go wrong: lost answers, two presses that exclude each other, a deleted shot."""

from pathlib import Path

import pytest

from bot.sandbox.discord import LocalMessage
from bot.sandbox.fault_injection import Fault
from bot.store.films import SqlFilms
from tests.films.helpers import SHOTS, TITLE, plan, plans, question, questions, seconds
from tests.harness import open_harness


async def test_a_lost_answer_at_the_second_shot_waits_for_its_author(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        harness.provider.wire.fail(Fault(route="POST /v1/videos/generations", when="after", drop=True, skip=1))
        await harness.alice.press(await plan(harness), "Start and run through")
        lost = await harness.wait_for_message("I lost contact")
        assert len(harness.provider.charges) == 2
        assert questions(harness.discord) == []
        await harness.alice.press(lost, "Send again (may cost twice)")
        await harness.wait_for_clip(TITLE)
        assert len(harness.provider.charges) == 4
        assert await plans(harness) == 0


async def test_a_film_that_moved_on_is_not_called_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with open_harness(tmp_path) as harness:
        await harness.alice.press(await plan(harness), "Start")
        shown = await question(harness, 1, "is done")
        end = SqlFilms.end

        async def after_another(films: SqlFilms, film_id: str, review_id: int | None) -> bool:
            await harness.alice.press(shown, "Again")  # in another window
            await harness.wait_until(lambda: len(harness.provider.charges) == 2 or None)
            return await end(films, film_id, review_id)

        monkeypatch.setattr(SqlFilms, "end", after_another)
        await harness.alice.press(shown, "Stop here")
        await harness.wait_for_message("This film has moved on")
        assert await plans(harness) > 0


async def test_a_film_is_joined_without_a_shot_that_was_deleted_meanwhile(tmp_path: Path) -> None:
    async with open_harness(tmp_path, render_s=1.0) as harness:
        await harness.alice.press(await plan(harness), "Start and run through")
        first = await harness.wait_for_clip(SHOTS[0])
        await harness.wait_until(lambda: len(harness.provider.charges) == 2 or None)
        asked = await (await harness.alice.press(first, "Delete")).answer()
        assert isinstance(asked, LocalMessage)
        await harness.alice.press(asked, "Delete")
        await harness.wait_until(lambda: first.deleted or None)
        film = await harness.wait_for_clip(TITLE)
        assert seconds(film) == pytest.approx(10.0, abs=0.6)
        assert len(harness.provider.charges) == 3
