"""Put into words what a job cost. Pure."""

from bot.i18n import _
from bot.jobs.cost import Charge, Cost, cost_of
from bot.jobs.job import Job, Kind
from bot.jobs.money import dollars


def cost_sentence(job: Job) -> str:
    """Return what an ended job cost, as a sentence that follows the reason of its end."""
    cost = cost_of(job)
    match cost.charge, cost.earlier_micros:
        case Charge.CHARGED, earlier_micros if cost.reported:
            said = _("The provider charged {cost}.").format(cost=dollars(cost.last_micros))
            return f"{said} {_earlier_sentence(earlier_micros)}".rstrip()
        case Charge.NONE, 0:
            return _("Not charged.")
        case Charge.NONE, earlier_micros:
            return _earlier_sentence(earlier_micros)
        case Charge.POSSIBLE, 0:
            return _("It may have been charged; I counted {cost}.").format(cost=dollars(cost.last_micros))
        case Charge.POSSIBLE, _earlier:
            said = _("Every request may have been charged; I counted {cost} in total.")
            return said.format(cost=dollars(cost.counted_micros))
    return amount_text(cost)


def _earlier_sentence(micros: int) -> str:
    if not micros:
        return ""
    return _("The earlier request may have been charged; I counted {cost} for it.").format(cost=dollars(micros))


def amount_text(cost: Cost) -> str:
    """Return what counts: `≈ $0.10`, or `$0.10` if the provider has told all of it."""
    counted = dollars(cost.counted_micros)
    return f"≈ {counted}" if cost.estimated else counted


def order_cost(job: Job) -> str:
    """Return what all takes of a job's order are expected to cost."""
    return amount_text(Cost(charge=Charge.EXPECTED, last_micros=job.money.price_micros * job.bundle.bundle_size))


def cost_words(job: Job) -> str:
    """Return what a job costs or cost, as a part of a line. A price would tell which model is hidden."""
    if job.bundle.hidden:
        return _("price hidden")
    cost = cost_of(job)
    if job.kind is Kind.FILM:
        return _("free")
    match cost.charge:
        case Charge.NONE if not cost.earlier_micros:
            return _("not charged")
        case Charge.NONE | Charge.POSSIBLE:
            return _("may have been charged; counted {cost}").format(cost=dollars(cost.counted_micros))
    return amount_text(cost)
