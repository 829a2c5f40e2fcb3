"""Settles what a request leaves open, and refuses what a model cannot do, in a person's words. Pure."""

import math
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from bot.catalogue.model import FollowRule, Model
from bot.i18n import _, fact
from bot.jobs.errors import (
    CannotRemix,
    ModelOff,
    NeedsImage,
    NoImage,
    NoPrice,
    NoSuchOption,
    NotOffered,
    PromptLength,
)
from bot.jobs.job import Kind

PROMPT_MIN, PROMPT_MAX = 3, 2000
NOTHING: frozenset[str] = frozenset()
T = TypeVar("T", str, int)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvedOptions:
    """What will be asked for. `note`: what had to be mapped, for the result line."""

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
    asked: Collection[str] = NOTHING,
) -> ResolvedOptions:
    """Check a request and fill in what it leaves open. Raises BadWish.

    On a remix or an extension the values may be carried over from the source: they are mapped to what the
    operation offers, and noted. `asked` names those that the member typed: an aspect is mapped as well (to the
    same orientation), other values are refused.
    """
    _can(model, kind, prompt)
    if kind is Kind.GENERATE:
        if has_image and not model.image.most:
            raise NoImage(model=model.key)
        if model.image.required and not has_image:
            raise NeedsImage(model=model.key)
        return ResolvedOptions(
            aspect=_one_of(model, fact("aspect"), aspect, model.aspects) or model.default_aspect,
            seconds=_one_of(model, fact("seconds"), seconds, model.seconds) or model.default_seconds,
            resolution=_one_of(model, fact("resolution"), resolution, model.resolutions) or model.default_resolution,
        )
    rule = model.remix if kind is Kind.REMIX else model.extend
    if rule is None:
        raise CannotRemix(model=model.key)
    if has_image:
        raise NoImage(model=model.key)
    if kind is Kind.EXTEND and "seconds" not in asked:
        seconds = None  # the source's length says nothing about how much to add
    _asked_is_offered(model, rule, aspect, seconds, resolution, asked)
    return _follow(model, rule, aspect, seconds, resolution)


def _can(model: Model, kind: Kind, prompt: str) -> None:
    if model.off:
        raise ModelOff(model=model.key, why=model.off)
    if not model.creates and kind is Kind.GENERATE:
        raise NotOffered(model=model.key, offered=fact("remixes"), asked=fact("new videos"))
    longest, length = min(model.prompt_max, PROMPT_MAX), len(prompt.strip())
    if not PROMPT_MIN <= length <= longest:
        raise PromptLength(longest=longest, length=length)
    if model.price is None:
        raise NoPrice(model=model.key)


def _one_of(model: Model, option: str, value: T | None, offered: Sequence[T]) -> T | None:
    """The model's own spelling of a value that it offers; None for None."""
    if value is None:
        return None
    if not offered:
        raise NoSuchOption(model=model.key, option=option)
    found = next((each for each in offered if str(each).casefold() == str(value).strip().casefold()), None)
    if found is None:
        offer, asked = (_with_unit(option, each) for each in (one_of(offered), str(value)))
        raise NotOffered(model=model.key, offered=offer, asked=asked)
    return found


def _with_unit(option: str, value: str) -> str:
    return _("{seconds} s").format(seconds=value) if option == "seconds" else value


def _asked_is_offered(
    model: Model,
    rule: FollowRule,
    aspect: str | None,
    seconds: int | None,
    resolution: str | None,
    asked: Collection[str],
) -> None:
    """Refuse what the member typed and the operation does not know; another shape of the same orientation is fine."""
    if "seconds" in asked:
        _one_of(model, "seconds", seconds, rule.seconds)
    if "resolution" in asked:
        _one_of(model, "resolution", resolution, rule.resolutions)
    if "aspect" not in asked or aspect is None:
        return
    if not any(_orientation(each) == _orientation(aspect) for each in rule.aspects):
        _one_of(model, "aspect", aspect, rule.aspects)


def _follow(
    model: Model, rule: FollowRule, aspect: str | None, seconds: int | None, resolution: str | None
) -> ResolvedOptions:
    first_aspect = model.default_aspect if model.default_aspect in rule.aspects else None
    first_size = model.default_resolution if model.default_resolution in rule.resolutions else None
    choice = ResolvedOptions(
        aspect=nearest_aspect(aspect, rule.aspects, first_aspect),
        seconds=_nearest_seconds(seconds, rule.seconds, rule.default_seconds),
        resolution=_nearest_resolution(resolution, rule.resolutions, first_size),
    )
    changes = [
        _("{before} became {after}").format(
            before=_with_unit(option, str(before)), after=_with_unit(option, str(after))
        )
        for option, before, after in (
            ("aspect", aspect, choice.aspect),
            ("seconds", seconds, choice.seconds),
            ("resolution", resolution, choice.resolution),
        )
        if before is not None and str(before).casefold() != str(after).casefold()
    ]
    return replace(choice, note=", ".join(changes) or None)


def _ratio(aspect: str) -> float:
    found = re.fullmatch(r"\s*(\d{1,4}(?:\.\d{1,4})?):(\d{1,4}(?:\.\d{1,4})?)\s*", aspect)
    wide, high = (float(found[1]), float(found[2])) if found else (1.0, 1.0)
    return wide / high if wide > 0 and high > 0 else 1.0


def _orientation(aspect: str) -> int:
    ratio = _ratio(aspect)
    return (ratio > 1) - (ratio < 1)


def nearest_aspect(aspect: str | None, offered: Sequence[str], first: str | None = None) -> str | None:
    """The nearest shape of the same orientation; where there is none, the first of those offered.

    With nothing offered the source's own stays.
    """
    if not offered:
        return aspect
    if aspect is None:
        return first or offered[0]
    alike = [each for each in offered if _orientation(each) == _orientation(aspect)]
    if not alike:
        return first or offered[0]
    return min(alike, key=lambda each: abs(math.log(_ratio(each) / _ratio(aspect))))


def _nearest_seconds(seconds: int | None, offered: Sequence[int], first: int | None) -> int | None:
    if not offered:
        return seconds
    if seconds is None:
        return first or offered[0]
    return min(offered, key=lambda each: abs(each - seconds))


def _lines(resolution: str) -> int:
    number = int(re.sub(r"\D", "", resolution)[:6] or "0")
    return number * 540 if resolution.strip().casefold().endswith("k") else number


def _nearest_resolution(resolution: str | None, offered: Sequence[str], first: str | None) -> str | None:
    if not offered:
        return resolution
    if resolution is None:
        return first or offered[0]
    return min(offered, key=lambda each: abs(_lines(each) - _lines(resolution)))


def price_of(model: Model, seconds: int | None, resolution: str | None, images: int = 0) -> int | None:
    """Millionths of a dollar; None where nobody has set a price. An unknown length costs the usual one."""
    if model.price is None:
        return None
    if seconds is None:
        longest = max(model.seconds, default=math.ceil(model.takes_video_s or 0))
        seconds = model.default_seconds or longest
    return model.price.of(seconds, resolution, images)


def one_of(values: Sequence[str | int]) -> str:
    """`16:9 or 9:16`; a run of whole numbers is `1 to 15`."""
    if len(values) > 3 and _is_run(values):
        return _("{first} to {last}").format(first=values[0], last=values[-1])
    if len(values) == 1:
        return str(values[0])
    return _("{others} or {last}").format(others=", ".join(map(str, values[:-1])), last=values[-1])


def _is_run(values: Sequence[str | int]) -> bool:
    numbers = [int(v) for v in values if str(v).isdecimal()]
    return len(numbers) == len(values) and numbers == list(range(numbers[0], numbers[0] + len(numbers)))


def describe(model: Model) -> str:
    """`Grok 3 · 16:9, 9:16 · 5-10 s · ≈ $0.10`, at most 100 characters: a line of autocomplete."""
    shapes = ", ".join(model.aspects[:3]) + (f" +{len(model.aspects) - 3}" if len(model.aspects) > 3 else "")
    length = ""
    if model.seconds:
        low, high = min(model.seconds), max(model.seconds)
        length = _("{seconds} s").format(seconds=low if low == high else f"{low}-{high}")
    micros = price_of(model, model.default_seconds, model.default_resolution)
    price = _("no price yet") if micros is None else f"≈ ${micros / 1_000_000:.2f}"
    return " · ".join(filter(None, (model.title, shapes, length, price)))[:100]
