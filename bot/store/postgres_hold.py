"""Hold a PostgreSQL database that went back: its open jobs wait for a person, and what it forgot counts again."""

from itertools import chain

from bot.jobs.errors import MarkGone, Restored
from bot.store import rollback
from bot.store.epoch_file import Epoch, ServerSpending
from bot.store.flags import write_flag
from bot.store.group_commit import Transaction
from bot.store.quarantine import quarantine
from bot.store.worker_files import Known

HELD = "held"  # the flag of a database that went back, until the host adopts it
ADVICE = "New requests are refused until you have compared with the providers' websites and run: python -m bot adopt"


def reported_rollback(tx: Transaction) -> str:
    """Return what a guard has found wrong and the host hasn't adopted; nothing if the database is as it should be."""
    rows = tx.run("SELECT value FROM fact WHERE name = ?", (HELD,))
    return str(rows[0][0]) if rows else ""


def hold(tx: Transaction, what: str, known: list[Known], now: float) -> str:
    """Hold open jobs for a person, and count what a worker's files know was spent. Return what is wrong, in sentences.

    Several workers may find out at once: the later ones only add what they know.
    """
    tx.lock(HELD)
    mark, servers = _spending(known)
    if says := reported_rollback(tx):
        rollback.carry_over(tx, mark, servers)
        return says
    says = f"{rollback.record(tx, what, mark, servers, now)} {ADVICE}"
    is_lost = not known or not all(each.is_whole for each in known)
    quarantine(tx, now, MarkGone if is_lost else Restored)
    write_flag(tx, HELD, says, now)
    return says


def count_spending(tx: Transaction, known: list[Known]) -> None:
    """Count what a worker's files know was spent, in a database that another worker holds."""
    tx.lock(HELD)
    rollback.carry_over(tx, *_spending(known))


def _spending(known: list[Known]) -> tuple[Epoch | None, list[ServerSpending]]:
    """Return the mark that knows most, and what servers have spent."""
    marks = (each.mark for each in known if each.mark is not None)
    mark = max(marks, key=lambda mark: (mark.day, mark.month_micros, mark.day_micros), default=None)
    return mark, list(chain.from_iterable(each.servers for each in known))
