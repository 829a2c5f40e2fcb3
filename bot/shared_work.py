"""What several workers on one PostgreSQL database have in common: turns, pauses and request rates of accounts."""

from collections.abc import Iterable
from dataclasses import replace

from bot.net.shared_rate_limit import SharedRateLimiter
from bot.net.ssrf_guard import SsrfGuard
from bot.ports.provider import Provider
from bot.providers import Account, build_provider
from bot.settings import Settings
from bot.store.account_pauses import SqlAccountPauses
from bot.store.pace import SqlPace
from bot.store.sql_database import SqlDatabase
from bot.store.turns import SqlTurns
from bot.worker.context import JobContext
from bot.worker.shared_queue import SharedQueue

RENDER_TIMES_EVERY_S = 600.0


def build_providers(
    accounts: Iterable[Account], guard: SsrfGuard, settings: Settings, database: SqlDatabase
) -> dict[str, Provider]:
    """Return the adapters by the names of their accounts. Several workers keep to the rate of an account together."""
    if settings.shares_jobs:
        pace, workers = SqlPace(database), settings.workers
        accounts = [
            replace(each, rate_limit=SharedRateLimiter(each.name, each.requests_per_s, pace, workers))
            for each in accounts
        ]
    return {account.name: build_provider(account, guard) for account in accounts}


def share_work(context: JobContext, settings: Settings, database: SqlDatabase) -> JobContext:
    """Let a worker take turns, pause accounts and learn together with the others. One alone needs nothing of it."""
    if settings.shares_jobs:
        context.workers = settings.workers
        context.shared_queue = SharedQueue(SqlTurns(database), context.clock, limited=context.servers is not None)
        context.account_pauses = SqlAccountPauses(database)
        context.render_stats.reread_every_s = RENDER_TIMES_EVERY_S
    return context
