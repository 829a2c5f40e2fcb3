"""Refused requests in SQLite, so that their author can edit and retry them, also after a restart."""

from dataclasses import astuple, fields

from bot.jobs.job import Kind
from bot.ports.drafts import RefusedRequest
from bot.store.sql_database import SqlDatabase

DRAFTS_KEPT_S = 86_400.0
_COLUMNS = ", ".join(field.name for field in fields(RefusedRequest))
_MARKS = ", ".join("?" * len(fields(RefusedRequest)))


class SqlDrafts:
    """The table `draft`. Rows older than a day are deleted with the next one that is saved, and hourly."""

    def __init__(self, database: SqlDatabase) -> None:
        self._db = database

    async def save(self, draft: RefusedRequest) -> int:
        await self._db.run("DELETE FROM draft WHERE created_at < ?", (draft.created_at - DRAFTS_KEPT_S,), quick=True)
        sql = f"INSERT INTO draft ({_COLUMNS}) VALUES ({_MARKS}) RETURNING id"  # noqa: S608
        ((draft_id,),) = await self._db.run(sql, astuple(draft), quick=True)
        return int(draft_id)

    async def find(self, draft_id: int, now: float) -> RefusedRequest | None:
        sql = f"SELECT {_COLUMNS} FROM draft WHERE id = ? AND created_at >= ?"  # noqa: S608
        for row in await self._db.run(sql, (draft_id, now - DRAFTS_KEPT_S)):
            values = dict(zip(row.keys(), tuple(row), strict=True))
            return RefusedRequest(**{**values, "kind": Kind(values["kind"])})
        return None
