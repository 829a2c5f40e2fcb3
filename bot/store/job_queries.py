"""Lists of jobs in SQLite, for lists, suggestions and family trees. Read-only."""

from collections.abc import Collection

from bot.jobs.job import ENDED, Job
from bot.store.database import Database
from bot.store.group_commit import Value
from bot.store.rows import job_of

_PLACE = "coalesce(result_channel_id, channel_id)"
_VISIBLE = "guild_id = ? AND delivered_at IS NOT NULL AND deleted_at IS NULL"


class SqlJobQueries:
    """Lists of jobs in SQLite."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def channels(self, guild_id: int) -> list[int]:
        rows = await self._db.run(f"SELECT DISTINCT {_PLACE} FROM job WHERE {_VISIBLE}", (guild_id,))  # noqa: S608
        return [row[0] for row in rows]

    async def videos(
        self,
        guild_id: int,
        channels: Collection[int],
        *,
        member_id: int | None = None,
        for_user: int | None = None,
        words: str = "",
        limit: int,
        offset: int = 0,
    ) -> list[Job]:
        where, values = _filter(guild_id, channels, member_id, for_user, words)
        rows = await self._db.run(
            f"SELECT * FROM job WHERE {where} ORDER BY delivered_at DESC LIMIT ? OFFSET ?",  # noqa: S608
            (*values, limit, offset),
        )
        return [job_of(row) for row in rows]

    async def count(self, guild_id: int, channels: Collection[int], *, member_id: int | None = None) -> int:
        where, values = _filter(guild_id, channels, member_id, None, "")
        (row,) = await self._db.run(f"SELECT count(*) FROM job WHERE {where}", values)  # noqa: S608
        return int(row[0])

    async def of_member(self, guild_id: int, user_id: int, *, limit: int, offset: int = 0) -> list[Job]:
        marks = ", ".join("?" * len(ENDED))
        rows = await self._db.run(
            f"SELECT * FROM job WHERE guild_id = ? AND user_id = ? AND state <> 'abandoned'"  # noqa: S608
            f" ORDER BY state IN ({marks}), created_at DESC LIMIT ? OFFSET ?",
            (guild_id, user_id, *ENDED, limit, offset),
        )
        return [job_of(row) for row in rows]

    async def count_of_member(self, guild_id: int, user_id: int) -> int:
        (row,) = await self._db.run(
            "SELECT count(*) FROM job WHERE guild_id = ? AND user_id = ? AND state <> 'abandoned'",
            (guild_id, user_id),
        )
        return int(row[0])

    async def family(self, guild_id: int, root_id: str, limit: int) -> list[Job]:
        rows = await self._db.run(
            "SELECT * FROM job WHERE root_id = ? AND guild_id = ? ORDER BY created_at, id LIMIT ?",
            (root_id, guild_id, limit),
        )
        return [job_of(row) for row in rows]


def _filter(
    guild_id: int, channels: Collection[int], member_id: int | None, for_user: int | None, words: str
) -> tuple[str, list[Value]]:
    where = [_VISIBLE, f"{_PLACE} IN ({', '.join('?' * len(channels))})"]
    values: list[Value] = [guild_id, *channels]
    if member_id is not None:
        where.append("user_id = ?")
        values.append(member_id)
    if for_user is not None:
        where.append("(no_remix = 0 OR user_id = ?)")
        values.append(for_user)
    for word in words.split()[:8]:
        plain = word[:60].replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
        where.append(r"(prompt LIKE ? ESCAPE '\' OR code LIKE ? ESCAPE '\')")
        values += [f"%{plain}%", f"{plain}%"]
    return " AND ".join(where), values
