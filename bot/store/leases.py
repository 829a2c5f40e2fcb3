"""Renew and end the leases of all jobs that a worker has in hand, in one statement."""

import json
from collections.abc import Collection

from bot.ports.job_store import Held
from bot.store.sql_database import SqlDatabase

# The ids alone would be enough for the index, the pairs alone for the fences.
_IN_HAND = (
    " WHERE lease_until IS NOT NULL AND due_at IS NOT NULL AND id IN (SELECT value FROM json_each(?))"
    " AND id || ':' || fence IN (SELECT value FROM json_each(?))"
)
_SET = (
    "SET lease_until = CASE WHEN lease_until > ? THEN lease_until ELSE ? END,"
    " due_at = CASE WHEN lease_until > ? THEN due_at ELSE ? END"
)
_RENEW = f"UPDATE job {_SET} {_IN_HAND} RETURNING id, fence"
_END = "UPDATE job SET lease_until = NULL, due_at = ?" + _IN_HAND + " AND state <> 'submitting' RETURNING id"  # noqa: S608


async def renew_leases(database: SqlDatabase, held: Collection[Held], until: float) -> set[Held]:
    """Lease jobs until then. Return those that still have their fence and a lease: see the port."""
    rows = await database.run(_RENEW, (until, until, until, until, *_lists(held)), quick=True)
    return {(row[0], row[1]) for row in rows}


async def end_leases(database: SqlDatabase, held: Collection[Held], now: float) -> None:
    """Make jobs due for other workers: see the port."""
    await database.run(_END, (now, *_lists(held)), quick=True)


def _lists(held: Collection[Held]) -> tuple[str, str]:
    ids = sorted(job_id for job_id, _ in held)
    return json.dumps(ids), json.dumps([f"{job_id}:{fence}" for job_id, fence in held])
