"""The documented fields of Runware's tasks, and of two of its video models. Source: the types of its SDK 0.5.24."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.sandbox.providers.fields import Check, Field, Fields, bad, check_fields, list_of, not_empty, whole


def is_uuid(value: object) -> str | None:
    try:
        return None if uuid.UUID(str(value)).version == 4 else "must be a UUID v4"
    except ValueError:
        return "must be a UUID v4"


def frame(value: object) -> str | None:
    if not isinstance(value, dict) or set(value) != {"image", "frame"} or value["frame"] not in ("first", "last"):
        return "must have image and frame (first, last)"
    return is_uuid(value["image"])  # a link or data as well, but answers would repeat it


TASK: Fields = {
    "taskType": Field(type=str, required=True),
    "taskUUID": Field(type=str, required=True, check=is_uuid),
}
OPERATION: Mapping[str, Fields] = {
    "getResponse": TASK,
    "getTaskDetails": TASK,
    "accountManagement": {**TASK, "operation": Field(type=str, required=True, one_of=("getDetails",))},
    "mediaStorage": {
        **TASK,
        "operation": Field(type=str, required=True, one_of=("upload", "delete")),
        "media": Field(type=str, required=True, check=not_empty),
    },
}
VIDEO: Fields = {
    **TASK,
    "model": Field(type=str, required=True),
    "positivePrompt": Field(type=str, required=True, check=not_empty),
    "deliveryMethod": Field(type=str, required=True, one_of=("async",)),
    "outputType": Field(type=str, one_of=("URL",)),
    "outputFormat": Field(type=str, one_of=("MP4", "WEBM", "MOV")),
    "numberResults": Field(type=int, check=whole(1, 4)),
    "includeCost": Field(type=bool),
    "inputs": Field(type=dict),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RunwareModel:
    """What one model takes beside the fields of all."""

    fields: Fields
    inputs: Fields = field(default_factory=dict)
    needs_frame: bool = False
    max_clip_s: float = 0.0  # of a clip to edit


SIZES = {
    (640, 360): "360p", (360, 640): "360p", (1280, 720): "720p", (720, 1280): "720p", (1920, 1080): "1080p",
    (1080, 1920): "1080p", (3840, 2160): "4k", (2160, 3840): "4k",
}  # fmt: skip


def _one_to(most: int, check: Check) -> Field:
    return Field(type=list, check=list_of(check, at_least=1, at_most=most))


MODELS: Mapping[str, RunwareModel] = {
    "google:gemini@omni-flash-1.1": RunwareModel(
        fields={
            "width": Field(type=int),
            "height": Field(type=int),
            "duration": Field(type=int, check=whole(3, 10)),
        },
        inputs={
            "frameImages": _one_to(2, frame),
            "referenceImages": _one_to(7, is_uuid),
            "video": Field(type=str, check=is_uuid),
        },
        max_clip_s=10.0,
    ),
    "xai:grok-imagine@video-1.5": RunwareModel(
        fields={
            "resolution": Field(type=str, one_of=("480p", "720p", "1080p")),
            "duration": Field(type=int, check=whole(1, 15)),
        },
        inputs={"frameImages": _one_to(1, frame)},
        needs_frame=True,
    ),
}


def check_video(task: Mapping[str, object], model: RunwareModel) -> dict[str, object]:
    """Refuse a videoInference task with undocumented values. Return its inputs."""
    check_fields(task, {**VIDEO, **model.fields})
    inputs = task.get("inputs", {})
    inputs = inputs if isinstance(inputs, dict) else {}
    check_fields(inputs, model.inputs)
    if model.needs_frame and "frameImages" not in inputs:
        raise bad("this model needs a frame", "inputs.frameImages")
    if "video" in inputs and ("frameImages" in inputs or "duration" in task):
        raise bad("a video can't be combined with frames or a duration", "inputs.video")
    if "width" in model.fields and "video" not in inputs and size_of(task) not in SIZES:
        raise bad("unsupported width and height", "width")
    return inputs


def size_of(task: Mapping[str, object]) -> tuple[int, int]:
    return int(str(task.get("width", 0))), int(str(task.get("height", 0)))
