"""The small stores of one database, together."""

from bot.ports.repositories import Books
from bot.store.budgets import BudgetStore
from bot.store.confirmations import QuestionStore
from bot.store.database import Database
from bot.store.job_queries import JobLists
from bot.store.retention import MemoryStore
from bot.store.server_settings import PersonStore, ServerStore


def open_books(database: Database) -> Books:
    return Books(
        lists=JobLists(database),
        questions=QuestionStore(database),
        people=PersonStore(database),
        servers=ServerStore(database),
        budgets=BudgetStore(database),
        memory=MemoryStore(database),
    )
