"""Options that members write into a prompt, as other bots take them: `a lighthouse --ar 9:16`. Pure."""

import re
from dataclasses import dataclass, replace

from bot.jobs.rejections import OptionRepeated, OptionTwice, UnreadableOption
from bot.ordering.quote import Request

# Phones turn `--` into a dash; that is read for these names only, because a dash is also punctuation.
_OPTION = re.compile(
    r"(?<![a-z0-9_\-\"'“„「])(?:--([a-z][\w-]*)"  # Japanese has no space before it; a quoted one is only words
    r"|[—–]{1,2}(ar|aspect|seed|no|neg|negative|(?:ratio|seconds|duration|resolution|res|v|fps|motion)(?=[\s=:]*\d)))"
    r"(?![\w-])[\s=:]*",
    re.IGNORECASE,
)
_ASPECT = re.compile(r"(\d{1,2})\s*[:x/]\s*(\d{1,2})(?!\d)")
_SECONDS = re.compile(r"([1-9]\d{0,2})(?![.,]?\d)\s*(?:s|sec|seconds?)?\b", re.IGNORECASE)
_BARE_ASPECT = re.compile(r"\s(\d{1,2}:\d{1,2})\s*$")
_RESOLUTION = re.compile(r"(\d{3,4}p|[248]k)\b", re.IGNORECASE)
_NAMES = {
    "ar": "aspect", "aspect": "aspect", "ratio": "aspect", "aspect-ratio": "aspect", "aspect_ratio": "aspect",
    "seconds": "seconds", "duration": "seconds", "length": "seconds", "dur": "seconds",
    "resolution": "resolution", "res": "resolution",
}  # fmt: skip


_EXAMPLES = {"aspect": "16:9", "seconds": "8", "resolution": "720p"}


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptOptions:
    """A request without the options in its prompt. `unknown` is the first one that no model has, as it was written."""

    request: Request
    unknown: str | None = None


def split_options(text: str) -> tuple[str, str]:
    """Return what stands before the first option in a text, and the rest. A bare aspect at the end is one too."""
    found = _OPTION.search(text)
    if found is not None:
        return text[: found.start()].strip(), text[found.start() :].strip()
    bare = _BARE_ASPECT.search(text)
    return (text, "") if bare is None else (text[: bare.start()].strip(), f"--aspect {bare[1]}")


def read_prompt_options(request: Request) -> PromptOptions:
    """Move the options in a prompt to the request.

    Raise UnreadableOption for a known option with a value that isn't one, OptionTwice for one that differs from what
    was chosen, and OptionRepeated for one that differs from an earlier one.
    """
    chosen = request
    found = _OPTION.search(request.prompt)
    while found is not None:
        name = (found[1] or found[2]).lower()
        written = f"--{name}"
        rest = request.prompt[found.end() :]
        match _NAMES.get(name):
            case "aspect" if value := _ASPECT.match(rest):
                asked = f"{int(value[1])}:{int(value[2])}"
                _refuse_another(chosen.aspect, request.aspect, asked, written)
                request = replace(request, aspect=asked)
            case "seconds" if value := _SECONDS.match(rest):
                _refuse_another(chosen.seconds, request.seconds, int(value[1]), written)
                request = replace(request, seconds=int(value[1]))
            case "resolution" if value := _RESOLUTION.match(rest):
                _refuse_another(chosen.resolution, request.resolution, value[1].lower(), written)
                request = replace(request, resolution=value[1].lower())
            case None:
                return PromptOptions(request=request, unknown=written)
            case known:
                raise UnreadableOption(option=written, example=f"{written} {_EXAMPLES[known]}")
        words = (request.prompt[: found.start()].rstrip(), rest[value.end() :].strip())
        request = replace(request, prompt=" ".join(each for each in words if each))
        found = _OPTION.search(request.prompt)
    return PromptOptions(request=request)


def with_options(request: Request, options: str) -> Request:
    """Return a request with options that were written after a command such as `again`: they overrule its own.

    Raise UnreadableOption as `read_prompt_options`. An unknown option ends up in the prompt, where it is named.
    """
    written = read_prompt_options(Request(kind=request.kind, prompt=options)).request
    return replace(
        request,
        prompt=f"{request.prompt} {written.prompt}".strip(),
        aspect=written.aspect or request.aspect,
        seconds=written.seconds or request.seconds,
        resolution=written.resolution or request.resolution,
    )


def _refuse_another(chosen: str | int | None, now: str | int | None, asked: str | int, option: str) -> None:
    """Raise an error if an option has another value by now: one that was chosen, or one that was written earlier."""
    if now is None or str(now).casefold() == str(asked).casefold():
        return
    if chosen is None:
        raise OptionRepeated(option=option, first=now, second=asked)
    raise OptionTwice(option=option, asked=asked, chosen=chosen)
