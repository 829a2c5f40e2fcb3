"""What a job cost, for every text that names an amount. Read from the row alone, and equal to the sums of the ledger.

Amounts are estimates by the catalogue's prices, until the provider reports what a request cost. "Not charged" is
certain: it's said before a request was sent, when the provider has rejected it, or when its documentation or answer
says that an ended task is free. Everything else that happens after a provider has accepted a request counts.
"""

from dataclasses import dataclass
from enum import StrEnum

from bot.jobs.job import Job, Outcome, State
from bot.jobs.stored_errors import by_name

MAX_TIMES_ESTIMATE = 100
MIN_ESTIMATE_MICROS = 100_000  # so that a wrong price of almost nothing doesn't refuse every real cost


class Charge(StrEnum):
    """How certain it is that a job's last request was charged."""

    EXPECTED = "expected"  # the job runs: the price is reserved
    CHARGED = "charged"  # the provider has made the video, or reports a cost
    POSSIBLE = "possible"  # it may have been charged, so it's counted
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What counts toward limits and budgets, in millionths of a US dollar.

    `last_micros` is for the last request, `earlier_micros` for the requests before it, which may have been charged.
    `reported`: the provider has told what the last request cost.
    """

    charge: Charge
    last_micros: int
    earlier_micros: int = 0
    reported: bool = False

    @property
    def counted_micros(self) -> int:
        return self.last_micros + self.earlier_micros

    @property
    def estimated(self) -> bool:
        """Return whether a part of the counted amount is an estimate."""
        return not self.reported or self.earlier_micros > 0


def cost_of(job: Job) -> Cost:
    """Return what a job cost so far."""
    money = job.money
    if money.cost_micros is not None:
        return Cost(
            charge=Charge.CHARGED, last_micros=money.cost_micros, earlier_micros=money.earlier_micros, reported=True
        )
    charge = _charge(job)
    return Cost(
        charge=charge,
        last_micros=0 if charge is Charge.NONE else money.price_micros,
        earlier_micros=money.earlier_micros,
    )


def is_plausible(reported_micros: float, price_micros: int) -> bool:
    """Return whether a reported cost can be booked: it's a number, not negative, and not absurdly high."""
    return 0 <= reported_micros <= MAX_TIMES_ESTIMATE * max(price_micros, MIN_ESTIMATE_MICROS)  # NaN is neither


def _charge(job: Job) -> Charge:
    match job.state:
        case State.DOWNLOADING | State.DELIVERING | State.DELIVERED | State.KEPT:
            return Charge.CHARGED
        case State.REJECTED | State.ABANDONED:
            return Charge.NONE
        case State.FAILED:
            free = not getattr(by_name(job.trouble or ""), "may_be_charged", True)
            return Charge.NONE if free else Charge.POSSIBLE
        case State.CANCELLED:
            return Charge.POSSIBLE if _cancelled_late(job) else Charge.NONE
        case State.NEEDS_PERSON:
            return Charge.POSSIBLE
    return Charge.EXPECTED


def _cancelled_late(job: Job) -> bool:
    """Return whether a cancelled job's last request was sent, or may have been.

    A job that was given up has an outcome: FAILED if the host knows that it wasn't charged.
    """
    if job.outcome is not None:
        return job.outcome is not Outcome.FAILED
    return job.task.submitted_at is not None or job.task.ambiguous
