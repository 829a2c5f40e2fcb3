"""Checks of a request's prompt and options against a model. Stateless."""

import re
from collections.abc import Collection, Sequence
from typing import TypeVar

from bot.catalogue.model import Model
from bot.i18n import _
from bot.jobs.errors import NoSuchOption, NotOffered, PromptLength
from bot.jobs.job import Kind
from bot.jobs.model_errors import (
    NoSuchOptionInExtension,
    NoSuchOptionInRemix,
    NotOfferedInExtension,
    NotOfferedInRemix,
    PromptTooLong,
    PromptUnits,
)

PROMPT_MIN, PROMPT_MAX = 3, 2000
T = TypeVar("T", str, int)
_OPTION_ERRORS: dict[Kind, tuple[type[NoSuchOption], type[NotOffered]]] = {
    Kind.GENERATE: (NoSuchOption, NotOffered),
    Kind.REMIX: (NoSuchOptionInRemix, NotOfferedInRemix),
    Kind.EXTEND: (NoSuchOptionInExtension, NotOfferedInExtension),
}


def check_length(model: Model, prompt: str) -> None:
    longest, length = min(model.prompt_max, PROMPT_MAX), _length(prompt, utf16=model.prompt_utf16)
    if PROMPT_MIN <= length <= longest:
        return
    if length < PROMPT_MIN or longest == PROMPT_MAX:
        raise PromptLength(longest=longest, length=length)
    kind = PromptTooLong if length == len(prompt) else PromptUnits
    raise kind(model=model.title, longest=longest, length=length)


def _length(prompt: str, *, utf16: bool) -> int:
    return len(prompt.encode("utf-16-le", "surrogatepass")) // 2 if utf16 else len(prompt)


def match_option(
    model: Model, option: str, value: T | None, offered: Sequence[T], kind: Kind = Kind.GENERATE
) -> T | None:
    """Return an offered value in the model's spelling, or None for None. Raise BadWish."""
    if value is None:
        return None
    no_option, not_offered = _OPTION_ERRORS[kind]
    if not offered:
        raise no_option(model=model.title, option=option)
    wanted = str(value).strip().casefold()
    match = next((candidate for candidate in offered if str(candidate).casefold() == wanted), None)
    if match is None:
        raise not_offered(
            model=model.title,
            offered=with_unit(option, join_values(offered)),
            asked=with_unit(option, str(value)),
        )
    return match


def with_unit(option: str, value: str) -> str:
    return _("{seconds} s").format(seconds=value) if option == "seconds" else value


def check_explicit(
    model: Model,
    kind: Kind,
    aspect: str | None,
    seconds: int | None,
    resolution: str | None,
    explicit: Collection[str],
) -> None:
    """Raise BadWish for typed values that the operation doesn't offer. An aspect only needs the same orientation."""
    rule = model.remix if kind is Kind.REMIX else model.extend
    if rule is None:
        return
    if "seconds" in explicit:
        match_option(model, "seconds", seconds, rule.seconds, kind)
    if "resolution" in explicit:
        match_option(model, "resolution", resolution, rule.resolutions, kind)
    if "aspect" not in explicit or aspect is None:
        return
    if not any(orientation_of(offered) == orientation_of(aspect) for offered in rule.aspects):
        match_option(model, "aspect", aspect, rule.aspects, kind)


def ratio_of(aspect: str) -> float:
    match = re.fullmatch(r"\s*(\d{1,4}(?:\.\d{1,4})?):(\d{1,4}(?:\.\d{1,4})?)\s*", aspect)
    width, height = (float(match[1]), float(match[2])) if match else (1.0, 1.0)
    return width / height if width > 0 and height > 0 else 1.0


def orientation_of(aspect: str) -> int:
    ratio = ratio_of(aspect)
    return (ratio > 1) - (ratio < 1)


def join_values(values: Sequence[str | int]) -> str:
    """Return `16:9 or 9:16`, or `1 to 15` for consecutive whole numbers."""
    if len(values) > 3 and _is_consecutive(values):
        return _("{first} to {last}").format(first=values[0], last=values[-1])
    if len(values) == 1:
        return str(values[0])
    return _("{others} or {last}").format(others=", ".join(map(str, values[:-1])), last=values[-1])


def _is_consecutive(values: Sequence[str | int]) -> bool:
    numbers = [int(value) for value in values if str(value).isdecimal()]
    return len(numbers) == len(values) and numbers == list(range(numbers[0], numbers[0] + len(numbers)))
