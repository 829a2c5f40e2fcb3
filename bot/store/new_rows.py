"""Insert the row of a new job under a free short code."""

from dataclasses import replace

from bot.jobs.ids import new_code
from bot.jobs.job import Job
from bot.store.group_commit import Transaction
from bot.store.rows import COLUMNS, values_of

_INSERT = f"INSERT INTO job ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))}) ON CONFLICT DO NOTHING"  # noqa: S608


def insert_row(tx: Transaction, job: Job) -> bool:
    """Insert a row. Return False if one of its unique values is taken."""
    return bool(tx.run(f"{_INSERT} RETURNING id", values_of(job)))


def insert_new(tx: Transaction, job: Job) -> Job | None:
    """Insert a job, with another short code if its own is taken. Return None if its Discord event has a job."""
    taken = job
    while not insert_row(tx, taken):
        if _event_is_known(tx, taken):
            return None
        taken = replace(taken, code=new_code(len(taken.code) + 1))
    return taken


def _event_is_known(tx: Transaction, job: Job) -> bool:
    sql = "SELECT 1 FROM job WHERE interaction_id = ? OR source_message_id = ? OR id = ?"
    return bool(tx.run(sql, (job.interaction_id, job.source_message_id, job.id)))
