"""Build the repositories of a database."""

from bot.ports.repositories import Repositories
from bot.store.budgets import SqlUsageRepository
from bot.store.comparisons import SqlComparisons
from bot.store.confirmations import SqlPendingConfirmations
from bot.store.contest_results import SqlContestResults
from bot.store.contests import SqlContests
from bot.store.drafts import SqlDrafts
from bot.store.films import SqlFilms
from bot.store.gallery import SqlGallery, SqlStars
from bot.store.job_queries import SqlJobQueries
from bot.store.members import SqlMemberRepository
from bot.store.presence import SqlPresence
from bot.store.retention import SqlRetentionRepository
from bot.store.server_settings import SqlServerRepository
from bot.store.sql_database import SqlDatabase
from bot.store.styles import SqlStyles
from bot.store.writer_ledger import SqlWriterLedger


def build_repositories(database: SqlDatabase) -> Repositories:
    return Repositories(
        job_queries=SqlJobQueries(database),
        confirmations=SqlPendingConfirmations(database),
        drafts=SqlDrafts(database),
        films=SqlFilms(database),
        members=SqlMemberRepository(database),
        servers=SqlServerRepository(database),
        styles=SqlStyles(database),
        stars=SqlStars(database),
        gallery=SqlGallery(database),
        contests=SqlContests(database),
        contest_results=SqlContestResults(database),
        usage=SqlUsageRepository(database),
        retention=SqlRetentionRepository(database),
        writer_ledger=SqlWriterLedger(database),
        comparisons=SqlComparisons(database),
        presence=SqlPresence(database),
    )
