"""A question about a shot is posted before it is stored."""

import asyncio
from pathlib import Path

import pytest

from bot.jobs.film_plan import FilmPlan
from bot.store.films import SqlFilms
from tests.films.helpers import plan, question
from tests.harness import open_harness


async def test_a_press_before_the_question_is_stored_is_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go, set_review, find = asyncio.Event(), SqlFilms.set_review, SqlFilms.find

    async def held_back(films: SqlFilms, film_id: str, message_id: int) -> bool:
        film = await find(films, film_id)
        if film is not None and film.place_id is not None:  # not that of the plan
            await go.wait()
        return await set_review(films, film_id, message_id)

    async def counted(films: SqlFilms, film_id: str) -> FilmPlan | None:
        found = await find(films, film_id)
        go.set()  # the commit comes after the press has read the plan
        return found

    async with open_harness(tmp_path) as harness:
        await harness.alice.press(await plan(harness), "Start")
        monkeypatch.setattr(SqlFilms, "set_review", held_back)
        asked = await question(harness, 1, "is done")
        monkeypatch.setattr(SqlFilms, "find", counted)
        await harness.alice.press(asked, "Keep")
        await question(harness, 2, "is done")
