"""Take the open jobs of a database over at a start, and hold those of one that isn't trusted for a person."""

import json

from bot.jobs.errors import Restored
from bot.jobs.job import JobChanges, Outcome, State
from bot.store.group_commit import Transaction
from bot.store.ledger import move_money
from bot.store.rows import guarded_update, job_of

MAX_WAIT_S = 3600.0
# Exactly the condition of the index job_open, because only then does SQLite use it.
OPEN = "state IN ('received', 'accepted', 'submitting', 'submit_unknown', 'polling', 'downloading', 'delivering')"


def release_leases(tx: Transaction, now: float) -> None:
    """Make the jobs of an earlier process due."""
    tx.run(
        "UPDATE job SET lease_until = NULL, due_at = ? WHERE due_at IS NOT NULL"
        " AND (lease_until IS NOT NULL OR state IN ('received', 'polling') OR due_at > ?)",
        (now, now + MAX_WAIT_S),  # that far ahead only if the clock was wrong
    )


def quarantine(tx: Transaction, now: float, trouble: type[Restored]) -> int:
    """Hold every open job of a restored database for a person, because its state may be outdated."""
    jobs = [job_of(row) for row in tx.run(f"SELECT * FROM job WHERE {OPEN}")]  # noqa: S608
    for job in jobs:
        changes: JobChanges = {
            "trouble": trouble.__name__,
            "facts": json.dumps({"code": job.code}),
            "outcome": job.outcome or Outcome.UNKNOWN,
            "due_at": now,
            "tries": 0,
        }
        why = "the database was restored from a backup"
        tx.run(*guarded_update(job, changes, state=State.NEEDS_PERSON, why=why, at=now))
        move_money(tx, job, "hold", at=now)
    tx.run("UPDATE film SET auto = 0")  # a shot that it doesn't know of may have been made
    return len(jobs)
