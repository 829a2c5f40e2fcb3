"""Validates the options of a request against its model and fills in defaults. Stateless."""

import math
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from bot.catalogue.model import FollowUpRule, Model
from bot.catalogue.option_checks import (
    check_explicit,
    check_length,
    match_option,
    orientation_of,
    ratio_of,
    with_unit,
)
from bot.i18n import _, fact
from bot.jobs.clean_text import has_visible_letter
from bot.jobs.errors import (
    CannotRemix,
    InvisiblePrompt,
    ModelOff,
    NeedsImage,
    NoImage,
    NoPrice,
)
from bot.jobs.job import Kind
from bot.jobs.model_errors import (
    CannotExtend,
    NoImageInExtension,
    OnlyChangesVideos,
)

COMMON_ASPECTS = ("16:9", "9:16", "1:1", "3:2", "2:3", "4:3", "3:4", "21:9")  # what forms and commands offer
COMMON_RESOLUTIONS = ("480p", "540p", "720p", "1080p", "4k")
SHOWN_ASPECTS = 3  # in a line of autocomplete; /models lists all
NO_OPTIONS: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvedOptions:
    """The options to request. `note` lists the values that were changed, for the result message."""

    aspect: str | None
    seconds: int | None
    resolution: str | None
    note: str | None = None


def resolve_options(
    model: Model,
    *,
    kind: Kind,
    aspect: str | None,
    seconds: int | None,
    resolution: str | None,
    has_image: bool,
    prompt: str,
    explicit: Collection[str] = NO_OPTIONS,
) -> ResolvedOptions:
    """Validate a request and fill in its defaults. Raise BadWish.

    The values of a remix or an extension may be inherited from the source: they are mapped to values that the
    operation offers, and noted. `explicit` names the options that the member typed: an aspect is mapped to one of
    the same orientation, other values are rejected.
    """
    _check_model(model, kind, prompt)
    if kind is Kind.GENERATE:
        if has_image and not model.image.max_images:
            raise NoImage(model=model.title)
        if model.image.required and not has_image:
            raise NeedsImage(model=model.title)
        return ResolvedOptions(
            aspect=match_option(model, fact("aspect"), aspect, model.aspects) or model.default_aspect,
            seconds=match_option(model, fact("seconds"), seconds, model.seconds) or model.default_seconds,
            resolution=match_option(model, fact("resolution"), resolution, model.resolutions)
            or model.default_resolution,
        )
    rule = model.remix if kind is Kind.REMIX else model.extend
    if rule is None:
        raise CannotRemix(model=model.title) if kind is Kind.REMIX else CannotExtend(model=model.title)
    if has_image:
        raise NoImage(model=model.title) if kind is Kind.REMIX else NoImageInExtension
    if kind is Kind.EXTEND and "seconds" not in explicit:
        seconds = None  # the length of the source is unrelated to how much to add
    check_explicit(model, kind, aspect, seconds, resolution, explicit)
    return _map_options(model, rule, aspect, seconds, resolution)


def _check_model(model: Model, kind: Kind, prompt: str) -> None:
    if model.off:
        raise ModelOff(model=model.title, why=model.off)
    if not model.creates and kind is Kind.GENERATE:
        raise OnlyChangesVideos(model=model.title)
    check_length(model, prompt.strip())
    if not has_visible_letter(prompt):
        raise InvisiblePrompt
    if model.price is None:
        raise NoPrice(model=model.title)


def _map_options(
    model: Model, rule: FollowUpRule, aspect: str | None, seconds: int | None, resolution: str | None
) -> ResolvedOptions:
    """Map inherited values to those that the rule offers, and note the changes."""
    default_aspect = model.default_aspect if model.default_aspect in rule.aspects else None
    default_resolution = model.default_resolution if model.default_resolution in rule.resolutions else None
    options = ResolvedOptions(
        aspect=nearest_aspect(aspect, rule.aspects, default_aspect),
        seconds=_nearest_seconds(seconds, rule.seconds, rule.default_seconds),
        resolution=_nearest_resolution(resolution, rule.resolutions, default_resolution),
    )
    changes = [
        _("{before} became {after}").format(before=with_unit(option, str(before)), after=with_unit(option, str(after)))
        for option, before, after in (
            ("aspect", aspect, options.aspect),
            ("seconds", seconds, options.seconds),
            ("resolution", resolution, options.resolution),
        )
        if before is not None and str(before).casefold() != str(after).casefold()
    ]
    return replace(options, note=", ".join(changes) or None)


def nearest_aspect(aspect: str | None, offered: Sequence[str], default: str | None = None) -> str | None:
    """Return the nearest offered aspect of the same orientation, or the default, or the first one.

    Return the aspect unchanged if none is offered.
    """
    if not offered:
        return aspect
    if aspect is None:
        return default or offered[0]
    candidates = [candidate for candidate in offered if orientation_of(candidate) == orientation_of(aspect)]
    if not candidates:
        return default or offered[0]
    return min(candidates, key=lambda candidate: abs(math.log(ratio_of(candidate) / ratio_of(aspect))))


def _nearest_seconds(seconds: int | None, offered: Sequence[int], default: int | None) -> int | None:
    if not offered:
        return seconds
    if seconds is None:
        return default or offered[0]
    return min(offered, key=lambda candidate: abs(candidate - seconds))


def _line_count(resolution: str) -> int:
    number = int(re.sub(r"\D", "", resolution)[:6] or "0")
    return number * 540 if resolution.strip().casefold().endswith("k") else number


def _nearest_resolution(resolution: str | None, offered: Sequence[str], default: str | None) -> str | None:
    if not offered:
        return resolution
    if resolution is None:
        return default or offered[0]
    return min(offered, key=lambda candidate: abs(_line_count(candidate) - _line_count(resolution)))


def model_price(
    model: Model, seconds: int | None, resolution: str | None, images: int = 0, input_seconds: int = 0
) -> int | None:
    """Return a video's price in millionths of a dollar, of the default length if unknown. None if there's no price."""
    if model.price is None:
        return None
    if seconds is None:
        longest = max(model.seconds, default=math.ceil(model.takes_video_s or 0))
        seconds = model.default_seconds or longest
    return model.price.cost_micros(seconds, resolution, images, input_seconds)


def describe_model(model: Model) -> str:
    """Return a line of autocomplete of at most 100 characters: `Grok 3 · 16:9, 9:16 · 5-10 s · ≈ $0.10`."""
    more = f" +{len(model.aspects) - SHOWN_ASPECTS}" if len(model.aspects) > SHOWN_ASPECTS else ""
    aspects = ", ".join(model.aspects[:SHOWN_ASPECTS]) + more
    length = ""
    if model.seconds:
        low, high = min(model.seconds), max(model.seconds)
        length = _("{seconds} s").format(seconds=low if low == high else f"{low}-{high}")
    micros = model_price(model, model.default_seconds, model.default_resolution)
    price = _("no price yet") if micros is None else f"≈ ${micros / 1_000_000:.2f}"
    return " · ".join(filter(None, (model.title, aspects, length, price)))[:100]
