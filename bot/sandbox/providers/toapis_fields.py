"""The documented fields of ToAPIs, per model. Source: seeds 000, 002, 004; reference/providers.md 1.3, 1.4."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.sandbox.providers.fields import Field, Fields, between, is_web_url, list_of, not_empty

WIDE = ("16:9", "9:16")
FIVE = ("16:9", "9:16", "3:2", "2:3", "1:1")
MODEL = Field(type=str, required=True, check=not_empty)
PROMPT = Field(type=str, required=True, check=not_empty)


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """One model: its family, the fields of a creation, and what it takes for granted."""

    family: str
    fields: Fields
    seconds: int = 10
    aspect: str = "16:9"
    resolution: str | None = None
    metadata: Fields | None = None


def images(at_most: int, *, at_least: int = 0, required: bool = False) -> Field:
    return Field(type=list, required=required, check=list_of(is_web_url, at_least=at_least, at_most=at_most))


def numbers(*allowed: int) -> Field:
    return Field(type=int, one_of=allowed)


def text(*allowed: str) -> Field:
    return Field(type=str, one_of=allowed)


def model(
    family: str,
    *,
    seconds: int = 10,
    default_resolution: str | None = None,
    metadata: Fields | None = None,
    **fields: Field,
) -> Model:
    both = {"model": MODEL, "prompt": PROMPT, **{n.rstrip("_"): f for n, f in fields.items()}}
    if metadata is not None:
        both["metadata"] = Field(type=dict)
    return Model(family=family, fields=both, seconds=seconds, resolution=default_resolution, metadata=metadata)


VEO_METADATA = {
    "generation_type": text("frame", "reference"),
    "resolution": text("720p", "1080p", "4k"),
    "enable_gif": Field(type=bool),
}
VEO = model(
    "veo",
    seconds=8,
    default_resolution="720p",
    duration=numbers(8),
    aspect_ratio=text(*WIDE),
    image_urls=images(3),
    metadata=VEO_METADATA,
)
SORA_RATIOS = text("16:9", "9:16", "1:1")
SEEDANCE_RATIOS = text("16:9", "9:16", "1:1", "4:3")
SEEDANCE = model(
    "seedance",
    seconds=5,
    duration=Field(type=int, check=between(4, 15)),
    ratio=SEEDANCE_RATIOS,
    aspect_ratio=SEEDANCE_RATIOS,
    image_urls=images(1),
)

MODELS: Mapping[str, Model] = {
    "grok-video-3": model("grok", duration=numbers(5, 10), aspect_ratio=text(*WIDE), image_urls=images(3)),
    "grok-video-1.5-preview": model(
        "grok",
        seconds_=text("10", "15"),
        aspect_ratio=text(*FIVE),
        images=images(1, at_least=1, required=True),
    ),
    "grok-video-1.0": model(
        "grok",
        duration=Field(type=int, check=between(1, 15)),
        aspect_ratio=text(*FIVE),
        resolution=text("480p", "720p"),
        reference_images=images(8),
        image=Field(type=str, check=is_web_url),
    ),
    "grok-video-1.5": model(
        "grok",
        duration=Field(type=int, check=between(1, 15)),
        aspect_ratio=text(*FIVE),
        resolution=text("480p", "720p"),
        image=Field(type=str, required=True, check=is_web_url),
    ),
    "veo3.1-fast": VEO,
    "veo3.1-quality": VEO,
    "veo3.1-lite": VEO,
    "kling-v3": model(
        "kling",
        seconds=5,
        duration=numbers(5, 10, 15),
        aspect_ratio=SORA_RATIOS,
        image_urls=images(2),
        mode=text("std", "pro"),
        audio=Field(type=bool),
        metadata={"negative_prompt": Field(type=str)},
    ),
    "gemini_omni": model(
        "gemini",
        seconds=6,
        duration=numbers(4, 6, 10),
        aspect_ratio=text(*WIDE),
        image_urls=images(3),
        resolution=text("720P", "720p"),
    ),
    "gemini-omni-flash": model(
        "gemini",
        seconds=6,
        duration=numbers(4, 6, 10),
        aspect_ratio=text(*WIDE),
        image_urls=images(3),
        resolution=text("720P", "720p"),
    ),
    "seedance-2": SEEDANCE,
    "seedance-2-fast": SEEDANCE,
    "doubao-seedance-1-5-pro": model(
        "seedance",
        seconds=5,
        duration=Field(type=int, check=between(4, 12)),
        aspect_ratio=text("16:9", "9:16", "1:1", "4:3", "3:4", "21:9"),
        image_urls=images(4),
        audio=Field(type=bool),
    ),
    "sora-2": model("sora", duration=numbers(10, 15), aspect_ratio=SORA_RATIOS, image_urls=images(1)),
    "sora-2-pro": model("sora", seconds=15, duration=numbers(15, 25), aspect_ratio=SORA_RATIOS, image_urls=images(1)),
    "sora-2-vip": model("sora", duration=numbers(10, 15), aspect_ratio=SORA_RATIOS, image_urls=images(1)),
    "sora-2-official": model(
        "azure", seconds=4, duration=numbers(4, 8, 12), aspect_ratio=text(*WIDE), image_urls=images(1)
    ),
}

REMIX: Mapping[str, Fields] = {
    "grok": {"model": MODEL, "prompt": PROMPT, "size": Field(type=str), "aspect_ratio": text(*WIDE)},
    "sora": {
        "model": MODEL,
        "prompt": PROMPT,
        "duration": Field(type=int, one_of=(10, 15, 25)),
        "aspect_ratio": SORA_RATIOS,
    },
    "azure": {"model": MODEL, "prompt": PROMPT},
}
EXTEND: Mapping[str, Fields] = {"grok": {"model": MODEL, "prompt": PROMPT, "size": Field(type=str)}}
REMIX_DURATIONS = {"sora-2": (10, 15), "sora-2-pro": (15, 25), "sora-2-vip": (10, 15)}


def requested_resolution(body: Mapping[str, object]) -> str | None:
    """Return the resolution that a body names, by the field of its model."""
    metadata = body.get("metadata")
    fields = {**metadata, **body} if isinstance(metadata, dict) else body
    resolution = fields.get("resolution", fields.get("size"))
    return None if resolution is None else str(resolution)
