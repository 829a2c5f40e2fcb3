"""The small stores of one database, together."""

from bot.jobs.books import Books
from bot.store.budgets import BudgetStore
from bot.store.database import Database
from bot.store.lists import JobLists
from bot.store.memory import MemoryStore
from bot.store.questions import QuestionStore
from bot.store.servers import PersonStore, ServerStore


def open_books(database: Database) -> Books:
    return Books(
        lists=JobLists(database),
        questions=QuestionStore(database),
        people=PersonStore(database),
        servers=ServerStore(database),
        budgets=BudgetStore(database),
        memory=MemoryStore(database),
    )
