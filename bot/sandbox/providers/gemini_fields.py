"""The documented fields of the Gemini API's interactions with video models. Source: the types of Google's SDK 3.6.1."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from bot.sandbox.providers.fields import Field, Fields, bad, check_fields, list_of, not_empty

MODELS: Mapping[str, tuple[int, float]] = {  # the longest new video and the longest uploaded clip, in seconds
    "gemini-omni-1.2-flash": (15, 15.0),
    "gemini-omni-1.1-flash": (10, 10.0),
}
TASKS = ("text_to_video", "image_to_video", "reference_to_video", "edit", "extend", "upscale")
REQUEST: Fields = {
    "model": Field(type=str, required=True),
    "input": Field(type=list, required=True),
    "response_format": Field(type=dict),
    "generation_config": Field(type=dict),
    "background": Field(type=bool),
    "store": Field(type=bool),
    "previous_interaction_id": Field(type=str, check=not_empty),
    "labels": Field(type=dict),
    "webhook_config": Field(type=dict),
}
MEDIA: Fields = {
    "type": Field(type=str, required=True),
    "uri": Field(type=str, required=True, check=not_empty),  # `data` as well, but answers would repeat it
    "mime_type": Field(type=str, required=True, check=not_empty),
}
TEXT: Fields = {"type": Field(type=str, required=True), "text": Field(type=str, required=True, check=not_empty)}
PARTS: Mapping[str, Fields] = {"text": TEXT, "image": MEDIA, "video": MEDIA}
FORMAT: Fields = {
    "type": Field(type=str, required=True, one_of=("video",)),
    "aspect_ratio": Field(type=str, one_of=("16:9", "9:16")),
    "delivery": Field(type=str, one_of=("inline", "uri")),
    "resolution": Field(type=str, one_of=("360p", "720p", "1080p", "4k")),
    "duration": Field(type=str),
}
CONFIG: Fields = {"video_config": Field(type=dict)}
VIDEO_CONFIG: Fields = {"task": Field(type=str, one_of=TASKS)}
MAX_IMAGES = {"image_to_video": 2, "reference_to_video": 6}


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A checked request for a video."""

    model: str
    prompt: str
    images: list[str]
    videos: list[str]
    task: str
    aspect: str
    resolution: str
    seconds: int | None
    previous_id: str


def read_request(body: Mapping[str, object]) -> Request:
    """Check a request's fields against the documentation."""
    check_fields(body, REQUEST)
    if body.get("background") is not True:
        raise bad("this server runs interactions in the background only", "background")
    parts = [_part(each) for each in _list(body["input"])]
    chosen, config = _dict(body.get("response_format")), _dict(body.get("generation_config"))
    check_fields(chosen, FORMAT)
    check_fields(config, CONFIG)
    video_config = _dict(config.get("video_config"))
    check_fields(video_config, VIDEO_CONFIG)
    request = Request(
        model=str(body["model"]),
        prompt=" ".join(text for kind, text in parts if kind == "text"),
        images=[uri for kind, uri in parts if kind == "image"],
        videos=[uri for kind, uri in parts if kind == "video"],
        task=str(video_config.get("task", "text_to_video")),
        aspect=str(chosen.get("aspect_ratio", "16:9")),
        resolution=str(chosen.get("resolution", "720p")),
        seconds=_seconds(chosen.get("duration")),
        previous_id=str(body.get("previous_interaction_id", "")),
    )
    _check_task(request)
    if chosen.get("delivery") != "uri":
        raise bad("inline media has at most 4 MB: set delivery to uri", "response_format.delivery")
    return request


def _check_task(request: Request) -> None:
    """Refuse media that the task doesn't take."""
    follows = request.task in ("edit", "extend")
    if follows is not bool(request.videos or request.previous_id) or len(request.videos) > 1:
        raise bad(f"{request.task} takes {'one video or a previous interaction' if follows else 'no video'}", "input")
    most = MAX_IMAGES.get(request.task, 6 if follows else 0)
    fewest = 1 if request.task in MAX_IMAGES else 0
    if wrong := list_of(lambda _: None, at_least=fewest, at_most=most)(request.images):
        raise bad(f"images: {wrong}", "input")
    longest = 10 if request.task == "extend" else MODELS.get(request.model, (10, 10.0))[0]
    if request.seconds is not None and not 3 <= request.seconds <= longest:
        raise bad(f"duration must be from 3s to {longest}s", "response_format.duration")


def _seconds(duration: object) -> int | None:
    if duration is None:
        return None
    match = re.fullmatch(r"(\d{1,3})s", str(duration))
    if match is None:
        raise bad("duration must be a Duration such as 8s", "response_format.duration")
    return int(match[1])


def _part(value: object) -> tuple[str, str]:
    fields = _dict(value)
    kind = str(fields.get("type"))
    if kind not in PARTS:
        raise bad(f"unknown type of input {kind}", "input")
    check_fields(fields, PARTS[kind])
    return kind, str(fields["text" if kind == "text" else "uri"])


def _dict(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
