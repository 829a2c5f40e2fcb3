"""The ledger: double-entry bookkeeping of jobs.

A job has one part, and one more for each resent request. Each kind of entry exists at most once per part; a capture
or a release closes the part.
"""

from bot.jobs.job import Job
from bot.ports.job_store import Money
from bot.store.group_commit import Transaction

# kind -> (from, to); capture and release come from `held` if the money was held.
_MOVES = {
    "reserve": ("free", "reserved"),
    "hold": ("reserved", "held"),
    "capture": ("reserved", "spent"),
    "release": ("reserved", "free"),
}
_CLOSING = {"capture", "release"}


def move_money(tx: Transaction, job: Job, kind: Money, *, at: float) -> None:
    """Book a job's price; a repeated entry changes nothing.

    `again`: the current part counts as spent, because it may have been charged, and a new part is reserved.
    """
    part, kinds = _last_part(tx, job.id)
    if kind == "again":
        _book(tx, job, part, kinds, "capture", at)
        _book(tx, job, part + 1, set(), "reserve", at)
    else:
        _book(tx, job, part, kinds, kind, at)


def _last_part(tx: Transaction, job_id: str) -> tuple[int, set[str]]:
    """Return the number of a job's last part, and its entries."""
    rows = tx.run("SELECT part, kind FROM ledger WHERE job_id = ?", (job_id,))
    part = max((row["part"] for row in rows), default=1)
    return part, {row["kind"] for row in rows if row["part"] == part}


def _book(tx: Transaction, job: Job, part: int, kinds: set[str], kind: str, at: float) -> None:
    if kind in kinds or kinds & _CLOSING:
        return
    debit, credit = _MOVES[kind]
    if kind in _CLOSING and "hold" in kinds:
        debit = "held"
    tx.run(
        "INSERT INTO ledger (job_id, part, kind, debit, credit, micros, at) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (job.id, part, kind, debit, credit, job.money.price_micros, at),
    )
