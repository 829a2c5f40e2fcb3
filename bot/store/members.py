"""Display names and languages of members."""

import json
from collections.abc import Collection

from bot.store.dialect import AMONG
from bot.store.sql_database import SqlDatabase


class SqlMemberRepository:
    """The table `person`. Written only when a name or locale has changed."""

    def __init__(self, database: SqlDatabase) -> None:
        self._db = database
        self._known: dict[tuple[int, int], tuple[str, str | None]] = {}

    async def record(self, guild_id: int, user_id: int, name: str, now: float, locale: str | None = None) -> None:
        before = self._known.get((guild_id, user_id))
        locale = locale or (before[1] if before is not None else None)
        if before == (name, locale):
            return
        if len(self._known) > 10_000:
            self._known.clear()
        await self._db.run(
            "INSERT INTO person (guild_id, user_id, name, seen_at, locale) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (guild_id, user_id) DO UPDATE SET name = excluded.name, seen_at = excluded.seen_at,"
            " locale = coalesce(excluded.locale, person.locale)",
            (guild_id, user_id, name, now, locale),
            quick=True,
        )
        self._known[guild_id, user_id] = (name, locale)

    async def locale(self, guild_id: int, user_id: int) -> str | None:
        sql = "SELECT locale FROM person WHERE guild_id = ? AND user_id = ?"
        rows = await self._db.run(sql, (guild_id, user_id))
        return rows[0][0] if rows else None

    async def names(self, guild_id: int, user_ids: Collection[int]) -> dict[int, str]:
        rows = await self._db.run(
            f"SELECT user_id, name FROM person WHERE guild_id = ? AND user_id IN {AMONG}",  # noqa: S608
            (guild_id, json.dumps(sorted(user_ids))),
        )
        return {row[0]: row[1] for row in rows}
