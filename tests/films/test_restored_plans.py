"""Plans of films in a restored database: a shot that it doesn't know of is never made again unasked."""

from dataclasses import replace
from pathlib import Path

from bot.jobs.errors import Restored
from bot.jobs.film_plan import FilmPlan, FilmStep, Shot
from bot.store.films import SqlFilms, take_step
from bot.store.quarantine import quarantine
from tests.stores import open_database

FILM = FilmPlan(id="f" * 22, guild_id=1, user_id=2, channel_id=3, created_at=100.0)
SHOTS = (Shot(place=1, prompt="a calm sea"), Shot(place=2, prompt="a storm"))


async def test_a_film_that_ran_through_asks_after_a_restore(tmp_path: Path) -> None:
    database = await open_database(tmp_path / "retake.sqlite3")
    try:
        films = SqlFilms(database)
        await films.create(FILM)
        await films.set_shots(replace(FILM, shots=SHOTS))
        step = FilmStep(film_id=FILM.id, place=1, review_id=None, prompt="a calm sea", place_id=4, auto=True)
        await database.transaction(lambda tx: take_step(tx, "j" * 22, step))
        (running,) = await films.unasked()
        assert running.auto
        await database.transaction(lambda tx: quarantine(tx, 200.0, Restored))
        (held,) = await films.unasked()
        assert not held.auto
        assert held.current == Shot(place=1, prompt="a calm sea", job_id="j" * 22, takes=1)
    finally:
        await database.close()
