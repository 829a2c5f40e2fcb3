"""Tolerant readers for providers' JSON: status words, progress, times, task ids. Stateless; they never raise."""

import json
import math
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal

from bot.providers.vocabulary import Status, status_of

MAX_ID_LENGTH = 512
MAX_LISTED = 500  # models of a list; a longer one is no list of what an account can use
_BARE_ID = re.compile(r"[\w:.=-]{8,512}")  # new-api answers some submissions with the id as `data`


def parse_json(body: bytes) -> object | None:
    """Return the JSON value of a body, or None if it is invalid."""
    try:
        value: object = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return value


def get_path(value: object, path: str) -> object | None:
    """Return the value at a dotted path, where numbers index lists. None if the path doesn't exist."""
    for step in path.split("."):
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        else:
            return None
    return value


def first_text(value: object, *paths: str) -> str:
    """Return the first non-empty text at one of these paths, stripped, or an empty text."""
    for path in paths:
        text = get_path(value, path)
        if isinstance(text, str) and text.strip():
            return text.strip()
    return ""


def listed_names(body: object) -> frozenset[str] | None:
    """Return the ids of a list `{"data": [{"id": …}]}`. None if it has none, or more than an account can use."""
    items = get_path(body, "data")
    if not isinstance(items, list) or not 0 < len(items) <= MAX_LISTED:
        return None
    ids = [item.get("id") if isinstance(item, dict) else None for item in items]
    names = frozenset(name for name in ids if isinstance(name, str) and re.fullmatch(r"[\w.:/@+*-]{1,200}", name))
    return names or None


def read_status(raw: object, http_status: int = 200) -> Status:
    """Map a status word to a Status. HTTP 202 means running, with or without a word (xAI)."""
    status = status_of(raw) if isinstance(raw, str) else Status.UNKNOWN
    if http_status == 202 and (status is Status.QUEUED or raw is None):
        return Status.RUNNING
    return status


def read_progress(raw: object) -> float | None:
    """Return 0 to 100 from a number, `"40"` or `"40%"`, or None if it isn't a number."""
    if isinstance(raw, str):
        try:
            raw = float(raw.strip().removesuffix("%"))
        except ValueError:
            return None
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        return None
    try:
        value = float(raw)
    except OverflowError:
        return None
    return None if math.isnan(value) else max(0.0, min(value, 100.0))


def read_amount(raw: object, unit_micros: Decimal) -> float | None:
    """Return an amount in millionths of a dollar, rounded up. None if there is none, NaN if it isn't a finite number.

    `unit_micros`: what one unit is worth.
    """
    if raw is None:
        return None
    if isinstance(raw, bool) or not isinstance(raw, int | float) or not math.isfinite(raw):
        return math.nan
    return math.ceil(Decimal(str(raw)) * unit_micros)


def read_time(raw: object) -> float | None:
    """Return UTC seconds from seconds, milliseconds (above 1e11) or RFC 3339 with up to nanoseconds. None for 0."""
    if isinstance(raw, str):
        timestamp = _read_timestamp(raw.strip())
        if timestamp is not None:
            return timestamp
        try:
            raw = float(raw)
        except ValueError:
            return None
    if isinstance(raw, bool) or not isinstance(raw, int | float) or not 0 < raw < 1e14:
        return None
    return float(raw) / 1000 if raw > 1e11 else float(raw)


def _read_timestamp(text: str) -> float | None:
    if not re.match(r"\d{4}-\d\d-\d\d[T ]", text):
        return None
    try:
        moment = datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", text))
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None


TASK_ID_PATHS = ("task_id", "id", "data.0.task_id", "data.task_id", "data.id")
_ID_NAMES = (
    "task_id", "taskId", "taskID", "generation_id", "generationId", "video_id", "videoId", "job_id", "jobId",
    "prediction_id",
)  # fmt: skip
_VAGUE_ID_NAMES = ("id", "request_id", "requestId", "uuid")  # also of traces
_ID_PLACES = (
    "", "data.", "data.0.", "output.", "result.", "response.", "task.", "data.task.", "data.data.", "video.", "job.",
    "generation.", "tasks.0.", "videos.0.", "results.0.", "data.result.", "data.output.", "sdGenerationJob.",
)  # fmt: skip


def read_task_id(body: object, paths: Sequence[str] = TASK_ID_PATHS) -> str | None:
    """Return the id of a new task: at the dialect's own paths, else wherever relays put it.

    None if it is missing, too long or unprintable.
    """
    elsewhere = (f"{place}{name}" for names in (_ID_NAMES, _VAGUE_ID_NAMES) for place in _ID_PLACES for name in names)
    for path in (*paths, *elsewhere):
        raw = get_path(body, path)
        if isinstance(raw, int) and not isinstance(raw, bool):
            raw = str(raw) if abs(raw) < 1 << 64 else ""
        if isinstance(raw, str) and (task_id := raw.strip()):
            return task_id if len(task_id) <= MAX_ID_LENGTH and task_id.isprintable() else None
    data = get_path(body, "data")
    return data if isinstance(data, str) and _BARE_ID.fullmatch(data) else None


def has_named_task(body: object) -> bool:
    """Return whether the body gives a task's id under a name that only a task has. A `request_id` may be a trace."""
    return any(first_text(body, f"{place}{name}") for place in _ID_PLACES for name in _ID_NAMES)
