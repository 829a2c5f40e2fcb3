"""The documented fields of OctopusX, per model and route. Source: seed 001; reference/providers.md 2.2 to 2.4."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from bot.sandbox.providers.fields import (
    Field,
    Fields,
    at_most_chars,
    is_data_uri,
    is_picture,
    is_ratio,
    is_url_or_data,
    list_of,
    not_empty,
    whole,
)

MODEL = Field(type=str, required=True, check=not_empty)
PROMPT = Field(type=str, required=True, check=not_empty)
IMAGES = Field(type=list, check=list_of(is_picture, at_most=8))
GROK_RATIOS = ("2:3", "3:2", "1:1")
GROK_SIZES = ("720P", "1080P")
BASE: Fields = {"model": MODEL, "prompt": PROMPT}


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """How one route takes one model."""

    family: str
    fields: Fields
    encoding: Literal["json", "form"] = "json"
    seconds: int = 6
    fixed_seconds: bool = False  # what the caller asks for is ignored
    aspect: str = "3:2"
    resolution: str = "720P"


def choice(*allowed: str, required: bool = False) -> Field:
    return Field(type=str, one_of=allowed, required=required)


GROK_UNIFIED = Route(
    family="grok",
    fields={
        **BASE,
        "images": IMAGES,
        "aspect_ratio": choice(*GROK_RATIOS),
        "size": choice(*GROK_SIZES),
        "duration": Field(type=int, check=whole(1, 30)),
    },
)
VEO = Route(  # its create page is not in the fact sheet: the smallest plausible body
    family="veo", fields={**BASE, "images": IMAGES, "aspect_ratio": choice("16:9", "9:16")}, seconds=8, aspect="16:9"
)
SORA_UNIFIED = Route(
    family="sora",
    fields={
        **BASE,
        "images": IMAGES,
        "orientation": choice("portrait", "landscape"),
        "size": choice("small", "large"),
        "duration": Field(type=int, one_of=(10, 15)),
        "watermark": Field(type=bool),
        "private": Field(type=bool),
        "style": Field(type=str),
        "storyboard": Field(type=bool),
    },
    seconds=10,
    aspect="16:9",
)
UNIFIED: Mapping[str, Route] = {
    "grok-video-3": GROK_UNIFIED,
    "grok-video-3-pro": Route(family="grok", fields=GROK_UNIFIED.fields, seconds=10, fixed_seconds=True),
    "grok-video-3-max": Route(family="grok", fields=GROK_UNIFIED.fields, seconds=15, fixed_seconds=True),
    "veo_3_1": VEO,
    "veo_3_1-fast": VEO,
    "sora-2": SORA_UNIFIED,
}

GROK_FORM: Fields = {
    **BASE,
    "aspect_ratio": choice(*GROK_RATIOS),
    "seconds": Field(type=str, check=whole(1, 30)),
    "size": choice(*GROK_SIZES),
}
GROK_15_FORM: Fields = {**GROK_FORM, "size": choice("480P", "540P", "720P", "1080P")}
IMAGINE = Route(
    family="imagine",
    fields={
        "model": MODEL,
        "prompt": Field(type=str, required=True, check=at_most_chars(4096)),
        "seconds": Field(type=object, check=whole(1, 60)),
        "aspect_ratio": Field(type=str, check=is_ratio),
        "resolution": Field(type=object, one_of=("480P", "720P", "480", "720", 480, 720)),
        "image": Field(type=str, check=is_data_uri),
        "images": Field(type=list, check=list_of(is_data_uri, at_most=8)),
    },
    aspect="16:9",
)
V2V = Route(
    family="omni",
    fields={
        **BASE,
        "video": Field(type=str, required=True, check=is_url_or_data),
        "seconds": Field(type=object, check=whole(1, 60)),
        "aspect_ratio": Field(type=str, check=is_ratio),
        "resolution": Field(type=str),
    },
    aspect="16:9",
)
SORA_OPENAI = Route(
    family="sora",
    fields={
        **BASE,
        "size": choice("720x1280", "1280x720"),
        "seconds": Field(type=str, check=whole(4, 25)),
        "input_reference": Field(type=str, check=is_data_uri),
        "metadata": Field(type=dict),
    },
    seconds=10,
    aspect="9:16",
)
OPENAI: Mapping[str, Route] = {
    "grok-video-3": Route(family="grok", fields=GROK_FORM, encoding="form"),
    "grok-video-3-pro": Route(family="grok", fields=GROK_FORM, encoding="form", seconds=10, fixed_seconds=True),
    "grok-video-3-max": Route(family="grok", fields=GROK_FORM, encoding="form", seconds=15, fixed_seconds=True),
    "grok-video-1.5": Route(family="grok", fields=GROK_15_FORM, encoding="form"),
    "grok-video-1.5-pro": Route(family="grok", fields=GROK_15_FORM, encoding="form", seconds=10, fixed_seconds=True),
    "grok-video-1.5-max": Route(family="grok", fields=GROK_15_FORM, encoding="form", seconds=15, fixed_seconds=True),
    "grok-imagine-video": IMAGINE,
    "grok-imagine-video-1.5-preview": IMAGINE,
    "omni-fast-v2v": V2V,
    "veo_3_1": VEO,
    "veo_3_1-fast": VEO,
    "sora-2": SORA_OPENAI,
}

GENERIC: Mapping[str, Route] = {
    "seedance-2": Route(
        family="seedance",
        fields={
            **BASE,
            "duration": Field(type=int, check=whole(4, 15)),
            "aspect_ratio": choice("16:9", "9:16", "1:1", "4:3"),
            "images": IMAGES,
        },
        seconds=5,
        aspect="16:9",
    )
}

TASK_ID = Field(type=str, required=True, check=not_empty)
GROK_REMIX: Fields = {
    **BASE,
    "size": choice(*GROK_SIZES, required=True),
    "aspect_ratio": choice(*GROK_RATIOS, required=True),
    "parent_post_id": Field(type=str),
}
GROK_EXTEND: Fields = {
    **BASE,
    "images": IMAGES,
    "size": choice(*GROK_SIZES),
    "aspect_ratio": choice(*GROK_RATIOS),
    "start_time": Field(type=int, check=whole(0, 600)),
    "upscale": Field(type=bool),
}
EXTENSIONS: Fields = {
    **BASE,
    "video": Field(type=dict, required=True),
    "seconds": Field(type=object, check=whole(1, 30)),
}
EXTENSION_S = 10  # undocumented: the length of the example of a creation
REMIX_FAMILY = {"veo_3_1-extend": "veo"}  # the model of a remix may be none that creates
