"""Judge the cost that a provider reports for a task: what is booked in place of the estimate."""

from bot.jobs.cost import is_plausible
from bot.jobs.job import Job
from bot.ports.provider import Failed, Ready
from bot.worker.context import log


def cost_to_book(job: Job, state: Ready | Failed) -> int | None:
    """Return the job's real cost, or None if only the estimate is known.

    Of a job that may have been sent twice only one request is reported, so its estimate stays. A cost that was booked
    is never changed. One that can't be right isn't booked but logged.
    """
    reported = state.cost_micros
    if job.money.cost_micros is not None or reported is None or job.task.ambiguous:
        return job.money.cost_micros
    if not is_plausible(reported, job.money.price_micros):
        facts = {"job": job.code, "account": job.account, "reported": reported, "estimate": job.money.price_micros}
        log.error("the provider reports a cost that can't be right; the estimate stays", extra=facts)
        return None
    return int(reported)
