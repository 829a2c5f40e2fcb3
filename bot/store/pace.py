"""The slots of an account's requests, in one row of PostgreSQL: several workers keep to one rate together.

The time is the server's, so that the clocks of the workers don't matter. The table is unlogged: taking a slot doesn't
wait for the disk, and after a crash of the server the schedule begins at once.
"""

from bot.store.sql_database import SqlDatabase

_NOW = "CAST(extract(epoch FROM clock_timestamp()) AS DOUBLE PRECISION)"
# When the next slot is. A row that is too far ahead was written before the server's clock was set back.
_NEXT = f"CASE WHEN pace.next_at BETWEEN {_NOW} AND {_NOW} + ? THEN pace.next_at ELSE {_NOW} END"
# Behind the polls that have slots, if that is at most 2 s; a slow account's may be far ahead.
_PAID = f"least({_NEXT}, greatest(pace.paid_at, {_NOW} + 2.0))"
_INSERT = f"INSERT INTO pace (account, next_at, paid_at) VALUES (?, {_NOW} + ?, {_NOW} + ?)"  # noqa: S608
_TAKE = f"{_INSERT} ON CONFLICT (account) DO UPDATE SET next_at = {_NEXT} + ? RETURNING next_at - ? - {_NOW}"
_TAKE_PAID = (
    f"{_INSERT} ON CONFLICT (account) DO UPDATE SET next_at = {_NEXT} + ?, paid_at = {_PAID} + ?"
    f" WHERE {_PAID} <= {_NOW} + ? RETURNING paid_at - ? - {_NOW}"
)
_MAX_AHEAD_S, _MAX_WORKERS = 60.0, 64


class SqlPace:
    """See the port `Pace`. Only on PostgreSQL: the one process of a SQLite file counts in its memory."""

    def __init__(self, database: SqlDatabase) -> None:
        self._db = database

    async def take_slots(self, account: str, interval_s: float, slots: int) -> float:
        takes_s = slots * interval_s
        values = (account, takes_s, 0.0, _ahead_s(takes_s), takes_s, takes_s)
        ((wait_s,),) = await self._db.run(_TAKE, values, quick=True)
        return max(0.0, float(wait_s))

    async def take_paid_slot(self, account: str, interval_s: float, max_wait_s: float) -> float | None:
        ahead_s = _ahead_s(interval_s)
        changes = (ahead_s, interval_s, ahead_s, interval_s)
        values = (account, interval_s, interval_s, *changes, ahead_s, max_wait_s, interval_s)
        rows = await self._db.run(_TAKE_PAID, values, quick=True)
        return max(0.0, float(rows[0][0])) if rows else None


def _ahead_s(takes_s: float) -> float:
    """Return how far ahead a schedule may be: each worker takes slots once the last are used."""
    return _MAX_AHEAD_S + _MAX_WORKERS * takes_s
