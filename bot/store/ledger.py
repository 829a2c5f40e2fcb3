"""Money as double entries: what leaves one account arrives at another, at most once a job and kind."""

from bot.jobs.model import Job
from bot.jobs.store import Money
from bot.store.groups import Tx

# kind -> (from, to); capture and release come out of `held` where the money was held before.
_MOVES = {
    "reserve": ("free", "reserved"),
    "hold": ("reserved", "held"),
    "capture": ("reserved", "spent"),
    "release": ("reserved", "free"),
}


def move_money(tx: Tx, job: Job, kind: Money, *, at: float) -> None:
    """Book one move of the job's price; a repeated one changes nothing."""
    debit, credit = _MOVES[kind]
    kinds = {row[0] for row in tx.run("SELECT kind FROM ledger WHERE job_id = ?", (job.id,))}
    if kind in ("capture", "release") and "hold" in kinds:
        debit = "held"
    if kind != "reserve" and kinds & {"capture", "release"}:
        return
    tx.run(
        "INSERT INTO ledger (job_id, kind, debit, credit, micros, at) VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (job_id, kind) DO NOTHING",
        (job.id, kind, debit, credit, job.price_micros, at),
    )
