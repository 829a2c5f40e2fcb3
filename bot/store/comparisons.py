"""Votes of comparisons in SQLite."""

from collections import defaultdict
from collections.abc import Mapping

from bot.jobs.job import Job
from bot.ports.comparisons import Wins
from bot.store.group_commit import Transaction
from bot.store.sql_database import SqlDatabase

_PAIR = 2


class SqlComparisons:
    """The table `vote`, and what it means for the jobs of comparisons."""

    def __init__(self, database: SqlDatabase) -> None:
        self._db = database

    async def vote(self, job: Job, user_id: int, now: float) -> bool:
        bundle_id = job.bundle.bundle_id or ""

        def vote(tx: Transaction) -> bool:
            sql = "DELETE FROM vote WHERE bundle_id = ? AND user_id = ? RETURNING job_id"
            before = tx.run(sql, (bundle_id, user_id))
            if before and before[0][0] == job.id:
                return False
            tx.run(
                "INSERT INTO vote (bundle_id, user_id, job_id, guild_id, at) VALUES (?, ?, ?, ?, ?)",
                (bundle_id, user_id, job.id, job.guild_id, now),
            )
            return True

        return await self._db.transaction(vote, quick=True)

    async def votes(self, bundle_id: str) -> Mapping[str, int]:
        sql = "SELECT job_id, count(*) FROM vote WHERE bundle_id = ? GROUP BY job_id"
        return {row[0]: row[1] for row in await self._db.run(sql, (bundle_id,))}

    async def due(self, before: float) -> list[str]:
        sql = (
            "SELECT DISTINCT bundle_id FROM job WHERE compared = 1 AND revealed_at IS NULL AND created_at < ?"
            " AND bundle_place = 1"
        )
        return [row[0] for row in await self._db.run(sql, (before,))]

    async def revealed(self, since: float) -> list[str]:
        sql = "SELECT DISTINCT bundle_id FROM job WHERE compared = 1 AND revealed_at >= ? AND bundle_place = 1"
        return [row[0] for row in await self._db.run(sql, (since,))]

    async def wins(self, guild_id: int) -> Mapping[str, Wins]:
        rows = await self._db.run(
            "SELECT job.bundle_id, job.model, count(vote.user_id) FROM job LEFT JOIN vote ON vote.job_id = job.id"
            " WHERE job.guild_id = ? AND job.compared = 1 AND job.revealed_at IS NOT NULL"
            " AND job.delivered_at IS NOT NULL GROUP BY job.id, job.bundle_id, job.model",
            (guild_id,),
        )
        pairs: defaultdict[str, dict[str, int]] = defaultdict(dict)
        for bundle_id, model, votes in rows:
            pairs[bundle_id][model] = votes
        won: defaultdict[str, int] = defaultdict(int)
        compared: defaultdict[str, int] = defaultdict(int)
        for pair in (pair for pair in pairs.values() if len(pair) == _PAIR):
            most = max(pair.values())
            for model, votes in pair.items():
                compared[model] += 1
                won[model] += votes == most and min(pair.values()) < most
        return {model: Wins(won=won[model], compared=count) for model, count in compared.items()}
