"""What several workers on one PostgreSQL database have in common: turns, pauses and request rates of accounts."""

from collections.abc import Sequence
from dataclasses import replace

from bot.net.shared_rate_limit import SharedRateLimiter
from bot.providers import Account
from bot.store.account_pauses import SqlAccountPauses
from bot.store.pace import SqlPace
from bot.store.sql_database import SqlDatabase
from bot.store.turns import SqlTurns
from bot.worker.context import JobContext
from bot.worker.shared_queue import SharedQueue

RENDER_TIMES_EVERY_S = 600.0


def share_rates(accounts: Sequence[Account], database: SqlDatabase, workers: int) -> list[Account]:
    """Return the accounts with a rate that all workers keep to together. Unchanged if there is one worker."""
    if workers == 1:
        return list(accounts)
    pace = SqlPace(database)
    return [
        replace(account, rate_limit=SharedRateLimiter(account.name, account.requests_per_s, pace, workers))
        for account in accounts
    ]


def share_queues(context: JobContext, database: SqlDatabase, workers: int) -> None:
    """Let a worker take turns and pause accounts together with the others. Nothing changes if there is one worker."""
    if workers == 1:
        return
    context.workers = workers
    context.shared_queue = SharedQueue(SqlTurns(database), context.clock, limited=context.servers is not None)
    context.account_pauses = SqlAccountPauses(database)
    context.render_stats.reread_every_s = RENDER_TIMES_EVERY_S
