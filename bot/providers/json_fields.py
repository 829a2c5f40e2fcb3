"""Reads what providers answer, however odd: JSON, status words, progress, times, ids. Pure; raises nothing."""

import json
import math
import re
from collections.abc import Sequence
from datetime import UTC, datetime

from bot.providers.vocabulary import STATUS_WORDS, Status, normal

LONGEST_ID = 512


def parse(body: bytes) -> object | None:
    """The JSON value in a body; None where there is none."""
    try:
        value: object = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return value


def dig(value: object, path: str) -> object | None:
    """The value at a dotted path; numbers index lists. None where the path leads nowhere."""
    for step in path.split("."):
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        else:
            return None
    return value


def text_at(value: object, *paths: str) -> str:
    """The first text that is not empty at one of these paths; an empty one where there is none."""
    for path in paths:
        found = dig(value, path)
        if isinstance(found, str) and found.strip():
            return found.strip()
    return ""


def read_status(raw: object, http_status: int = 200) -> Status:
    """One of five. HTTP 202 says that it runs, with a word or without (xAI)."""
    status = STATUS_WORDS.get(normal(raw), Status.UNKNOWN) if isinstance(raw, str) else Status.UNKNOWN
    if http_status == 202 and (status is Status.QUEUED or raw is None):
        return Status.RUNNING
    return status


def read_progress(raw: object) -> float | None:
    """0 to 100 from a number, `"40"` or `"40%"`; None where it is no number."""
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


def read_time(raw: object) -> float | None:
    """UTC seconds from seconds, milliseconds (past 1e11) or RFC 3339 with up to nanoseconds. 0 means none."""
    if isinstance(raw, str):
        stamp = _read_stamp(raw.strip())
        if stamp is not None:
            return stamp
        try:
            raw = float(raw)
        except ValueError:
            return None
    if isinstance(raw, bool) or not isinstance(raw, int | float) or not 0 < raw < 1e14:
        return None
    return float(raw) / 1000 if raw > 1e11 else float(raw)


def _read_stamp(text: str) -> float | None:
    if not re.match(r"\d{4}-\d\d-\d\d[T ]", text):
        return None
    try:
        at = datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", text))
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None


TASK_ID_PATHS = ("task_id", "id", "data.0.task_id", "data.task_id", "data.id")


def read_task_id(body: object, paths: Sequence[str] = TASK_ID_PATHS) -> str | None:
    """The id of a new task. A text that could not be one (too long, unprintable) is none."""
    for path in paths:
        raw = dig(body, path)
        if isinstance(raw, int) and not isinstance(raw, bool):
            raw = str(raw) if abs(raw) < 1 << 64 else ""
        if isinstance(raw, str) and (task_id := raw.strip()):
            return task_id if len(task_id) <= LONGEST_ID and task_id.isprintable() else None
    return None
