"""Turns in PostgreSQL: which waiting jobs of an account may be sent, decided in one transaction at a time.

A turn is a row. The transaction that commits the intent of a paid request deletes it, so no job is sent without one,
and each counts once: with its turn, or as running. A turn lapses, but not while a worker has its job.
"""

import json
from collections import Counter
from collections.abc import Collection, Sequence

from bot.jobs.job import Job
from bot.jobs.queue import ConcurrencyLimit, QueueEntry, QueueSnapshot
from bot.ports.turns import Order, TurnLapsed
from bot.store.dialect import AMONG
from bot.store.group_commit import Transaction
from bot.store.queue_snapshot import COLUMNS, WAITING, at_once_of, entry_of
from bot.store.sql_database import SqlDatabase

LAPSE_S = 60.0
_NO_TURN = " AND NOT EXISTS (SELECT 1 FROM turn WHERE turn.job_id = job.id AND turn.account = job.account)"
_WAITING = f"{WAITING}{_NO_TURN}"
# No more of a member's jobs than the account has room for can be chosen.
_FIRST_OF_MEMBERS = (
    f"SELECT {COLUMNS} FROM (SELECT queued.*, row_number() OVER ("  # noqa: S608
    f"PARTITION BY guild_id, user_id ORDER BY created_at, id) AS place FROM ({_WAITING}) AS queued) AS placed"
    " WHERE place <= ?"
)
# One statement, so that a job which is sent meanwhile is seen once. A request whose answer was lost may run there.
_RUNNING = (
    f"SELECT {COLUMNS} FROM job WHERE state IN ('submitting', 'submit_unknown', 'polling')"  # noqa: S608
    " UNION ALL SELECT job.id, job.account, job.guild_id, job.user_id, job.created_at"
    " FROM turn JOIN job ON job.id = turn.job_id AND job.account = turn.account"
    " WHERE job.state = 'accepted'"
)
# Before its paid request a job may upload pictures for minutes, while its worker renews its lease.
_LAPSE = (
    "DELETE FROM turn WHERE account = ? AND given_at <= ?"
    " AND NOT EXISTS (SELECT 1 FROM job WHERE job.id = turn.job_id AND job.lease_until > ?)"
)
_HOLDERS = (
    "SELECT turn.job_id FROM turn JOIN job ON job.id = turn.job_id AND job.account = turn.account"
    " WHERE job.state = 'accepted' AND turn.account = ?"
)
_GIVE = (
    "INSERT INTO turn (job_id, account, given_at) SELECT value, ?, ? FROM json_each(?) WHERE TRUE"
    " ON CONFLICT (job_id) DO UPDATE SET account = excluded.account, given_at = excluded.given_at"
)
_MAKE_DUE = (
    "UPDATE job SET due_at = ? WHERE id IN (SELECT value FROM json_each(?)) AND state = 'accepted'"
    " AND lease_until IS NULL AND due_at > ?"
)
_RECORD = (
    "INSERT INTO member_turn (guild_id, user_id, at) VALUES (?, ?, ?)"
    " ON CONFLICT (guild_id, user_id) DO UPDATE SET at = excluded.at"
)
_SUBMISSIONS = f"SELECT guild_id, user_id, at FROM member_turn WHERE guild_id IN {AMONG}"  # noqa: S608


class SqlTurns:
    """See the port `Turns`. Only on PostgreSQL: the one process of a SQLite file decides in its memory."""

    def __init__(self, database: SqlDatabase) -> None:
        self._db = database

    async def give(self, account: str, jobs_at_once: int, now: float, order: Order) -> frozenset[str] | None:
        def give(tx: Transaction) -> frozenset[str] | None:
            if not tx.try_lock(f"turns:{account}"):
                return None
            tx.run(_LAPSE, (account, now - LAPSE_S, now))
            running = _running(tx)
            room = jobs_at_once - sum(entry.account == account for entry in running)
            waiting = (
                [entry_of(row) for row in tx.run(_FIRST_OF_MEMBERS, (account, now, now, room))] if room > 0 else []
            )
            if waiting:
                snapshot = _snapshot(tx, waiting, running)
                chosen = [*order(snapshot)][:room]
                _give(tx, account, _allowed(tx, snapshot, chosen), now)
            return frozenset(row[0] for row in tx.run(_HOLDERS, (account,)))

        return await self._db.transaction(give)

    async def give_back(self, job_id: str) -> None:
        await self._db.run("DELETE FROM turn WHERE job_id = ?", (job_id,))

    async def make_due(self, job_id: str, now: float) -> None:
        sql = f"{_MAKE_DUE} AND EXISTS (SELECT 1 FROM turn WHERE turn.job_id = job.id AND turn.account = job.account)"  # noqa: S608
        await self._db.run(sql, (now, json.dumps([job_id]), now))

    async def snapshot(self, account: str, now: float) -> QueueSnapshot:
        def read(tx: Transaction) -> QueueSnapshot:
            waiting = [entry_of(row) for row in tx.run(_WAITING, (account, now, now))]
            return _snapshot(tx, waiting, _running(tx))

        return await self._db.read(read)


def use_turn(tx: Transaction, job: Job, now: float) -> None:
    """End a job's turn because its paid request is committed in this transaction. Raise TurnLapsed if it has none."""
    if not tx.run("DELETE FROM turn WHERE job_id = ? AND account = ? RETURNING job_id", (job.id, job.account)):
        raise TurnLapsed
    tx.run(_RECORD, (job.guild_id, job.user_id, now))


def _running(tx: Transaction) -> list[QueueEntry]:
    """Return the jobs at their providers and those with a turn, of every account."""
    return [entry_of(row) for row in tx.run(_RUNNING)]


def _snapshot(tx: Transaction, waiting: Sequence[QueueEntry], running: Sequence[QueueEntry]) -> QueueSnapshot:
    guilds = sorted({entry.guild_id for entry in waiting})
    submissions = {(row[0], row[1]): int(row[2] * 1e6) for row in tx.run(_SUBMISSIONS, (json.dumps(guilds),))}
    return QueueSnapshot(waiting=waiting, running=running, at_once=at_once_of(tx, guilds), last_submissions=submissions)


def _allowed(tx: Transaction, snapshot: QueueSnapshot, chosen: Sequence[str]) -> list[str]:
    """Return those of the chosen jobs that the limits of their servers allow, while no other account gives turns there.

    Another account may have given turns to the same members since the snapshot.
    """
    entries = {entry.job_id: entry for entry in snapshot.waiting}
    limited = {entry.guild_id for entry in map(entries.__getitem__, chosen) if _limit(snapshot, entry) is not None}
    for guild_id in sorted(limited):
        tx.lock(f"turns:server:{guild_id}")
    running = _running(tx) if limited else []
    servers = Counter(entry.guild_id for entry in running)
    members = Counter((entry.guild_id, entry.user_id) for entry in running)
    allowed: list[str] = []
    for entry in map(entries.__getitem__, chosen):
        limit, member = _limit(snapshot, entry) or ConcurrencyLimit(), (entry.guild_id, entry.user_id)
        if _is_below(servers[entry.guild_id], limit.server) and _is_below(members[member], limit.member):
            servers[entry.guild_id] += 1
            members[member] += 1
            allowed.append(entry.job_id)
    return allowed


def _limit(snapshot: QueueSnapshot, entry: QueueEntry) -> ConcurrencyLimit | None:
    """Return the limit of an entry's server, or None if it has none."""
    limit = snapshot.at_once.get(entry.guild_id)
    return limit if limit is not None and limit != ConcurrencyLimit() else None


def _is_below(count: int, limit: int | None) -> bool:
    return limit is None or count < limit


def _give(tx: Transaction, account: str, job_ids: Collection[str], now: float) -> None:
    if not job_ids:
        return
    ids = json.dumps(sorted(job_ids))
    tx.run(_GIVE, (account, now, ids))
    tx.run(_MAKE_DUE, (now, ids, now))
