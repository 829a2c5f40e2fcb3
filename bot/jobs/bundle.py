"""The takes of one request. Pure."""

from collections.abc import Sequence

from bot.jobs.job import Job

MAX_TAKES = 4
WAIT_S = 300.0  # after the first take is ready, the others may take this long before it is posted without them
COMPARED_FOR_S = 86_400.0  # after this the models of a comparison are revealed


def chosen_of(jobs: Sequence[Job]) -> Job | None:
    """Return the take that others start from, or None if its requester hasn't chosen one."""
    chosen = [job for job in jobs if job.bundle.chosen_at is not None]
    return max(chosen, key=lambda job: job.bundle.chosen_at or 0.0, default=None)
