"""Choose the model and method of a remix: native, else editing the clip, else continuing from its last frame. Pure.

Source: reference/providers.md 2.4, 6 (remix of any clip), 7.
"""

from collections.abc import Collection
from dataclasses import dataclass

from bot.catalogue.model import Model
from bot.catalogue.offers import Offer, Offers
from bot.i18n import N_, fact
from bot.jobs.errors import CannotRemix, UnknownModel
from bot.jobs.job import Job, Kind
from bot.ports.provider import RemixMethod

RUNGS: tuple[RemixMethod, ...] = ("native", "edit", "image")
RUNG_WORDS: dict[str, str] = {
    "native": N_("native"),
    "edit": N_("edit of the clip"),
    "image": N_("from its last frame"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodChoice:
    """An offer and the method by which it makes the remix."""

    offer: Offer
    rung: RemixMethod


def choose_method(
    offers: Offers,
    source: Job,
    kind: Kind,
    *,
    wanted: str | None = None,
    remix_methods: Collection[RemixMethod] = RUNGS,
    below: RemixMethod | None = None,
) -> MethodChoice:
    """Return the best method that works.

    `wanted` is the model that the member chose; `below` is a method that failed. Raise UnknownModel or CannotRemix.
    """
    left = [
        rung for rung in RUNGS if rung in remix_methods and (below is None or RUNGS.index(rung) > RUNGS.index(below))
    ]
    if wanted is not None:
        offer = offers.find(wanted)
        if offer is None:
            raise UnknownModel(asked=wanted, offered=", ".join(each.key for each in offers.enabled()) or fact("none"))
        candidates = [offer]
    else:
        own = offers.for_job(source.account, source.model)
        others = [each for each in offers.enabled() if each != own]
        candidates = [*([own] if own is not None and own.off is None else []), *others]
    for rung in left:
        for offer in candidates:
            if preserves_source(offers, offer, source, kind, rung):
                return MethodChoice(offer=offer, rung=rung)
    raise CannotRemix(model=wanted or source.model)


def preserves_source(offers: Offers, offer: Offer, source: Job, kind: Kind, rung: RemixMethod) -> bool:
    """Return whether an offer can remix this video by this method."""
    model = offer.model
    rule = model.remix if kind is Kind.REMIX else model.extend
    match rung:
        case "native":
            if rule is None or offer.account != source.account:
                return False
            own = model.key == source.model
            if model.takes_video_s is not None:  # it needs the clip itself, even for its own videos
                return own and supports(model, source.clip.clip_seconds)
            # A task id is valid only for the same model family at the same account (providers.md 1.4, 2.4).
            return own or model.family == offers.model_for(source.account, source.model).family != ""
        case "edit":
            return rule is not None and supports(model, source.clip.clip_seconds)
        case "image":
            return kind is Kind.REMIX and model.creates and model.image.max_images > 0


def supports(model: Model, clip_seconds: float | None) -> bool:
    """Return whether a model can edit a clip of this length, from any model. An unknown length is tried."""
    return model.takes_video_s is not None and (clip_seconds is None or clip_seconds <= model.takes_video_s)
