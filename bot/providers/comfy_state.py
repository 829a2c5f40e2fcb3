"""Reads the runs of ComfyUI's history and the jobs of Comfy API v2. Stateless."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from urllib.parse import urlencode

from bot.ports.provider import Failed, Pending, Ready, Task, TaskState
from bot.providers.clip_links import ends_like_video
from bot.providers.error_body import ErrorBody
from bot.providers.json_fields import first_text, get_path
from bot.providers.task_state import SOURCE_CLIP_ONLY, StatusResponse, read_state

NO_VIDEO = "the workflow has saved no video: end it with Save Video"


def read_history(response: StatusResponse, task: Task) -> TaskState:
    """Return the state of a run that has ended. A body without the run is read like that of any server."""
    body = response.body
    entry = body.get(task.task_id) if isinstance(body, dict) else None
    if not isinstance(entry, dict):
        return read_state(response, task)
    if task.spare_ids.get("source_id") == task.task_id:
        return Pending(raw_status=SOURCE_CLIP_ONLY)
    if first_text(entry, "status.status_str") == "error":
        return Failed(reason=_read_reason(entry))
    file = _find_video(entry)
    if file is None:
        return Failed(reason=NO_VIDEO)
    query = urlencode({name: file.get(name) or "" for name in ("filename", "subfolder", "type")})
    return Ready(url=f"{task.endpoint}/view?{query}", authorised=True, endpoint=task.endpoint)


def _read_reason(entry: Mapping[str, object]) -> str:
    """Return what the run ended with. An interrupted run has no `execution_error`."""
    messages = get_path(entry, "status.messages")
    for message in messages if isinstance(messages, list) else ():
        if get_path(message, "0") == "execution_error":
            said = (first_text(message, f"1.{name}") for name in ("node_type", "exception_type", "exception_message"))
            return ErrorBody(message=": ".join(filter(None, said))).reason or "error"
    return "interrupted"


def _find_video(entry: Mapping[str, object]) -> Mapping[str, object] | None:
    """Return the last video that the workflow has saved, else the last one that it only shows.

    Save Video lists it under `images`, Video Helper Suite under `gifs`.
    """
    files = list(_files(entry.get("outputs")))
    saved = [file for file in files if file.get("type", "output") == "output"]
    shown = [file for file in files if file.get("type") == "temp"]
    return next(reversed(saved or shown), None)


def _files(outputs: object) -> Iterator[Mapping[str, object]]:
    for node in outputs.values() if isinstance(outputs, dict) else ():
        for items in node.values() if isinstance(node, dict) else ():
            for file in items if isinstance(items, list) else ():
                if isinstance(file, dict) and _is_video(file.get("filename")):
                    yield file


def _is_video(name: object) -> bool:
    return isinstance(name, str) and ends_like_video(name)


def read_job(response: StatusResponse, task: Task) -> TaskState:
    """Return the state of a job of Comfy API v2. Its progress is `{"value": 0..1}`, its outputs may be of any kind."""
    body = response.body
    if not isinstance(body, dict):
        return read_state(response, task)
    listed = body.get("outputs")
    outputs = [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
    videos = [each for each in outputs if each.get("type") == "video" or _is_video(each.get("name"))]
    state = read_state(replace(response, body={**body, "outputs": videos[-1:]}), task)
    match state:
        case Pending(finished=True) if isinstance(listed, list):
            return Failed(reason=NO_VIDEO)
        case Pending():
            value = get_path(body, "progress.value")
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
                return state
            return state if state.raw_status == SOURCE_CLIP_ONLY else replace(state, progress=value * 100.0)
        case _:
            return state
