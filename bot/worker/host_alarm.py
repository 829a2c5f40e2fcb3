"""Tell the host what only the host can end: trouble with an account, and refusals of what the catalogue allows."""

from bot.jobs.errors import RetakeError
from bot.jobs.job import Job
from bot.jobs.provider_errors import AccountTrouble, Refused
from bot.jobs.provider_reason import clean_reason
from bot.jobs.status import Ended, JobStatus
from bot.ports.host_alarm import HostAlert
from bot.worker.context import JobContext, log


def is_for_host(error: RetakeError) -> bool:
    """Return whether the host can end this trouble: a key, a balance, an unknown model, a malformed request.

    A member's options are checked against the catalogue first. So if the provider refuses them without naming the
    prompt or the source, the catalogue or the adapter is wrong.
    """
    return isinstance(error, AccountTrouble) or (type(error) is Refused and "status" in error.facts)


async def tell_host(context: JobContext, job: Job, error: RetakeError) -> bool:
    """Tell the host about a refusal. Return whether the host knows."""
    status = error.facts.get("status")
    return await context.host_alarm.tell(
        HostAlert(
            account=job.account,
            trouble=type(error).__name__,
            reason=_reason(job, error),
            status=status if isinstance(status, int) else None,
            model=context.offers.model_for(job.account, job.model).wire,
            job_code=job.code,
        )
    )


def log_refusal(job: Job, error: RetakeError) -> None:
    facts = {"account": job.account, "job": job.code, "trouble": type(error).__name__, "why": _reason(job, error)}
    log.error("account needs attention", extra=facts)


def _reason(job: Job, error: RetakeError) -> str:
    """Return the provider's words, without those of the member."""
    return clean_reason(str(error.facts.get("reason", "")), job.prompt)


async def alarm_host(context: JobContext, job: Job, status: JobStatus) -> JobStatus:
    """Tell the host about a refusal that only the host can end. Return the status with whether the host knows."""
    if not isinstance(status, Ended) or not is_for_host(status.error):
        return status
    return Ended(error=status.error, host_told=await tell_host(context, job, status.error))
