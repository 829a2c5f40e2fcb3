"""Money as double entries: what leaves one account arrives at another.

A job has one part, and one more each time that a person has it sent again: a paid request that may have been charged
is a part of its own. Each kind of move happens at most once a part, and after a capture or a release a part is closed.
"""

from bot.jobs.job import Job
from bot.ports.job_store import Money
from bot.store.group_commit import Transaction

# kind -> (from, to); capture and release come out of `held` where the money was held before.
_MOVES = {
    "reserve": ("free", "reserved"),
    "hold": ("reserved", "held"),
    "capture": ("reserved", "spent"),
    "release": ("reserved", "free"),
}
_CLOSING = {"capture", "release"}


def move_money(tx: Transaction, job: Job, kind: Money, *, at: float) -> None:
    """Book one move of the job's price; a repeated one changes nothing.

    `again`: the part so far counts as spent, for it may have been charged, and a new one is reserved.
    """
    part, kinds = _last_part(tx, job.id)
    if kind == "again":
        _book(tx, job, part, kinds, "capture", at)
        _book(tx, job, part + 1, set(), "reserve", at)
    else:
        _book(tx, job, part, kinds, kind, at)


def _last_part(tx: Transaction, job_id: str) -> tuple[int, set[str]]:
    """The number of a job's last part, and what was booked of it."""
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
