"""The slots of an account's requests, in one row of PostgreSQL: several workers keep to one rate together.

The time is the server's, so that the clocks of the workers don't matter. The table is unlogged: taking a slot doesn't
wait for the disk, and after a crash of the server the schedule begins at once.
"""

from bot.store.sql_database import SqlDatabase

_NOW = "CAST(extract(epoch FROM clock_timestamp()) AS DOUBLE PRECISION)"
# When the next slot is. A row that is too far ahead was written before the server's clock was set back.
_NEXT = f"CASE WHEN pace.next_at BETWEEN {_NOW} AND {_NOW} + ? THEN pace.next_at ELSE {_NOW} END"
_TAKE = (
    f"INSERT INTO pace (account, next_at) VALUES (?, {_NOW} + ?)"  # noqa: S608
    f" ON CONFLICT (account) DO UPDATE SET next_at = {_NEXT} + ? WHERE {_NEXT} <= {_NOW} + ?"
    f" RETURNING next_at - ? - {_NOW}"
)
_MAX_AHEAD_S = 60.0  # more than any request waits for its slot


class SqlPace:
    """See the port `Pace`. Only on PostgreSQL: the one process of a SQLite file counts in its memory."""

    def __init__(self, database: SqlDatabase) -> None:
        self._db = database

    async def take_slots(
        self, account: str, interval_s: float, slots: int, *, within_s: float, spare_s: float = 0.0
    ) -> float | None:
        takes_s = slots * interval_s + spare_s
        ahead_s = _MAX_AHEAD_S + takes_s
        values = (account, takes_s, ahead_s, takes_s, ahead_s, within_s, takes_s)
        rows = await self._db.run(_TAKE, values, quick=True)
        return max(0.0, float(rows[0][0])) if rows else None
