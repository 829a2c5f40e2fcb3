"""The bodies that OctopusX answers with. Source: reference/providers.md 2.3 to 2.5."""

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Literal

from aiohttp import web

from bot.sandbox.providers.tasks import LocalTask, Reason, Refused, State

ProgressAs = Literal["number", "string", "percent"]
LinkPlace = Literal["video_url", "output", "metadata", "none"]
UNIFIED_WORDS: Mapping[State, str] = {
    "queued": "processing",
    "running": "processing",
    "completed": "completed",
    "failed": "failed",
    "withheld": "failed",
}
OLD_UNIFIED_WORDS: Mapping[State, str] = {**UNIFIED_WORDS, "queued": "pending"}  # Sora and Veo
OPENAI_WORDS: Mapping[State, str] = {**UNIFIED_WORDS, "queued": "queued"}
GENERIC_WORDS: Mapping[State, str] = {**OPENAI_WORDS, "completed": "succeeded"}
UPPER_WORDS: Mapping[State, str] = {
    "queued": "SUBMITTED",
    "running": "IN_PROGRESS",
    "completed": "SUCCESS",
    "failed": "FAILURE",
    "withheld": "FAILURE",
}
FLAT: Mapping[Reason, tuple[int, str]] = {
    "bad_request": (400, "invalid_request"),
    "content_policy": (400, "content_policy_violation"),
    "not_ready": (400, "invalid_request"),
    "unsupported": (400, "invalid_request"),
    "no_balance": (403, "insufficient_user_quota"),
    "not_found": (404, "task_not_exist"),
}
NESTED: Mapping[Reason, tuple[int, str, str]] = {
    "unauthorized": (401, "", "new_api_error"),
    "no_such_model": (503, "model_not_found", "new_api_error"),
    "no_such_route": (404, "", "invalid_request_error"),
}


def refusal(refused: Refused) -> web.Response:
    """Task errors are flat, the gateway's own are nested and name a request id."""
    if refused.reason in FLAT:
        status, code = FLAT[refused.reason]
        return web.json_response({"code": code, "message": refused.message, "data": None}, status=status)
    status, code, kind = NESTED[refused.reason]
    message = f"{refused.message} (request id: {secrets.token_hex(10)})"
    return web.json_response({"error": {"message": message, "type": kind, "code": code}}, status=status)


def content_refusal(status: int, message: str) -> web.Response:
    kind = "server_error" if status >= 500 else "invalid_request_error"
    return web.json_response({"error": {"message": message, "type": kind}}, status=status)


def stamp(at: float, *, ms: bool) -> int:
    return int(at * 1000) if ms else int(at)


def rfc3339_nanoseconds(at: float) -> str:
    """As the unified creation writes it: nine digits of a second, at +08:00."""
    there = datetime.fromtimestamp(at, UTC).astimezone(timezone(timedelta(hours=8)))
    return f"{there:%Y-%m-%dT%H:%M:%S}.{int(at % 1 * 1e9):09d}+08:00"


def progress_fields(progress: int | None, way: ProgressAs) -> dict[str, object]:
    if progress is None:
        return {}
    ways: dict[ProgressAs, object] = {"number": progress, "string": str(progress), "percent": f"{progress}%"}
    return {"progress": ways[way]}


def complaint(task: LocalTask) -> dict[str, str]:
    """The error of a task, with empty strings on a healthy one."""
    code = {"failed": "generation_failed", "withheld": "content_policy_violation"}.get(task.state, "")
    return {"message": task.error, "code": code}


def openai_object(task: LocalTask, status: str, life_s: float) -> dict[str, object]:
    """The video object without its link and progress."""
    return {
        "id": task.id,
        "task_id": task.spare_id or task.id,
        "object": "video",
        "model": task.model,
        "status": status,
        "created_at": int(task.created_at),
        "completed_at": int(task.ended_at or 0),
        "expires_at": int(task.created_at + life_s),
        "seconds": f"{task.seconds or 0:g}",
        "size": str(task.request.get("size", "720P")),
        "remixed_from_video_id": task.source_id or "",
        "error": complaint(task),
    }


def placed_link(link: str, place: LinkPlace) -> dict[str, object]:
    """The link of an OpenAI-format object: `none` leaves only `/content`."""
    if place == "none":
        return {"video_url": ""}
    return {"video_url": link} if place == "video_url" else {place: {"url": link}}


def generic_accepted(task: LocalTask) -> dict[str, object]:
    """Not in the fact sheet: the gateway's usual answer to a creation."""
    head = {"id": task.id, "task_id": task.id, "object": "video", "status": "queued"}
    return head | {"created_at": int(task.created_at)}


def generic_poll(task: LocalTask, status: str, link: str | None) -> dict[str, object]:
    data = {
        "task_id": task.id,
        "status": status,
        "url": link or "",
        "format": "mp4",
        "metadata": None,
        "error": complaint(task) if task.error else None,
    }
    return {"code": "success", "message": "", "data": data}


def seedance_poll(task: LocalTask, status: str, link: str | None, progress: int | None) -> dict[str, object]:
    """The variant with upper-case words, `"50%"` and the link deep inside."""
    data = {
        "task_id": task.id,
        "status": status,
        "fail_reason": task.error,
        **progress_fields(progress, "percent"),
        "data": {"status": status.lower(), "content": {"video_url": link or ""}},
    }
    return {"code": "success", "message": "", "data": data}
