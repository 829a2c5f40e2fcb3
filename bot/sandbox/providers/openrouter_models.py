"""The models of the pretend OpenRouter, as its list `GET /videos/models` has them, and the fields of a request.

Source: reference/providers-next.md 5.1; the types of OpenRouter's SDK 1.3.84; its list of models of 2026-08-05, with
the newer models of October 2026.
"""

from collections.abc import Mapping, Sequence

from bot.sandbox.providers.fields import Check, Field, Fields, is_url_or_data, is_web_url, not_empty

Listed = Mapping[str, object]
ASPECTS = ("16:9", "9:16", "1:1", "4:3", "3:4", "3:2", "2:3", "21:9", "9:21")
RESOLUTIONS = ("360p", "480p", "720p", "768p", "1080p", "1K", "2K", "4K")
FIRST, FIRST_LAST = ("first_frame",), ("first_frame", "last_frame")
WIDE = ("16:9", "9:16", "1:1", "4:3", "3:4", "21:9")
SIZES_480, SIZES_720 = ("864x496", "752x560", "640x640", "992x432"), ("1280x720", "1112x834", "960x960")


def _has_slash(value: object) -> str | None:
    return None if "/" in str(value) else "must be an id such as google/veo-3.1"


def _is_size(value: object) -> str | None:
    width, _, height = str(value).partition("x")
    return None if width.isdigit() and height.isdigit() else "must be WIDTHxHEIGHT"


def _short(value: object) -> str | None:
    return None if len(str(value)) <= 256 else "has more than 256 characters"


def _https(value: object) -> str | None:
    return None if str(value).startswith("https://") else "must be HTTPS"


REQUEST: Fields = {
    "model": Field(type=str, required=True, check=_has_slash),
    "prompt": Field(type=str, required=True, check=not_empty),
    "duration": Field(type=int),
    "aspect_ratio": Field(type=str, one_of=ASPECTS),
    "resolution": Field(type=str, one_of=RESOLUTIONS),
    "size": Field(type=str, check=_is_size),
    "frame_images": Field(type=list),
    "input_references": Field(type=list),
    "previous_job_id": Field(type=str, check=not_empty),
    "generate_audio": Field(type=bool),
    "seed": Field(type=int),
    "user": Field(type=str),
    "session_id": Field(type=str, check=_short),
    "callback_url": Field(type=str, check=_https),
    "provider": Field(type=dict),
    "trace": Field(type=dict),
}


def _url(check: Check) -> Fields:
    return {"url": Field(type=str, required=True, check=check)}


FRAME: Fields = {
    "type": Field(type=str, required=True, one_of=("image_url",)),
    "image_url": Field(type=dict, required=True),
    "frame_type": Field(type=str, required=True, one_of=("first_frame", "last_frame")),
}
REFERENCES: Mapping[str, Fields] = {
    name: {"type": Field(type=str, required=True), name: Field(type=dict, required=True)}
    for name in ("image_url", "video_url", "audio_url")
}
MEDIA_URL, AUDIO_URL = _url(is_url_or_data), _url(is_web_url)


def _listed(
    model_id: str,
    name: str,
    durations: Sequence[int] | None,
    resolutions: Sequence[str] | None,
    aspects: Sequence[str],
    frames: Sequence[str],
    pricing_skus: Mapping[str, str],
    **more: object,
) -> Listed:
    """Return one entry of the list, with every field that its type requires."""
    return {
        "id": model_id,
        "canonical_slug": model_id,
        "name": name,
        "created": 1_785_000_000,
        "supported_durations": None if durations is None else list(durations),
        "supported_resolutions": None if resolutions is None else list(resolutions),
        "supported_aspect_ratios": list(aspects),
        "supported_frame_images": list(frames),
        "supported_sizes": None,
        "pricing_skus": dict(pricing_skus),
        "generate_audio": any("with_audio" in sku or "video_tokens" in sku for sku in pricing_skus),
        "seed": True,
        "creativity": None,
        "upscale_factor": None,
        "allowed_passthrough_parameters": [],
        **more,
    }


LISTED: tuple[Listed, ...] = (
    _listed(
        "alibaba/wan-3.0", "Alibaba: Wan 3.0", range(2, 31), ("480p", "720p", "1080p"), WIDE[:5], FIRST,
        {"duration_seconds_480p": "0.05", "duration_seconds_720p": "0.1", "duration_seconds_1080p": "0.2"},
    ),
    _listed(
        "alibaba/happyhorse-1.1", "Alibaba: HappyHorse 1.1", range(3, 16), ("720p", "1080p"), (*WIDE, "9:21"), FIRST,
        {"duration_seconds_720p": "0.0988", "duration_seconds_1080p": "0.1278"},
    ),
    _listed(
        "kwaivgi/kling-v3.0-std", "Kling: Video v3.0 Standard", range(3, 16), ("720p",), WIDE[:3], FIRST_LAST,
        {
            "duration_seconds": "0.084", "duration_seconds_with_audio": "0.126",
            "text_to_video_duration_seconds_720p": "0.084", "image_to_video_duration_seconds_720p": "0.084",
        },
    ),
    _listed(
        "kwaivgi/kling-v3.0-pro", "Kling: Video v3.0 Pro", range(3, 16), ("720p",), WIDE[:3], FIRST_LAST,
        {
            "duration_seconds": "0.112", "duration_seconds_with_audio": "0.168",
            "text_to_video_duration_seconds_720p": "0.112", "image_to_video_duration_seconds_720p": "0.112",
        },
    ),
    _listed(
        "runway/gen-4.5", "Runway: Gen-4.5", range(2, 11), ("720p",), WIDE[:2], FIRST,
        {"cents_per_second_output": "12"},
    ),
    _listed(
        "minimax/hailuo-3", "MiniMax: H3", range(5, 16), ("2K",), WIDE, FIRST_LAST,
        {"duration_seconds": "0.13", "reference_images": "0.04"},
    ),
    _listed(
        "x-ai/grok-imagine-video", "SpaceXAI: Grok Imagine Video", range(1, 16), ("480p", "720p"),
        (*WIDE[:5], "3:2", "2:3"), FIRST,
        {
            "cents_per_image_input": "0.2", "cents_per_video_output_second_480p": "5",
            "cents_per_video_output_second_720p": "7",
        },
    ),
    _listed(
        "x-ai/grok-imagine-video-1.5", "SpaceXAI: Grok Imagine Video 1.5", range(1, 16), ("480p", "720p", "1080p"),
        (*WIDE[:5], "3:2", "2:3"), FIRST,
        {
            "cents_per_image_input": "1", "cents_per_video_output_second_480p": "8",
            "cents_per_video_output_second_720p": "14", "cents_per_video_output_second_1080p": "25",
        },
    ),
    _listed(
        "black-forest-labs/flux-3-video", "Black Forest Labs: FLUX.3 Video", range(5, 21), ("720p", "1080p"), WIDE,
        FIRST_LAST,
        {
            "cents_per_second_output": "17", "cents_per_second_output_720p": "17",
            "cents_per_second_output_1080p": "29", "cents_per_second_video_continuation_720p": "41",
            "cents_per_second_video_continuation_1080p": "53",
        },
    ),
    _listed(
        "bytedance/seedance-2.5", "ByteDance: Seedance 2.5", range(4, 31), ("480p", "720p"), WIDE, FIRST_LAST,
        {
            "video_tokens": "0.0000107", "video_tokens_without_audio": "0.0000107",
            "video_tokens_with_video_input": "0.0000064",
        },
        supported_sizes=[*SIZES_480, *SIZES_720],
    ),
    _listed(
        "bytedance/seedance-2.0-fast", "ByteDance: Seedance 2.0 Fast", range(4, 16), ("480p", "720p"), (*WIDE, "9:21"),
        FIRST_LAST,
        {
            "video_tokens": "0.0000042", "video_tokens_without_audio": "0.0000042",
            "video_tokens_with_video_input": "0.000002475",
        },
        supported_sizes=[*SIZES_480, *SIZES_720],
    ),
    _listed(
        "google/veo-3.1-fast", "Google: Veo 3.1 Fast", (4, 6, 8), ("720p", "1080p", "4K"), WIDE[:2], FIRST_LAST,
        {
            "duration_seconds_with_audio": "0.12", "duration_seconds_with_audio_4k": "0.30",
            "duration_seconds_without_audio": "0.10", "duration_seconds_with_audio_720p": "0.10",
            "duration_seconds_without_audio_4k": "0.25", "duration_seconds_without_audio_720p": "0.08",
        },
    ),
    _listed(
        "runway/aleph-2", "Runway: Aleph 2.0", None, None, WIDE, (),
        {"cents_per_second_output": "28", "minimum_cents_per_generation": "56"},
    ),
)  # fmt: skip
EDITS_CLIPS = (
    "bytedance/seedance-2.0-fast",
    "bytedance/seedance-2.5",
)  # documented: Seedance of generation 2 and newer


def continues(listed: Listed) -> bool:
    """Return whether a model continues videos: its prices have one for it."""
    skus = listed["pricing_skus"]
    return isinstance(skus, dict) and any("video_continuation" in sku for sku in skus)
