"""Contests and their entries."""

from dataclasses import astuple, fields

from bot.ports.contest_results import ContestResult
from bot.ports.contests import Contest, ContestEntry
from bot.store.contest_results import store_result
from bot.store.group_commit import Row, Transaction
from bot.store.sql_database import SqlDatabase

_COLUMNS = ", ".join(field.name for field in fields(Contest))
_MARKS = ", ".join("?" * len(fields(Contest)))
_START = f"INSERT INTO contest ({_COLUMNS}) VALUES ({_MARKS}) ON CONFLICT DO NOTHING RETURNING id"  # noqa: S608
_FIND = f"SELECT {_COLUMNS} FROM contest WHERE"  # noqa: S608
_SAVE = "UPDATE contest SET message_id = ?, tried_at = ?, result = ?, result_tried_at = ? WHERE id = ?"
_ENTRY = "contest_id, user_id, guild_id, job_id, by_star"
_ENTER = (
    f"INSERT INTO contest_entry ({_ENTRY}) VALUES (?, ?, ?, ?, ?) ON CONFLICT (contest_id, user_id)"  # noqa: S608
    " DO UPDATE SET job_id = excluded.job_id, by_star = excluded.by_star"
)


class SqlContests:
    """The tables `contest` and `contest_entry`."""

    def __init__(self, database: SqlDatabase) -> None:
        self._db = database

    async def start(self, contest: Contest) -> bool:
        return bool(await self._db.run(_START, astuple(contest), quick=True))

    async def find(self, contest_id: int) -> Contest | None:
        return _first(await self._db.run(f"{_FIND} id = ?", (contest_id,)))

    async def of_server(self, guild_id: int) -> Contest | None:
        return _first(await self._db.run(f"{_FIND} guild_id = ?", (guild_id,)))

    async def all(self) -> list[Contest]:
        return [_contest(row) for row in await self._db.run(f"{_FIND} 1 = 1 ORDER BY ends_at, id")]

    async def end(self, contest_id: int, at: float) -> None:
        await self._db.run("UPDATE contest SET ends_at = ? WHERE id = ? AND ends_at > ?", (at, contest_id, at))

    async def save(self, contest: Contest) -> None:
        values = (
            contest.message_id, contest.tried_at, contest.result, contest.result_tried_at, contest.id,
        )  # fmt: skip
        await self._db.transaction(lambda tx: tx.run(_SAVE, values))

    async def finish(self, contest_id: int, result: ContestResult | None = None) -> None:
        def finish(tx: Transaction) -> None:
            if result is not None:
                store_result(tx, result)
            tx.run("DELETE FROM contest_entry WHERE contest_id = ?", (contest_id,))
            tx.run("DELETE FROM contest WHERE id = ?", (contest_id,))

        await self._db.transaction(finish)

    async def enter(self, entry: ContestEntry) -> None:
        values = (entry.contest_id, entry.user_id, entry.guild_id, entry.job_id, int(entry.by_star))
        await self._db.run(_ENTER, values)

    async def entry(self, contest_id: int, user_id: int) -> ContestEntry | None:
        found = [each for each in await self.entries(contest_id) if each.user_id == user_id]
        return found[0] if found else None

    async def withdraw(self, contest_id: int, user_id: int) -> None:
        await self._db.run("DELETE FROM contest_entry WHERE contest_id = ? AND user_id = ?", (contest_id, user_id))

    async def entries(self, contest_id: int) -> list[ContestEntry]:
        sql = f"SELECT {_ENTRY} FROM contest_entry WHERE contest_id = ? ORDER BY user_id"  # noqa: S608
        return [
            ContestEntry(contest_id=row[0], user_id=row[1], guild_id=row[2], job_id=row[3], by_star=bool(row[4]))
            for row in await self._db.run(sql, (contest_id,))
        ]


def _contest(row: Row) -> Contest:
    return Contest(**dict(zip(row.keys(), tuple(row), strict=True)))


def _first(rows: list[Row]) -> Contest | None:
    return _contest(rows[0]) if rows else None
