"""Posted results of contests."""

from bot.jobs.server_settings import DELETED_PROMPT
from bot.ports.contest_results import ContestResult, ResultLine, Shows
from bot.store.group_commit import Transaction
from bot.store.sql_database import SqlDatabase

_ALLOWED = (
    "CASE WHEN job.user_id = 0 OR EXISTS (SELECT 1 FROM forget WHERE forget.user_id = job.user_id"  # noqa: S608
    f" AND forget.at >= job.created_at) THEN {Shows.NOTHING.value}"
    f" WHEN job.deleted_at IS NOT NULL OR job.prompt = '{DELETED_PROMPT}' THEN {Shows.MEMBER.value}"
    f" ELSE {Shows.EVERYTHING.value} END"
)
_LINES = f"SELECT line.job_id, line.stars, {_ALLOWED} FROM contest_line AS line JOIN job ON job.id = line.job_id"  # noqa: S608
_OUTDATED = (
    "SELECT message_id, guild_id, channel_id, theme, winners FROM contest_result AS result"  # noqa: S608
    " WHERE due_at <= ? OR (due_at IS NULL AND EXISTS (SELECT 1 FROM contest_line AS line"
    f" JOIN job ON job.id = line.job_id WHERE line.message_id = result.message_id AND line.shows <> {_ALLOWED}))"
)


class SqlContestResults:
    """The tables `contest_result` and `contest_line`."""

    def __init__(self, database: SqlDatabase) -> None:
        self._db = database

    async def outdated(self, now: float) -> list[ContestResult]:
        def read(tx: Transaction) -> list[ContestResult]:
            found: list[ContestResult] = []
            for row in tx.run(_OUTDATED, (now,)):
                lines = tx.run(f"{_LINES} WHERE line.message_id = ? ORDER BY line.place", (row[0],))
                found.append(
                    ContestResult(
                        message_id=row[0],
                        guild_id=row[1],
                        channel_id=row[2],
                        theme=row[3],
                        winners=row[4],
                        lines=tuple(ResultLine(job_id=each[0], stars=each[1], shows=Shows(each[2])) for each in lines),
                    )
                )  # fmt: skip
            return found

        return await self._db.transaction(read)

    async def save(self, result: ContestResult) -> None:
        def save(tx: Transaction) -> None:
            tx.run("UPDATE contest_result SET due_at = ? WHERE message_id = ?", (result.due_at, result.message_id))
            for line in result.lines:
                tx.run(
                    "UPDATE contest_line SET shows = ? WHERE message_id = ? AND job_id = ?",
                    (line.shows.value, result.message_id, line.job_id),
                )

        await self._db.transaction(save)

    async def drop(self, message_id: int) -> None:
        def drop(tx: Transaction) -> None:
            for table in ("contest_line", "contest_result"):
                tx.run(f"DELETE FROM {table} WHERE message_id = ?", (message_id,))  # noqa: S608

        await self._db.transaction(drop)


def store_result(tx: Transaction, result: ContestResult) -> None:
    """Store a result that was just posted."""
    tx.run(
        "INSERT INTO contest_result (message_id, guild_id, channel_id, theme, winners, due_at)"
        " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        (result.message_id, result.guild_id, result.channel_id, result.theme, result.winners, result.due_at),
    )
    for place, line in enumerate(result.lines, 1):
        tx.run(
            "INSERT INTO contest_line (message_id, place, guild_id, job_id, stars, shows) VALUES (?, ?, ?, ?, ?, ?)"
            " ON CONFLICT DO NOTHING",
            (result.message_id, place, result.guild_id, line.job_id, line.stars, line.shows.value),
        )
