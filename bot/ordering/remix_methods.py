"""Choose the model and method of a remix: native, else editing the clip, else continuing from its last frame. Pure.

Source: reference/providers.md 2.4, 6 (remix of any clip), 7.
"""

import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from bot.catalogue.model import Model
from bot.catalogue.offers import Offer, Offers
from bot.catalogue.roles import check_roles, takes
from bot.i18n import N_
from bot.jobs.errors import BadWish, CannotRemix, NoModelEnabled, NoModelForWords, UnknownModel
from bot.jobs.job import Job, JobClip, Kind
from bot.jobs.model_errors import (
    CannotExtend,
    MethodOff,
    NoImageHere,
    NoImageInExtension,
    NoModelExtends,
    NoModelForNew,
    NoModelRemixes,
    NoOtherMethod,
    OnlyOwnVideos,
    SourceTooLong,
)
from bot.jobs.picture_errors import NoPicturesInRemix, PicturesElsewhereInRemix
from bot.jobs.pictures import PictureRoles
from bot.jobs.rejections import NoModelForLength, NoModelForVideo
from bot.ports.provider import RemixMethod

NO_PICTURES = PictureRoles()
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
    pictures: PictureRoles = NO_PICTURES,
) -> MethodChoice:
    """Return the best method that works, and that takes the member's pictures: only one has frames of its own.

    `wanted` is the model that the member chose; `below` is a method that failed. Raise UnknownModel, CannotRemix or
    NoImage.
    """
    has_frame = pictures.first or pictures.last
    left = [
        rung
        for rung in RUNGS
        if rung in remix_methods
        and (below is None or RUNGS.index(rung) > RUNGS.index(below))
        and (not pictures.count or (kind is Kind.REMIX and (rung == "image" or not has_frame)))
    ]
    if wanted is not None:
        offer = offers.find(wanted)
        if offer is None:
            raise unknown_model(offers, wanted)
        candidates = [offer]
    else:
        own = offers.for_job(source.account, source.model)
        others = [each for each in offers.enabled() if each != own]
        candidates = [*([own] if own is not None and own.off is None else []), *others]
    for rung in left:
        for offer in candidates:
            if preserves_source(offers, offer, source, kind, rung) and _takes_pictures(offer.model, rung, pictures):
                return MethodChoice(offer=offer, rung=rung)
    if below is not None:
        raise NoOtherMethod
    if pictures.count:
        able = _able(offers, source, kind, left, pictures) if wanted is not None else []
        raise _no_pictures(kind, candidates, pictures, able, wanted=wanted is not None, can_start="image" in left)
    if source.imported and wanted is None:
        shorter = replace(source, clip=JobClip())
        too_long = any(preserves_source(offers, each, shorter, kind, rung) for each in candidates for rung in left)
        raise _no_model_for(source, too_long=too_long)
    if wanted is None:
        raise NoModelRemixes if kind is Kind.REMIX else NoModelExtends
    disabled = (rung for rung in RUNGS if rung not in remix_methods)
    if any(preserves_source(offers, candidates[0], source, kind, rung) for rung in disabled):
        raise MethodOff(model=candidates[0].model.title)
    raise _cannot(candidates[0].model, source, kind)


def _takes_pictures(model: Model, rung: RemixMethod, pictures: PictureRoles) -> bool:
    """Return whether a remix by this method can have these pictures. Only `image` has frames, of which one is first."""
    if not pictures.count:
        return True
    if rung == "image":
        return takes(model.image, replace(pictures, first=True))
    return rung == "edit" and model.remix is not None and pictures.references <= model.remix.references


def _able(offers: Offers, source: Job, kind: Kind, rungs: Sequence[RemixMethod], pictures: PictureRoles) -> list[Offer]:
    """List the offers that can remix this video with these pictures."""
    return [
        offer
        for offer in offers.enabled()
        if any(
            preserves_source(offers, offer, source, kind, rung) and _takes_pictures(offer.model, rung, pictures)
            for rung in rungs
        )
    ]


def _no_pictures(
    kind: Kind,
    candidates: Sequence[Offer],
    pictures: PictureRoles,
    able: Sequence[Offer],
    *,
    wanted: bool,
    can_start: bool,
) -> BadWish:
    """Return why a remix or an extension can't have a member's pictures. `wanted`: they chose the model.

    `able`: the offers that can.
    """
    if kind is Kind.EXTEND:
        return NoImageInExtension()
    if wanted and (able or not pictures.beside_first):
        model = candidates[0].model
        if can_start and model.creates:
            try:
                check_roles(model, replace(pictures, first=True), lambda: _keys(able))
            except BadWish as error:
                return error
        if able:
            return PicturesElsewhereInRemix(model=model.title, offered=_keys(able))
    return NoPicturesInRemix() if pictures.beside_first else NoImageHere()


def check_pictures(offers: Offers, offer: Offer, roles: PictureRoles) -> None:
    """Raise BadWish if an offer can't make a new video with these pictures. The others that can are named."""

    def others() -> str:
        return _keys(each for each in offers.enabled() if each.model.creates and takes(each.model.image, roles))

    check_roles(offer.model, roles, others)


def _cannot(model: Model, source: Job, kind: Kind) -> BadWish:
    """Return why the chosen model can't start from this video."""
    rule = model.remix if kind is Kind.REMIX else model.extend
    if rule is None:
        return CannotRemix(model=model.title) if kind is Kind.REMIX else CannotExtend(model=model.title)
    if model.takes_video_s is not None and not supports(model, source.clip.clip_seconds):
        return SourceTooLong(model=model.title, limit=f"{model.takes_video_s:g}")
    return OnlyOwnVideos(model=model.title)


def _no_model_for(source: Job, *, too_long: bool) -> NoModelForVideo:
    """Return why no model starts from a member's own video: it's too long for those that would, or none would."""
    length_s = source.clip.clip_seconds
    return NoModelForLength(seconds=math.ceil(length_s)) if too_long and length_s is not None else NoModelForVideo()


def unknown_model(offers: Offers, asked: str | None) -> UnknownModel:
    """Return why there is no offer for a model, or no default if none was named."""
    enabled = offers.enabled()
    if not enabled:
        return NoModelEnabled()
    if asked is not None:
        return UnknownModel(asked=asked, offered=_keys(enabled))
    creating = [each for each in enabled if each.model.creates]
    return NoModelForWords(offered=_keys(creating)) if creating else NoModelForNew(offered=_keys(enabled))


def _keys(offers: Iterable[Offer]) -> str:
    return ", ".join(each.key for each in offers)


def preserves_source(offers: Offers, offer: Offer, source: Job, kind: Kind, rung: RemixMethod) -> bool:
    """Return whether an offer can remix or extend this video by this method."""
    model = offer.model
    rule = model.remix if kind is Kind.REMIX else model.extend
    match rung:
        case "native":
            if rule is None or offer.account != source.account or source.joins_source:
                return False  # the provider's task of a joined clip is only its last part
            own = model.key == source.model
            if model.takes_video_s is not None and not model.own_by_id:  # its own videos are sent as well
                return own and supports(model, source.clip.clip_seconds)
            # A task id is valid only for the same model family at the same account (providers.md 1.4, 2.4).
            return own or model.family == offers.model_for(source.account, source.model).family != ""
        case "edit":
            return rule is not None and supports(model, source.clip.clip_seconds)
        case "image":
            return model.creates and model.image.max_images > 0


def supports(model: Model, clip_seconds: float | None) -> bool:
    """Return whether a model can edit a clip of this length, from any model. An unknown length is tried."""
    return model.takes_video_s is not None and (clip_seconds is None or clip_seconds <= model.takes_video_s)
