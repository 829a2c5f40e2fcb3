"""Reads the state of a task from a response: running, finished with a link, or failed with a reason. Stateless.

A known status word decides. Without one the facts do: a link to a new clip is a finished task, an error object is a
failed one, and anything else still runs.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from bot.net.response import origin
from bot.ports.provider import Failed, Pending, Ready, Task, TaskState
from bot.providers import error_words
from bot.providers.clip_links import find_links, has_base64, is_signed, read_link, without_query
from bot.providers.error_body import ErrorBody, is_error, parse_error
from bot.providers.error_mapping import infer_status
from bot.providers.json_fields import MAX_ID_LENGTH, first_text, get_path, read_progress, read_status, read_time
from bot.providers.vocabulary import Status, normalize_status

SOURCE_CLIP_ONLY = "still_the_source"  # finished, but the only clip is the one that the remix started from
_STATUS_PATHS = (
    "status", "task_status", "state", "data.status", "data.task_status", "data.state", "data.0.status",
    "output.task_status", "output.status", "task.status", "result.status", "data.data.status", "job.status",
    "video.status", "response.status", "taskStatus", "data.taskStatus",
)  # fmt: skip
_REASON_PATHS = (
    "fail_reason", "data.fail_reason", "data.error.message", "data.error", "error_message", "data.error_message",
    "failure_reason", "failure", "task_status_msg", "data.task_status_msg", "failMsg", "data.failMsg", "output.message",
    "status_message", "data.status_message", "error_msg", "data.error_msg", "failureReason", "error.reason",
)  # fmt: skip
_ID_PATHS = ("id", "task_id", "request_id", "generation_id", "data.id", "data.task_id", "video_id")
_DOCUMENTED_UNKNOWN = "unknown"  # OctopusX documents it as a status: the gateway doesn't know
_MAX_REASON_LENGTH = 300
_MAX_WORD_LENGTH = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusResponse:
    """The response to a poll. `body` is the parsed JSON, or None if there is none; `headers` are in lower case.

    `page`: the body is neither empty nor JSON, so another program than the API has written it.
    """

    status: int
    body: object
    retry_after_s: float | None = None
    empty: bool = False
    page: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


def has_state(response: StatusResponse, task: Task | None = None) -> bool:
    """Return whether the response describes the task, rather than an error or an unrelated page."""
    if not 200 <= response.status < 300:
        return False
    body = response.body
    if body is None:
        return response.status == 202 and response.empty
    if not isinstance(body, dict):
        return False
    if first_text(body, *_STATUS_PATHS) or not is_error(body):
        return True
    names_task = task is not None and any(get_path(body, path) == task.task_id for path in _ID_PATHS)
    return names_task and infer_status(parse_error(body)) == 400 and not is_missing(parse_error(body))


def is_missing(error: ErrorBody) -> bool:
    return error_words.is_not_found(error.names, error.message)


def read_state(
    response: StatusResponse,
    task: Task,
    *,
    content: Ready | None = None,
    content_first: bool = False,
) -> TaskState:
    """Return the state of a task, whose endpoint may be sent the key. `content` is the provider's route to the clip.

    With `content_first` the route is preferred to a link in the body; otherwise it is the fallback.
    A remix stays pending while the only clip is its source's: some providers give a remix the id of its source.
    """
    body, own = response.body, task.endpoint
    raw = first_text(body, *_STATUS_PATHS) or get_path(body, "status")
    status = read_status(raw, response.status)
    word = raw[:80] if isinstance(raw, str) else ""
    unknown = word[:_MAX_WORD_LENGTH] if status is Status.UNKNOWN and word else ""
    if status is Status.UNKNOWN:
        status = _status_of_facts(body, task, own, word)
    if status is Status.FAILED:
        return replace(_read_failure(body, word), unknown_word=unknown)
    if status is not Status.DONE:
        return Pending(
            progress=_read_progress(body),
            queued=status is Status.QUEUED,
            retry_after_s=response.retry_after_s,
            raw_status=word,
            unknown_word=unknown if normalize_status(word) != _DOCUMENTED_UNKNOWN else "",
        )
    if _is_withheld(body):
        return replace(_read_failure(body, "withheld by moderation"), withheld=True, policy=True)
    same_id = task.spare_ids.get("source_id") == task.task_id
    links = list(find_links(body, own))
    own_links = _new_links(links, task)
    if (links or same_id) and not own_links:
        return Pending(raw_status=SOURCE_CLIP_ONLY)
    ready = _read_links(body, own_links, None if same_id else content, own, content_first=content_first)
    if ready is None:
        return Pending(raw_status=word or "completed", finished=True)
    return replace(ready, unknown_word=unknown)


def with_cost(state: TaskState, cost_micros: float | None) -> TaskState:
    """Return an ended state with the cost that the host pays. A failure is free if it costs nothing."""
    match state:
        case Ready():
            return replace(state, cost_micros=cost_micros)
        case Failed():
            costs = cost_micros is not None and cost_micros > 0
            free = not costs and (state.free or cost_micros == 0)
            return replace(state, cost_micros=cost_micros, free=free)
        case _:
            return state


def _new_links(links: list[str], task: Task) -> list[str]:
    return [link for link in links if without_query(link) != task.spare_ids.get("source_url")]


def _status_of_facts(body: object, task: Task, own: str, word: str) -> Status:
    """Return what a response without a known status word shows by its other fields."""
    if get_path(body, "video.respect_moderation") is False or get_path(body, "respect_moderation") is False:
        return Status.DONE  # withheld
    if _new_links(list(find_links(body, own, certain=True)), task):
        return Status.DONE
    error = parse_error({"error": get_path(body, "error")}) or parse_error({"error": get_path(body, "data.error")})
    reason = f"{error.message}{_read_reason(body)}" if word else error.message
    if not error and not reason:
        without_word = not word and isinstance(get_path(body, "video"), dict)  # older answers of xAI
        return Status.DONE if without_word or get_path(body, "done") is True else Status.UNKNOWN
    if normalize_status(word) == _DOCUMENTED_UNKNOWN and error_words.is_server_error(f"{error.text} {reason}"):
        return Status.UNKNOWN
    return Status.FAILED


def _read_reason(body: object) -> str:
    """Return the first field with a reason that isn't a link: new-api stores links there too."""
    texts = (first_text(body, path) for path in _REASON_PATHS)
    return next((text for text in texts if text and read_link(text) is None), "")


def _read_progress(body: object) -> float | None:
    progress = read_progress(get_path(body, "progress"))
    return progress if progress is not None else read_progress(get_path(body, "data.progress"))


def _read_links(
    body: object, links: list[str], content: Ready | None, own: str, *, content_first: bool
) -> Ready | None:
    expires_at = read_time(get_path(body, "expires_at")) or read_time(get_path(body, "data.expires_at"))
    spare_ids = {"url": without_query(links[0])} if links else {}
    if post_id := first_text(body, "post_id", "parent_post_id", "detail.post_id"):
        spare_ids["post_id"] = post_id[:MAX_ID_LENGTH]
    link = _ready(links[0], own, expires_at, spare_ids) if links else None
    if content is None:
        return link
    if not content_first and link is not None:
        return replace(link, fallback=replace(content, fallback=link.fallback))
    if content_first and link is None and has_base64(body):
        link = replace(content, url=content.url.removesuffix("/content"), base64_json=True)
    return replace(content, expires_at=expires_at, spare_ids=spare_ids, fallback=link)


def _ready(url: str, own: str, expires_at: float | None, spare_ids: dict[str, str]) -> Ready:
    """Return a link. One at the account's own address may require the key, which is sent to no other address."""
    plain = Ready(url=url, expires_at=expires_at, spare_ids=spare_ids)
    if not own or origin(url) != origin(own) or is_signed(url):
        return plain
    return replace(plain, authorised=True, endpoint=own)


def _read_failure(body: object, word: str) -> Failed:
    error = parse_error({"error": get_path(body, "error")}) or parse_error({"error": get_path(body, "data.error")})
    error = error or parse_error(body)
    reason = _clean(error.message or _read_reason(body) or error.code or word)
    filter_reasons = get_path(body, "content_filter.reasons")
    if isinstance(filter_reasons, list) and filter_reasons:
        reason = f"{reason}: {', '.join(map(str, filter_reasons[:5]))}"[:_MAX_REASON_LENGTH]
    said = f"{error.message} {_read_reason(body)} {reason}"
    policy = _is_filtered(body) or error_words.is_policy((*error.names, normalize_status(word)), said)
    return Failed(
        reason=reason,
        policy=policy,
        withheld=policy and error_words.is_about_result(f"{' '.join(error.names).replace('_', ' ')} {said}"),
        free=error_words.says_free(said) or _costs_no_ticks(body),
    )


def _costs_no_ticks(body: object) -> bool:
    """Return whether an answer of xAI, or a relay of it, says that nothing is charged."""
    ticks = get_path(body, "usage.cost_in_usd_ticks")
    return ticks == 0 and not isinstance(ticks, bool)


def _clean(reason: str) -> str:
    return ErrorBody(message=reason).reason


def _is_filtered(body: object) -> bool:
    count = get_path(body, "content_filter.filtered_count")
    return isinstance(count, int) and count > 0


def _is_withheld(body: object) -> bool:
    """Return whether the clip was rendered and then blocked. Source: reference/providers.md 6 (xAI), 3.5 (Bifrost)."""
    if get_path(body, "video.respect_moderation") is False or get_path(body, "respect_moderation") is False:
        return True
    return _is_filtered(body) and not has_base64(body) and next(find_links(body), None) is None
