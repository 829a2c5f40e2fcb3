"""Move a job that its account surely never got to another account of the host: the same model at the same price."""

from bot.catalogue.model import Model
from bot.catalogue.offers import Offer
from bot.catalogue.options import model_price, resolve_options
from bot.catalogue.roles import takes
from bot.i18n import _, fact, use_locale
from bot.jobs.errors import BadWish
from bot.jobs.job import Job, Kind, State
from bot.jobs.pictures import PictureRoles, roles_of
from bot.jobs.provider_errors import AccountTrouble, NotSent, ProviderError, RateLimited, Stalled, Unreachable
from bot.jobs.server_settings import NO_SERVER_LIMITS
from bot.worker.context import JobContext, log
from bot.worker.host_alarm import log_refusal, tell_host

LONG_WAIT_S = 300.0  # an account that asks for a longer wait is busy for long
ONCE_S = 31 * 86_400.0  # a job moves once


async def take_over(context: JobContext, job: Job, error: ProviderError | BadWish) -> bool:
    """Queue a job at another account. Return False, with nothing changed, if none may take it.

    Only a new video moves, because a remix may belong to its account, and only if no earlier request for it may have
    been executed. Its reservation stays as it is: the price is the same. The host is told about a key or a balance.
    """
    if not (surely_unsent(job) and _is_of_account(context, job, error)):
        return False
    rules = await context.servers.settings(job.guild_id) if context.servers is not None else NO_SERVER_LIMITS
    allowed = context.offers.excluding(rules.models_off, fact("it's disabled on this server."), rules.models_on)
    pictures = roles_of(await context.store.pictures([job.id]), first=job.image_file is not None or job.rung == "image")
    offer = next((each for each in allowed.enabled() if _can_take(context, job, each, pictures)), None)
    if offer is None:
        return False
    now = context.clock.now()
    if not await context.store.set_flag_once_per(f"moved:{job.id}", now, ONCE_S):
        return False
    with use_locale(job.locale):
        moved = _("{first} couldn't take this video, so {second} made it.")
        note = moved.format(first=job.account, second=offer.account)
    log.warning("another account takes over", extra={"job": job.code, "account": offer.account, "why": _name(error)})
    queued = await context.store.transition(
        job, State.ACCEPTED, now=now, why=_name(error), account=offer.account, attempt=0, intent_at=None,
        request_hash=None, protocol=None, tries=0, note=" · ".join(filter(None, (job.note, note))), due_at=now,
        lease_until=None,
    )  # fmt: skip
    if queued is not None and isinstance(error, AccountTrouble):
        log_refusal(job, error)
        await tell_host(context, job, error)
    return True


def surely_unsent(job: Job) -> bool:
    """Return whether a job is a new video for which no request may have been executed: the current one wasn't."""
    current = 1 if job.state is State.SUBMITTING else 0
    unsent = not job.task.ambiguous and not job.money.resent and job.task.attempt == current
    return unsent and (job.kind is Kind.GENERATE or job.rung == "image")


def _is_of_account(context: JobContext, job: Job, error: ProviderError | BadWish) -> bool:
    """Return whether an error says that the account, not Discord or this machine, doesn't take the request."""
    provider = context.provider(job)
    if isinstance(error, AccountTrouble):
        return True
    if isinstance(error, Stalled) or not isinstance(error, NotSent | RateLimited | Unreachable):
        return False
    if isinstance(error, Unreachable) and job.state is State.SUBMITTING:
        return False
    return provider is not None and error.facts.get("provider") == provider.title


def _can_take(context: JobContext, job: Job, offer: Offer, pictures: PictureRoles) -> bool:
    return (
        offer.model.key == job.model
        and offer.account != job.account
        and offer.account in context.providers
        and takes(offer.model.image, pictures)
        and _makes_the_same(offer.model, job, pictures)
    )


def _makes_the_same(model: Model, job: Job, pictures: PictureRoles) -> bool:
    """Return whether a model makes a job's video with the same options at the same price."""
    try:
        choice = resolve_options(
            model, kind=Kind.GENERATE, aspect=job.aspect, seconds=job.seconds, resolution=job.resolution,
            has_image=pictures.first, prompt=job.prompt,
        )  # fmt: skip
    except BadWish:
        return False
    same = (choice.aspect, choice.seconds, choice.resolution) == (job.aspect, job.seconds, job.resolution)
    return same and model_price(model, choice.seconds, choice.resolution, pictures.count) == job.money.price_micros


def _name(error: Exception) -> str:
    return type(error).__name__
