"""Pauses of accounts as flags in PostgreSQL: the number of pauses in a row, at the time of the end."""

from collections.abc import Mapping

from bot.store.sql_database import SqlDatabase

_PREFIX, _AFTER = "pause:", "pause;"  # the range of the names
_PAUSE = (
    "INSERT INTO fact (name, value, at) VALUES (?, '1', ?) ON CONFLICT (name) DO UPDATE"
    " SET value = CAST(CAST(fact.value AS INTEGER) + 1 AS TEXT),"
    " at = ? + least(?, ? * power(2, least(CAST(fact.value AS INTEGER), 10)))"
    " WHERE fact.at <= ? RETURNING at"
)
_WAIT = (
    "INSERT INTO fact (name, value, at) VALUES (?, '0', ?)"
    " ON CONFLICT (name) DO UPDATE SET at = greatest(fact.at, excluded.at)"
)


class SqlAccountPauses:
    """See the port `AccountPauses`. Only on PostgreSQL: one process alone keeps them in its memory."""

    def __init__(self, database: SqlDatabase) -> None:
        self._db = database

    async def pause(self, account: str, now: float, *, first_s: float, max_s: float) -> tuple[float, bool]:
        name = f"{_PREFIX}{account}"
        rows = await self._db.run(_PAUSE, (name, now + first_s, now, max_s, first_s, now))
        if rows:
            return float(rows[0][0]), True
        known = await self._db.run("SELECT at FROM fact WHERE name = ?", (name,))
        return (float(known[0][0]) if known else now), False

    async def wait_until(self, account: str, until: float) -> None:
        await self._db.run(_WAIT, (f"{_PREFIX}{account}", until))

    async def end(self, account: str) -> None:
        await self._db.run("DELETE FROM fact WHERE name = ?", (f"{_PREFIX}{account}",))

    async def ends(self, now: float) -> Mapping[str, float]:
        sql = "SELECT name, at FROM fact WHERE name >= ? AND name < ? AND at > ?"
        rows = await self._db.run(sql, (_PREFIX, _AFTER, now))
        return {row[0].removeprefix(_PREFIX): float(row[1]) for row in rows}
