"""Ledger of money by double entry: what leaves one account arrives at another.

A job has one part, and one more each time a person resends it, because every paid request may be charged. Each kind of
entry exists at most once per part. A capture or release closes the part; after a capture, `adjust` replaces the
estimate by the cost that the provider reports.
"""

from bot.jobs.job import Job
from bot.ports.job_store import Money
from bot.store.group_commit import Transaction

# kind -> (from, to). After a hold, capture and release take the money from `held`.
_MOVES = {
    "reserve": ("free", "reserved"),
    "hold": ("reserved", "held"),
    "capture": ("reserved", "spent"),
    "release": ("reserved", "free"),
}
_CLOSING = {"capture", "release"}
_INSERT = "INSERT INTO ledger (job_id, part, kind, debit, credit, micros, at) VALUES (?, ?, ?, ?, ?, ?, ?)"


def reserve(tx: Transaction, job: Job, *, at: float) -> None:
    """Book the price of a job that was just inserted."""
    _book(tx, job, 1, set(), "reserve", at)


def move_money(tx: Transaction, job: Job, kind: Money, *, at: float) -> None:
    """Book one entry of the job's price. A repeated one changes nothing.

    `capture` also books the reported cost that the row holds. `again` captures the current part, because it may have
    been charged, and reserves a new one.
    """
    part, kinds = _last_part(tx, job.id)
    if kind == "again":
        _book(tx, job, part, kinds, "capture", at)
        _book(tx, job, part + 1, set(), "reserve", at)
        return
    _book(tx, job, part, kinds, kind, at)
    if kind == "capture" and job.money.cost_micros is not None and not kinds & {"release", "adjust"}:
        _adjust(tx, job, part, job.money.cost_micros - job.money.price_micros, at)


def _last_part(tx: Transaction, job_id: str) -> tuple[int, set[str]]:
    """Return the number of a job's last part and the kinds of its entries."""
    rows = tx.run("SELECT part, kind FROM ledger WHERE job_id = ?", (job_id,))
    part = max((row["part"] for row in rows), default=1)
    return part, {row["kind"] for row in rows if row["part"] == part}


def _book(tx: Transaction, job: Job, part: int, kinds: set[str], kind: str, at: float) -> None:
    if kind in kinds or kinds & _CLOSING:
        return
    debit, credit = _MOVES[kind]
    if kind in _CLOSING and "hold" in kinds:
        debit = "held"
    tx.run(_INSERT, (job.id, part, kind, debit, credit, job.money.price_micros, at))


def _adjust(tx: Transaction, job: Job, part: int, difference: int, at: float) -> None:
    """Move what the reported cost is above or below the estimate. A difference of 0 is booked too: it's known then."""
    debit, credit = ("free", "spent") if difference > 0 else ("spent", "free")
    tx.run(_INSERT, (job.id, part, "adjust", debit, credit, abs(difference), at))
