"""Read the waiting and running jobs for the fair queue."""

import json
from collections.abc import Collection

from bot.jobs.queue import ConcurrencyLimit, QueueEntry, QueueSnapshot
from bot.jobs.server_settings import ServerSettings, settings_from_dict
from bot.store.dialect import AMONG
from bot.store.group_commit import Row, Transaction

COLUMNS = "id, account, guild_id, user_id, created_at"
# Without jobs in backoff, orders that can still be undone, and remixes of unfinished videos: none could use a slot.
WAITING = f"""
SELECT {COLUMNS} FROM job WHERE state = 'accepted' AND account = ?
AND (tries = 0 OR lease_until IS NOT NULL OR due_at <= ?) AND (send_after IS NULL OR send_after <= ?)
AND NOT EXISTS (
    SELECT 1 FROM job AS source WHERE source.id = job.parent_id AND coalesce(source.outcome, '') <> 'succeeded'
    AND source.state IN (
        'received', 'accepted', 'submitting', 'submit_unknown', 'polling', 'downloading', 'delivering'
    )
)
"""  # noqa: S608
_RUNNING = f"SELECT {COLUMNS} FROM job WHERE state IN ('submitting', 'polling')"  # noqa: S608


def read_queue(tx: Transaction, account: str, now: float) -> QueueSnapshot:
    """Read the jobs of an account that could start now, and the running jobs of every account."""
    waiting = [entry_of(row) for row in tx.run(WAITING, (account, now, now))]
    running = [entry_of(row) for row in tx.run(_RUNNING)]
    return QueueSnapshot(
        waiting=waiting, running=running, at_once=at_once_of(tx, {entry.guild_id for entry in waiting})
    )


def at_once_of(tx: Transaction, guild_ids: Collection[int]) -> dict[int, ConcurrencyLimit]:
    """Read how many jobs servers let run at once."""
    defaults = ServerSettings()
    limits = dict.fromkeys(
        guild_ids, ConcurrencyLimit(member=defaults.jobs_per_member, server=defaults.jobs_per_server)
    )
    sql = f"SELECT guild_id, rules FROM server WHERE guild_id IN {AMONG}"  # noqa: S608
    for guild_id, text in tx.run(sql, (json.dumps(sorted(guild_ids)),)):
        rules = settings_from_dict(json.loads(text))
        limits[guild_id] = ConcurrencyLimit(member=rules.jobs_per_member, server=rules.jobs_per_server)
    return limits


def accounts_waiting(tx: Transaction) -> list[str]:
    return [row[0] for row in tx.run("SELECT DISTINCT account FROM job WHERE state = 'accepted'")]


def entry_of(row: Row) -> QueueEntry:
    return QueueEntry(job_id=row[0], account=row[1], guild_id=row[2], user_id=row[3], requested_at=row[4])
