"""Reads Runware's answers: lists of results and of errors, each with the id of its task. Stateless; never raises.

Source: runware.ai/docs/models-api (task-polling, task-details, errors) and the error codes of its SDK.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from bot.ports.provider import Failed, Task, TaskState
from bot.providers import error_words
from bot.providers.error_body import ErrorBody
from bot.providers.json_fields import first_text, get_path, read_amount
from bot.providers.task_state import StatusResponse, has_state, read_state, with_cost

# Codes that say that a request was not executed. Runware says that its codes may still change, so with any other code
# the outcome is unknown, as with `conflictTaskUUID`: a task with that id is there already.
_NOT_EXECUTED = re.compile(
    r"(?!.*(?:time(?:d)?out|server|internal))"
    r"(?:invalid|missing|unsupported|unknownParam|unknownModel|incompatible|mismatch|value|array|duplicate(?!Task)|model|max"
    r"|validation|unauthorized|forbidden|auth|permission|token|account|organization|workspace|insufficient|quota"
    r"|paymentRequired|rateLimit|inferenceRateLimit|contentPolicy|sensitive|nsfw|unsafe|promptBlocked|imageBlocked"
    r"|moderation)",
    re.IGNORECASE,
)
_NO_TASK = re.compile(r"task(?:Failed)?(?:Or)?(?:NotFound|Expired)$")
_MAX_DEPTH = 6
DOLLAR_MICROS = Decimal(1_000_000)


def unwrap(body: object) -> object:
    """Return a body that has nothing but errors with its first error, as the other dialects have it."""
    error = get_path(body, "errors.0")
    if not isinstance(body, dict) or not isinstance(error, dict) or body.get("data"):
        return body
    return body | {"error": {"code": first_text(error, "code"), "message": first_text(error, "message") or "error"}}


def is_outcome_unknown(body: object) -> bool:
    """Return whether a refusal has a code that doesn't say that the request had no effect."""
    code = first_text(body, "errors.0.code")
    return bool(code) and _NOT_EXECUTED.match(code) is None


def read_answer(response: StatusResponse, task: Task) -> TaskState | None:
    """Return the state of a task from an answer to getResponse, or None if it doesn't tell."""
    item = _own_item(response.body, "data", task.task_id)
    if item is not None:
        return read_state_of(item, response, task)
    error = _own_item(response.body, "errors", task.task_id)
    if error is not None and response.status in (200, 400) and not _is_about_query(error):
        return _read_failure(error)
    listed = isinstance(response.body, dict) and ("data" in response.body or "errors" in response.body)
    return read_state(response, task) if not listed and has_state(response, task) else None


def read_state_of(item: dict[str, object], response: StatusResponse, task: Task) -> TaskState:
    """Return the state of one result, with its `cost` in US dollars, for which every request asks."""
    link = first_text(item, "videoURL", "mediaURL")
    own = item | ({"url": link, "status": first_text(item, "status") or "success"} if link else {})
    cost_micros = read_amount(item.get("cost"), DOLLAR_MICROS)
    return with_cost(read_state(replace(response, status=200, body=own), task), cost_micros)


def find_result(body: object, task_id: str) -> dict[str, object] | None:
    """Return the result in the answer to getTaskDetails, which holds the whole answer as it once was."""
    details = _own_item(body, "data", task_id)
    if details is None:
        return None
    return next(_results(details.get("response"), task_id, 0), None)


def has_task(body: object, task_id: str) -> bool:
    """Return whether an answer shows that Runware knows a task: by its result, its request or its failure."""
    if _own_item(body, "data", task_id) is not None:
        return True
    error = _own_item(body, "errors", task_id)
    return error is not None and not _is_about_query(error)


def _own_item(body: object, name: str, task_id: str) -> dict[str, object] | None:
    items = get_path(body, name)
    for item in items if isinstance(items, list) else []:
        if isinstance(item, dict) and item.get("taskUUID") == task_id:
            return item
    return None


def _is_about_query(error: dict[str, object]) -> bool:
    """Return whether an error is about the question, such as a key or an unknown id, and not about the task."""
    code = first_text(error, "code")
    names = error_words.names_of(code, "")
    if _NO_TASK.search(code) or first_text(error, "taskType") in ("getResponse", "getTaskDetails", "authentication"):
        return True
    return error_words.is_key(names, "") or any(name in error_words.RATE_CODES for name in names)


def _read_failure(error: dict[str, object]) -> Failed:
    """Return a failed task. Runware doesn't document that one is free."""
    parsed = ErrorBody(code=first_text(error, "code"), message=first_text(error, "message"))
    reason = ErrorBody(message=": ".join(filter(None, (parsed.code, parsed.message)))).reason
    return Failed(reason=reason, policy=error_words.is_policy(parsed.names, parsed.message))


def _results(value: object, task_id: str, depth: int) -> Iterator[dict[str, object]]:
    """Yield the results of a task in an answer of unknown form, those with a link first."""
    found = list(_objects(value, depth))
    own = [item for item in found if item.get("taskUUID") == task_id and first_text(item, "status", "videoURL")]
    yield from sorted(own, key=lambda item: not first_text(item, "videoURL", "mediaURL"))


def _objects(value: object, depth: int) -> Iterator[dict[str, object]]:
    if depth > _MAX_DEPTH:
        return
    if isinstance(value, dict):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _objects(inner, depth + 1)
