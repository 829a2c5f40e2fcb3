"""The documented fields of Runway's models, by route. Source: the types of Runway's SDK 5.24.0."""

import re
from collections.abc import Mapping

from bot.sandbox.providers.fields import Check, Field, Fields, bad, decoded, list_of, not_empty, whole

MAX_DATA_URI = 5_000_000
TURBO = ("1280:720", "720:1280", "1104:832", "832:1104", "960:960", "1584:672")
VEO = ("1280:720", "720:1280", "1080:1920", "1920:1080")
OMNI = ("640:360", "360:640", "1280:720", "720:1280", "1920:1080", "1080:1920", "3840:2160", "2160:3840")
SEEDANCE = (
    "992:432", "854:480", "752:560", "640:640", "560:752", "480:854", "1470:630", "1280:720", "1112:834", "960:960",
    "834:1112", "720:1280", "2206:946", "1920:1080", "1664:1248", "1440:1440", "1248:1664", "1080:1920",
)  # fmt: skip
MODES = ("reference", "extend", "edit")


def utf16(limit: int) -> Check:
    def check(value: object) -> str | None:
        length = len(str(value).encode("utf-16-le", "surrogatepass")) // 2
        return not_empty(value) or (f"has more than {limit} UTF-16 code units" if length > limit else None)

    return check


def is_media(value: object) -> str | None:
    """An HTTPS URL, a `runway://` address or a data URI of up to 5 MB."""
    if isinstance(value, str) and re.match(r"(?:https|runway)://[^/\s]+", value):
        return None
    if not isinstance(value, str) or decoded(value) is None:
        return "must be an HTTPS URL, a Runway upload URI or a data URI"
    return "is a data URI of more than 5 MB" if len(value) > MAX_DATA_URI else None


def auto_or(low: int, high: int) -> Check:
    numbers = whole(low, high)

    def check(value: object) -> str | None:
        return None if value == "auto" else numbers(value) if isinstance(value, int) else "must be a number or auto"

    return check


def frames(*positions: str) -> Check:
    """One picture, or a list of pictures with a position each; a last frame needs a first."""

    def item(value: object) -> str | None:
        if not isinstance(value, dict) or set(value) != {"uri", "position"} or value["position"] not in positions:
            return f"must have uri and position ({', '.join(positions)})"
        return is_media(value["uri"])

    def check(value: object) -> str | None:
        if not isinstance(value, list):
            return is_media(value)
        wrong = list_of(item, at_least=1, at_most=len(positions))(value)
        if wrong is None and [each["position"] for each in value] != list(positions[: len(value)]):
            wrong = "must begin with the first frame"
        return wrong

    return check


def reference(value: object) -> str | None:
    return is_media(value["uri"]) if isinstance(value, dict) and set(value) == {"uri"} else "must have uri only"


def _ratio(values: tuple[str, ...], *, required: bool = False) -> Field:
    return Field(type=str, one_of=values, required=required)


def _prompt(limit: int, *, required: bool = True) -> Field:
    return Field(type=str, required=required, check=utf16(limit))


AUTO = Field(type=object, check=auto_or(3, 10))
REFERENCES = Field(type=list, check=list_of(reference, at_most=30))
FIRST = {"promptImage": Field(type=object, required=True, check=frames("first"))}
FIRST_LAST = {"promptImage": Field(type=object, required=True, check=frames("first", "last"))}
MEDIA = Field(type=str, required=True, check=is_media)
GEN45: Fields = {
    "promptText": _prompt(1000), "duration": Field(type=int, required=True, check=whole(2, 10)),
    "seed": Field(type=int),
}  # fmt: skip
VEO31: Fields = {
    "promptText": _prompt(1000), "ratio": _ratio(VEO, required=True), "audio": Field(type=bool),
    "duration": Field(type=int, one_of=(4, 6, 8)), "negativePrompt": Field(type=str), "seed": Field(type=int),
}  # fmt: skip
OMNI11: Fields = {"promptText": _prompt(20000), "duration": AUTO, "ratio": _ratio(OMNI)}
OMNI1: Fields = {
    "promptText": _prompt(20000), "duration": Field(type=int, check=whole(3, 10)),
    "ratio": _ratio(("1280:720", "720:1280")),
}  # fmt: skip
SEEDANCE25: Fields = {
    "promptText": _prompt(15000, required=False), "duration": Field(type=object, check=auto_or(4, 30)),
    "ratio": _ratio(SEEDANCE), "audio": Field(type=bool), "seed": Field(type=int),
}  # fmt: skip
ROUTES: Mapping[str, Mapping[str, Fields]] = {
    "text_to_video": {
        "gen4.5": {**GEN45, "ratio": _ratio(("1280:720", "720:1280"), required=True)},
        "veo3.1": VEO31,
        "veo3.1_fast": VEO31,
        "gemini_omni_flash_1.1": {**OMNI11, "references": REFERENCES},
        "gemini_omni_flash": OMNI1,
        "seedance2_5": {**SEEDANCE25, "references": REFERENCES},
    },
    "image_to_video": {
        "gen4.5": {**GEN45, **FIRST, "ratio": _ratio(TURBO, required=True)},
        "gen4_turbo": {
            **FIRST, "promptText": _prompt(1000, required=False), "ratio": _ratio(TURBO, required=True),
            "duration": Field(type=int, check=whole(2, 10)), "seed": Field(type=int),
        },
        "veo3.1": {**VEO31, **FIRST_LAST},
        "veo3.1_fast": {**VEO31, **FIRST_LAST},
        "gemini_omni_flash_1.1": {**OMNI11, **FIRST_LAST},
        "gemini_omni_flash": {**OMNI1, **FIRST},
        "seedance2_5": {**SEEDANCE25, **FIRST_LAST},
    },
    "video_to_video": {
        "aleph2": {"videoUri": MEDIA, "promptText": _prompt(1000, required=False), "seed": Field(type=int)},
        "gemini_omni_flash_1.1": {
            **OMNI11, "videoUri": MEDIA, "mode": Field(type=str, one_of=MODES), "references": REFERENCES,
        },
        "gemini_omni_flash": {"promptText": _prompt(20000), "videoUri": MEDIA, "references": REFERENCES},
        "seedance2_5": {
            **SEEDANCE25, "promptVideo": MEDIA, "mode": Field(type=str, one_of=MODES), "references": REFERENCES,
        },
    },
}  # fmt: skip
MAX_INPUT_S = {"aleph2": 30.0}  # the others: 10 s


def check_modes(body: Mapping[str, object]) -> None:
    """Refuse what Seedance's edits and extensions don't take."""
    mode = body.get("mode", "reference")
    if body["model"] != "seedance2_5" or mode == "reference":
        return
    if "ratio" in body or "promptText" not in body:
        raise bad(f"{mode} requires promptText and does not accept ratio", "ratio")
    if mode == "edit" and body.get("duration") != "auto":
        raise bad('edit requires duration: "auto"', "duration")
