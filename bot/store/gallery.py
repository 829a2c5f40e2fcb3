"""Stars, and the posts in servers' galleries."""

import json
from collections.abc import Collection
from dataclasses import astuple, fields

from bot.jobs.job import Job
from bot.ports.gallery import Shown, Star, Starred
from bot.store.dialect import AMONG
from bot.store.group_commit import Row, Transaction
from bot.store.rows import job_of
from bot.store.sql_database import SqlDatabase
from bot.store.video_pages import jobs_in_order

_STAR = ", ".join(field.name for field in fields(Star))
_ADD = f"INSERT INTO star ({_STAR}) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"  # noqa: S608
_PLACE = "coalesce(job.result_channel_id, job.channel_id)"
# A star isn't older than its video, so the index of stars by time is enough.
_SINCE = (
    "star JOIN job ON job.id = star.job_id AND coalesce(job.result_message_id, job.shared_message_id) = star.message_id"
    " WHERE star.guild_id = ? AND star.at >= ? AND job.delivered_at >= ? AND job.deleted_at IS NULL"
    f" AND {_PLACE} IN {AMONG}"
)
_SHOWN = ", ".join(field.name for field in fields(Shown))
_STAYS = "coalesce(shown.removed_at, excluded.removed_at)"  # what one process removes, another doesn't show again
_SET = ", ".join(
    f"{field.name} = {_STAYS if field.name == 'removed_at' else f'excluded.{field.name}'}" for field in fields(Shown)
)
_SAVE = f"INSERT INTO shown ({_SHOWN}) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (job_id) DO UPDATE SET {_SET}"  # noqa: S608
_FIND = f"SELECT {_SHOWN} FROM shown WHERE"  # noqa: S608


class SqlStars:
    """The table `star`."""

    def __init__(self, database: SqlDatabase) -> None:
        self._db = database

    async def add(self, star: Star) -> None:
        await self._db.run(_ADD, astuple(star))

    async def remove(self, message_id: int, user_id: int) -> str | None:
        sql = "DELETE FROM star WHERE message_id = ? AND user_id = ? RETURNING job_id"
        rows = await self._db.run(sql, (message_id, user_id))
        return rows[0][0] if rows else None

    async def clear(self, message_id: int) -> str | None:
        rows = await self._db.run("DELETE FROM star WHERE message_id = ? RETURNING job_id", (message_id,))
        return rows[0][0] if rows else None

    async def replace(self, job: Job, user_ids: Collection[int], now: float) -> None:
        message_id = job.post.message_id or 0

        def replace(tx: Transaction) -> None:
            gone = f"DELETE FROM star WHERE message_id = ? AND user_id NOT IN {AMONG}"  # noqa: S608
            tx.run(gone, (message_id, json.dumps(sorted(user_ids))))
            for user_id in sorted(user_ids):
                tx.run(_ADD, (message_id, user_id, job.id, job.guild_id, now))

        await self._db.transaction(replace)

    async def count(self, job: Job) -> int:
        rows = await self._db.run("SELECT count(*) FROM star WHERE message_id = ?", (job.post.message_id or 0,))
        return int(rows[0][0])

    async def unshown(self, since: float) -> list[Starred]:
        rows = await self._db.run(
            "SELECT star.job_id, star.guild_id, count(*) FROM star JOIN job ON job.id = star.job_id"
            " AND coalesce(job.result_message_id, job.shared_message_id) = star.message_id"
            " WHERE star.job_id IN (SELECT job_id FROM star WHERE at >= ?)"
            " AND NOT EXISTS (SELECT 1 FROM shown WHERE shown.job_id = star.job_id)"
            " GROUP BY star.job_id, star.guild_id",
            (since,),
        )
        return [Starred(job_id=row[0], guild_id=row[1], stars=row[2]) for row in rows]

    async def recent(self, guild_id: int, since: float, limit: int) -> list[Job]:
        rows = await self._db.run(
            "SELECT * FROM job WHERE id IN (SELECT job_id FROM video WHERE guild_id = ? AND delivered_at >= ?"
            " ORDER BY delivered_at DESC LIMIT ?) ORDER BY delivered_at DESC",
            (guild_id, since, limit),
        )
        return [job_of(row) for row in rows]

    async def channels(self, guild_id: int, known: Collection[int], since: float) -> list[int]:
        sql = f"SELECT DISTINCT {_PLACE} FROM {_SINCE}"  # noqa: S608
        rows = await self._db.run(sql, (guild_id, since, since, json.dumps(sorted(known))))
        return [row[0] for row in rows]

    async def top(self, guild_id: int, channels: Collection[int], since: float, limit: int) -> list[tuple[Job, int]]:
        def top(tx: Transaction) -> list[tuple[Job, int]]:
            rows = tx.run(
                f"SELECT job.id, count(*) FROM {_SINCE} GROUP BY job.id, job.delivered_at"  # noqa: S608
                " ORDER BY count(*) DESC, job.delivered_at, job.id LIMIT ?",
                (guild_id, since, since, json.dumps(sorted(channels)), limit),
            )
            jobs = jobs_in_order(tx, [row[0] for row in rows])
            return [(job, row[1]) for job, row in zip(jobs, rows, strict=True)]

        return await self._db.transaction(top)


class SqlGallery:
    """The table `shown`."""

    def __init__(self, database: SqlDatabase) -> None:
        self._db = database

    async def find(self, job_id: str) -> Shown | None:
        return _first(await self._db.run(f"{_FIND} job_id = ?", (job_id,)))

    async def by_message(self, message_id: int) -> Shown | None:
        return _first(await self._db.run(f"{_FIND} message_id = ?", (message_id,)))

    async def save(self, shown: Shown) -> None:
        await self._db.transaction(lambda tx: tx.run(_SAVE, astuple(shown)))

    async def drop(self, job_id: str) -> None:
        await self._db.run("DELETE FROM shown WHERE job_id = ?", (job_id,))

    async def due(self, now: float) -> list[Shown]:
        return [_shown(row) for row in await self._db.run(f"{_FIND} due_at <= ? ORDER BY due_at", (now,))]

    async def of_server(self, guild_id: int, limit: int) -> list[Shown]:
        sql = f"{_FIND} guild_id = ? AND removed_at IS NULL ORDER BY tried_at DESC LIMIT ?"
        return [_shown(row) for row in await self._db.run(sql, (guild_id, limit))]


def _shown(row: Row) -> Shown:
    return Shown(**dict(zip(row.keys(), tuple(row), strict=True)))


def _first(rows: list[Row]) -> Shown | None:
    return _shown(rows[0]) if rows else None
