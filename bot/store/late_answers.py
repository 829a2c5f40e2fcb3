"""Keep the answer to a paid request whose row was taken over before it came."""

from bot.jobs.job import Job, JobChanges, State
from bot.store.group_commit import Transaction
from bot.store.rows import first_job, guarded_update

_WAITING = frozenset({State.SUBMITTING, State.SUBMIT_UNKNOWN, State.NEEDS_PERSON, State.ACCEPTED})


def keep_late_task(tx: Transaction, job: Job, now: float, task: JobChanges) -> Job | None:
    """Store a task on the row that still waits for it. Return None if there is none: see the port."""
    current = first_job(tx.run("SELECT * FROM job WHERE id = ? /* pg: FOR UPDATE */", (job.id,)))
    if current is None or current.state not in _WAITING or current.task.task_id is not None:
        return None
    if (current.task.attempt, current.task.intent_at) != (job.task.attempt, job.task.intent_at):
        return None  # paid again since
    changes: JobChanges = {
        "submitted_at": now, "trouble": None, "facts": "{}", "outcome": None, "tries": 0, "due_at": now,
        "lease_until": None, "ambiguous": job.task.attempt > 1, **task,
    }  # fmt: skip
    why = "the provider's answer came late"
    return first_job(tx.run(*guarded_update(current, changes, state=State.POLLING, why=why, at=now)))
