"""Plans of films: the tables `film` and `shot`."""

from collections.abc import Sequence
from typing import Any

from bot.jobs.film_errors import FilmMoved
from bot.jobs.film_plan import PLAN_LIFE_S, FilmPart, FilmPlan, FilmStep, Shot, Transition
from bot.jobs.job import Job
from bot.store.group_commit import Row, Transaction
from bot.store.rows import job_of
from bot.store.sql_database import SqlDatabase

_COLUMNS = (
    "id, guild_id, user_id, channel_id, created_at, place_id, auto, review_id, title, model, aspect, seconds,"
    " shot_micros, locale, transition, at_place, moves, opened_at"
)
_NAMES = _COLUMNS.replace(" ", "").split(",")
_WAITS = "id = ? AND coalesce(review_id, 0) = ?"


class SqlFilms:
    """Plans of films in the database."""

    def __init__(self, database: SqlDatabase) -> None:
        self._db = database

    async def create(self, film: FilmPlan) -> None:
        values = [getattr(film, name) for name in _NAMES]
        values[_NAMES.index("auto")] = int(film.auto)
        values[_NAMES.index("transition")] = film.transition.value
        marks = ", ".join("?" * len(_NAMES))

        def create(tx: Transaction) -> None:
            tx.run(f"INSERT INTO film ({_COLUMNS}) VALUES ({marks})", values)  # noqa: S608

        await self._db.transaction(create, quick=True)

    async def set_shots(self, film: FilmPlan) -> None:
        def replace(tx: Transaction) -> None:
            changed = tx.run(
                "UPDATE film SET shot_micros = ?, model = ?, aspect = ?, seconds = ?, review_id = NULL"
                " WHERE id = ? AND place_id IS NULL RETURNING id",
                (film.shot_micros, film.model, film.aspect, film.seconds, film.id),
            )
            if not changed:
                raise FilmMoved
            tx.run("DELETE FROM shot WHERE film_id = ?", (film.id,))
            for shot in film.shots:
                tx.run("INSERT INTO shot (film_id, place, prompt) VALUES (?, ?, ?)", (film.id, shot.place, shot.prompt))

        await self._db.transaction(replace, quick=True)

    async def find(self, film_id: str) -> FilmPlan | None:
        films = await self._db.read(lambda tx: _read(tx, "id = ?", (film_id,)))
        return films[0] if films else None

    async def unasked(self) -> list[FilmPlan]:
        return await self._db.read(lambda tx: _read(tx, "place_id IS NOT NULL AND review_id IS NULL", ()))

    async def asked(self, user_id: int) -> list[FilmPlan]:
        return await self._db.read(lambda tx: _read(tx, "user_id = ? AND review_id IS NOT NULL", (user_id,)))

    async def expired(self, now: float) -> list[FilmPlan]:
        return await self._db.read(lambda tx: _read(tx, "created_at < ?", (now - PLAN_LIFE_S,)))

    async def set_review(self, film_id: str, message_id: int) -> bool:
        sql = "UPDATE film SET review_id = ? WHERE id = ? AND review_id IS NULL RETURNING id"
        return bool(await self._db.run(sql, (message_id, film_id)))

    async def opening(self, before: float) -> list[FilmPlan]:
        return await self._db.read(lambda tx: _read(tx, "place_id IS NULL AND opened_at < ?", (before,)))

    async def set_opened(self, film_id: str, review_id: int | None, at: float | None) -> bool:
        sql = f"UPDATE film SET opened_at = ? WHERE {_WAITS} AND place_id IS NULL RETURNING id"  # noqa: S608
        return bool(await self._db.run(sql, (at, film_id, review_id or 0)))

    async def ask_in_thread(self, film_id: str, review_id: int | None, message_id: int) -> bool:
        sql = f"UPDATE film SET review_id = ?, opened_at = NULL WHERE {_WAITS} AND place_id IS NULL RETURNING id"  # noqa: S608
        return bool(await self._db.run(sql, (message_id, film_id, review_id or 0)))

    async def go_to(self, film_id: str, review_id: int | None, place: int) -> bool:
        sql = f"UPDATE film SET at_place = ?, moves = moves + 1, review_id = NULL WHERE {_WAITS} RETURNING id"  # noqa: S608
        return bool(await self._db.run(sql, (place, film_id, review_id or 0)))

    async def set_price(self, film_id: str, shot_micros: int) -> None:
        await self._db.run("UPDATE film SET shot_micros = ? WHERE id = ?", (shot_micros, film_id), quick=True)

    async def set_auto(self, film_id: str, auto: bool) -> None:
        await self._db.run("UPDATE film SET auto = ? WHERE id = ?", (int(auto), film_id))

    async def end(self, film_id: str, review_id: int | None) -> bool:
        return await self._db.transaction(lambda tx: end_film(tx, film_id, review_id), quick=True)


def take_step(tx: Transaction, job_id: str, step: FilmStep) -> None:
    """Make a new job the next take of a shot, or the film that ends its plan. Raise FilmMoved to roll it back."""
    if step.place is None:
        if not end_film(tx, step.film_id, step.review_id):
            raise FilmMoved
        return
    values: list[str | int] = [step.place, step.film_id, step.review_id or 0]
    changes = "review_id = NULL, opened_at = NULL, at_place = ?"
    if step.place_id is not None:
        changes = f"place_id = ?, auto = ?, {changes}"
        values = [step.place_id, int(step.auto), *values]
    started = "place_id IS NULL" if step.place_id is not None else "place_id IS NOT NULL"
    if not tx.run(f"UPDATE film SET {changes} WHERE {_WAITS} AND {started} RETURNING id", values):  # noqa: S608
        raise FilmMoved
    tx.run(
        "UPDATE shot SET job_id = ?, prompt = ?, takes = takes + 1 WHERE film_id = ? AND place = ?",
        (job_id, step.prompt, step.film_id, step.place),
    )


def insert_parts(tx: Transaction, film_id: str, parts: Sequence[FilmPart]) -> None:
    """Store what a film joins, in this order."""
    sql = "INSERT INTO film_part (film_id, place, job_id, from_s, fade_s) VALUES (?, ?, ?, ?, ?)"
    for place, part in enumerate(parts, 1):
        tx.run(sql, (film_id, place, part.job_id, part.from_s, part.fade_s))


def read_parts(tx: Transaction, film_id: str) -> list[tuple[Job, FilmPart]]:
    """Return what a film joins, in its order."""
    parts = tx.run("SELECT job_id, from_s, fade_s FROM film_part WHERE film_id = ? ORDER BY place", (film_id,))
    sql = "SELECT job.* FROM film_part JOIN job ON job.id = film_part.job_id WHERE film_id = ? ORDER BY place"
    jobs = {row["id"]: job_of(row) for row in tx.run(sql, (film_id,))}
    listed = [FilmPart(job_id=row["job_id"], from_s=row["from_s"], fade_s=row["fade_s"]) for row in parts]
    return [(jobs[part.job_id], part) for part in listed if part.job_id in jobs]


def end_film(tx: Transaction, film_id: str, review_id: int | None) -> bool:
    """Delete a plan that waits at a message. Return False if it doesn't any more."""
    if not tx.run(f"DELETE FROM film WHERE {_WAITS} RETURNING id", (film_id, review_id or 0)):  # noqa: S608
        return False
    delete_shots(tx)
    return True


def delete_shots(tx: Transaction) -> None:
    """Delete the shots whose plan is gone."""
    tx.run("DELETE FROM shot WHERE film_id NOT IN (SELECT id FROM film)")


def _read(tx: Transaction, where: str, values: tuple[str | float, ...]) -> list[FilmPlan]:
    rows = tx.run(f"SELECT {_COLUMNS} FROM film WHERE {where} ORDER BY created_at, id", values)  # noqa: S608
    return [_plan(row, tx.run(_SHOTS, (row["id"],))) for row in rows]


_SHOTS = "SELECT place, prompt, job_id, takes FROM shot WHERE film_id = ? ORDER BY place"


def _plan(row: Row, shots: Sequence[Row]) -> FilmPlan:
    values: dict[str, Any] = {name: row[name] for name in _NAMES}
    values |= {"auto": bool(row["auto"]), "transition": Transition(row["transition"])}
    listed = tuple(Shot(place=each[0], prompt=each[1], job_id=each[2], takes=each[3]) for each in shots)
    return FilmPlan(**values, shots=listed)
