"""Build the repositories of a database."""

from bot.ports.repositories import Repositories
from bot.store.budgets import SqlUsageRepository
from bot.store.confirmations import SqlPendingConfirmations
from bot.store.database import Database
from bot.store.job_queries import SqlJobQueries
from bot.store.members import SqlMemberRepository
from bot.store.retention import SqlRetentionRepository
from bot.store.server_settings import SqlServerRepository


def build_repositories(database: Database) -> Repositories:
    return Repositories(
        job_queries=SqlJobQueries(database),
        confirmations=SqlPendingConfirmations(database),
        members=SqlMemberRepository(database),
        servers=SqlServerRepository(database),
        usage=SqlUsageRepository(database),
        retention=SqlRetentionRepository(database),
    )
