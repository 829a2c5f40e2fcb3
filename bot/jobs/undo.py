"""How long an order by reply waits so that its author can undo it, and a deleted video can be brought back. Pure.

The end of the wait is a column of the job, so it survives the process.
"""

from bot.jobs.job import Job

UNDO_S = 10.0
UNDELETE_S = 60.0


def undo_until(now: float) -> float:
    """Return when an order may be sent whose status message is posted now, in UTC seconds."""
    return now + UNDO_S


def undo_left_s(job: Job, now: float, up_since: float = 0.0) -> float:
    """Return how many seconds a job still has to wait; 0 if it may be sent.

    An order from before this process, up since `up_since`, waits once more: its author may have pressed *Undo* while
    nobody could answer. A clock that was set back doesn't prolong the wait beyond its whole length.
    """
    if job.send_after is None or job.task.attempt:
        return 0.0
    until = job.send_after if up_since <= job.send_after - UNDO_S else max(job.send_after, up_since + UNDO_S)
    return min(UNDO_S, max(0.0, until - now))
