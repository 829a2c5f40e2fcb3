"""The input schemas of fal's models, as their pages give them. Source: https://fal.ai/models/<id>/llms.txt."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.sandbox.providers.fields import Field, Fields, at_most_chars, is_web_url, list_of, whole
from bot.sandbox.providers.tasks import Kind

GROK, GEMINI = "xai/grok-imagine-video", "google/gemini-omni-flash/v1.1"
HORSE, VEO, LTX = "alibaba/happy-horse", "fal-ai/veo3.1", "fal-ai/ltx-2.3"
WAN = "alibaba/wan-3.0"
KLING = "fal-ai/kling-video/o3/4k/video-to-video/edit"


@dataclass(frozen=True, slots=True, kw_only=True)
class FalModel:
    """One model. `bill` is the model in the catalogue that has its price, `default_s` and the others its defaults."""

    kind: Kind
    fields: Fields
    bill: str
    default_s: int = 0
    default_resolution: str = ""
    max_input_s: float = 0.0
    min_input_s: float = 0.0


def _url(*, required: bool = True) -> Field:
    return Field(type=str, required=required, check=is_web_url)


def _prompt(most: int = 20_000) -> Field:
    return Field(type=str, required=True, check=at_most_chars(most))


def _one_of(*values: object) -> Field:
    return Field(type=type(values[0]), one_of=values)


def _seconds(low: int, high: int) -> Field:
    return Field(type=int, check=whole(low, high))


_GROK_TEXT: dict[str, Field] = {
    "prompt": _prompt(4096), "duration": _seconds(1, 15), "resolution": _one_of("480p", "720p"),
    "aspect_ratio": _one_of("16:9", "4:3", "3:2", "1:1", "2:3", "3:4", "9:16"),
}  # fmt: skip
_GEMINI_TEXT: dict[str, Field] = {
    "prompt": _prompt(), "duration": _seconds(3, 10), "aspect_ratio": _one_of("16:9", "9:16"),
    "resolution": _one_of("360p", "720p", "1080p", "4k"),
}  # fmt: skip
_VEO_TEXT: dict[str, Field] = {
    "prompt": _prompt(), "duration": _one_of("4s", "6s", "8s"), "aspect_ratio": _one_of("16:9", "9:16"),
    "resolution": _one_of("720p", "1080p", "4k"), "generate_audio": Field(type=bool),
}  # fmt: skip
_WAN_TEXT: dict[str, Field] = {
    "prompt": _prompt(), "duration": _seconds(2, 30), "resolution": _one_of("480p", "720p", "1080p"),
    "aspect_ratio": _one_of("adaptive", "16:9", "4:3", "1:1", "3:4", "9:16"),
}  # fmt: skip
_IMAGE: dict[str, Field] = {"image_url": _url()}
_VIDEO: dict[str, Field] = {"video_url": _url()}

MODELS: Mapping[str, FalModel] = {
    f"{GROK}/text-to-video": FalModel(
        kind="create", fields=_GROK_TEXT, bill=f"{GROK}/text-to-video", default_s=6, default_resolution="720p"
    ),
    f"{GROK}/image-to-video": FalModel(
        kind="create", fields=_GROK_TEXT | _IMAGE, bill=f"{GROK}/text-to-video", default_s=6, default_resolution="720p"
    ),
    f"{GROK}/edit-video": FalModel(
        kind="edit",
        fields=_VIDEO | {"prompt": _prompt(4096), "resolution": _one_of("auto", "480p", "720p")},
        bill=f"{GROK}/text-to-video",
        max_input_s=8.7,
    ),
    f"{GROK}/extend-video": FalModel(
        kind="extend",
        fields=_VIDEO | {"prompt": _prompt(4096), "duration": _seconds(2, 10)},
        bill=f"{GROK}/text-to-video",
        default_s=6,
        min_input_s=1.9,
        max_input_s=15.1,
    ),
    f"{GEMINI}/text-to-video": FalModel(
        kind="create", fields=_GEMINI_TEXT, bill=f"{GEMINI}/text-to-video", default_s=8, default_resolution="720p"
    ),
    f"{GEMINI}/image-to-video": FalModel(
        kind="create",
        fields=_GEMINI_TEXT | _IMAGE | {"end_image_url": _url(required=False)},
        bill=f"{GEMINI}/text-to-video",
        default_s=8,
        default_resolution="720p",
    ),
    f"{GEMINI}/edit": FalModel(
        kind="edit",
        fields=_VIDEO | {"prompt": _prompt(), "resolution": _one_of("360p", "720p", "1080p", "4k")},
        bill=f"{GEMINI}/text-to-video",
        default_resolution="720p",
        max_input_s=10.5,
    ),
    f"{HORSE}/text-to-video": FalModel(
        kind="create",
        fields={
            "prompt": _prompt(2500), "duration": _seconds(3, 15), "resolution": _one_of("720p", "1080p"),
            "aspect_ratio": _one_of("16:9", "9:16", "1:1", "4:3", "3:4"),
        },
        bill=f"{HORSE}/text-to-video",
        default_s=5,
        default_resolution="1080p",
    ),
    f"{HORSE}/video-edit": FalModel(
        kind="edit",
        fields=_VIDEO | {"prompt": _prompt(2500), "resolution": _one_of("720p", "1080p")},
        bill=f"{HORSE}/text-to-video",
        default_resolution="1080p",
        min_input_s=2.9,
        max_input_s=60.0,
    ),
    KLING: FalModel(
        kind="edit", fields=_VIDEO | {"prompt": _prompt(), "keep_audio": Field(type=bool)}, bill=KLING,
        min_input_s=2.9, max_input_s=15.1,
    ),
    VEO: FalModel(kind="create", fields=_VEO_TEXT, bill=VEO, default_s=8, default_resolution="720p"),
    f"{VEO}/image-to-video": FalModel(
        kind="create", fields=_VEO_TEXT | _IMAGE, bill=VEO, default_s=8, default_resolution="720p"
    ),
    f"{VEO}/first-last-frame-to-video": FalModel(
        kind="create", fields=_VEO_TEXT | {"first_frame_url": _url(), "last_frame_url": _url()}, bill=VEO,
        default_s=8, default_resolution="720p",
    ),
    f"{VEO}/reference-to-video": FalModel(
        kind="create", fields=_VEO_TEXT | {
            "image_urls": Field(type=list, required=True, check=list_of(is_web_url, at_least=1, at_most=3)),
        }, bill=VEO, default_s=8, default_resolution="720p",
    ),
    f"{WAN}/text-to-video": FalModel(
        kind="create", fields=_WAN_TEXT, bill=f"{WAN}/text-to-video", default_s=5, default_resolution="1080p"
    ),
    f"{WAN}/image-to-video": FalModel(
        kind="create",
        fields=_WAN_TEXT | {"start_image_url": _url(), "end_image_url": _url(required=False)},
        bill=f"{WAN}/text-to-video",
        default_s=5,
        default_resolution="1080p",
    ),
    f"{LTX}/text-to-video": FalModel(
        kind="create",
        fields={
            "prompt": _prompt(), "duration": _one_of(6, 8, 10), "resolution": _one_of("1080p", "1440p", "2160p"),
            "aspect_ratio": _one_of("16:9", "9:16"),
        },
        bill=f"{LTX}/text-to-video",
        default_s=6,
        default_resolution="1080p",
    ),
    f"{LTX}/extend-video": FalModel(
        kind="extend",
        fields=_VIDEO | {
            "prompt": Field(type=str), "duration": _seconds(2, 20), "mode": _one_of("start", "end"),
        },
        bill=f"{LTX}/extend-video",
        default_s=5,
        max_input_s=60.0,
    ),
}  # fmt: skip
