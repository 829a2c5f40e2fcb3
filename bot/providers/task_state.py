"""Reads the state of a task from a response: running, finished with a link, or failed with a reason. Stateless."""

from dataclasses import dataclass, replace

from bot.ports.provider import Failed, Pending, Ready, Task, TaskState
from bot.providers.clip_links import find_links, has_base64, without_query
from bot.providers.error_mapping import is_error, parse_error
from bot.providers.json_fields import MAX_ID_LENGTH, first_text, get_path, read_progress, read_status, read_time
from bot.providers.vocabulary import Status, is_policy_error

SOURCE_CLIP_ONLY = "still_the_source"  # finished, but the only clip is the one that the remix started from
_STATUS_PATHS = ("status", "data.status", "data.0.status", "data.data.status")
_REASON_PATHS = ("fail_reason", "data.fail_reason", "data.error.message", "data.error", "error_message")
_MAX_REASON_LENGTH = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusResponse:
    """The response to a poll. `body` is the parsed JSON, or None if there is none."""

    status: int
    body: object
    retry_after_s: float | None = None
    empty: bool = False


def has_state(response: StatusResponse) -> bool:
    """Return whether the response describes a task, rather than an error or an unrelated page."""
    if not 200 <= response.status < 300:
        return False
    if response.body is None:
        return response.status == 202 and response.empty
    if not isinstance(response.body, dict):
        return False
    return bool(first_text(response.body, *_STATUS_PATHS)) or not is_error(response.body)


def read_state(
    response: StatusResponse,
    task: Task,
    *,
    content: Ready | None = None,
    content_first: bool = False,
    video_is_done: bool = False,
) -> TaskState:
    """Return the state of a task. `content` is the provider's own route to the clip.

    With `content_first` the route is preferred to a link in the body; otherwise it is the fallback.
    A remix stays pending while the only clip is its source's: some providers give a remix the id of its source.
    `video_is_done`: a body with a `video` but without a status describes a finished task.
    """
    body = response.body
    raw = first_text(body, *_STATUS_PATHS) or get_path(body, "status")
    status = read_status(raw, response.status)
    if video_is_done and raw is None and isinstance(get_path(body, "video"), dict):
        status = Status.DONE
    word = raw[:80] if isinstance(raw, str) else ""
    if status is Status.FAILED:
        return _read_failure(body, word)
    if status is not Status.DONE:
        return Pending(
            progress=_read_progress(body),
            queued=status is Status.QUEUED,
            retry_after_s=response.retry_after_s,
            raw_status=word,
        )
    if _is_withheld(body):
        return replace(_read_failure(body, "withheld by moderation"), withheld=True, policy=True)
    same_id = task.spare_ids.get("source_id") == task.task_id
    links = list(find_links(body))
    own_links = [link for link in links if without_query(link) != task.spare_ids.get("source_url")]
    if (links or same_id) and not own_links:
        return Pending(raw_status=SOURCE_CLIP_ONLY)
    ready = _read_links(body, own_links, None if same_id else content, content_first=content_first)
    return ready or Pending(raw_status=word or "completed")


def _read_progress(body: object) -> float | None:
    progress = read_progress(get_path(body, "progress"))
    return progress if progress is not None else read_progress(get_path(body, "data.progress"))


def _read_links(body: object, links: list[str], content: Ready | None, *, content_first: bool) -> Ready | None:
    expires_at = read_time(get_path(body, "expires_at")) or read_time(get_path(body, "data.expires_at"))
    spare_ids = {"url": without_query(links[0])} if links else {}
    if post_id := first_text(body, "post_id", "parent_post_id", "detail.post_id"):
        spare_ids["post_id"] = post_id[:MAX_ID_LENGTH]
    link = Ready(url=links[0], expires_at=expires_at, spare_ids=spare_ids) if links else None
    if content is None:
        return link
    if not content_first and link is not None:
        return replace(link, fallback=content)
    if content_first and link is None and has_base64(body):
        link = replace(content, url=content.url.removesuffix("/content"), base64_json=True)
    return replace(content, expires_at=expires_at, spare_ids=spare_ids, fallback=link)


def _read_failure(body: object, word: str) -> Failed:
    error = parse_error(body)
    reason = error.reason or first_text(body, *_REASON_PATHS)[:_MAX_REASON_LENGTH] or word
    filter_reasons = get_path(body, "content_filter.reasons")
    if isinstance(filter_reasons, list) and filter_reasons:
        reason = f"{reason}: {', '.join(map(str, filter_reasons[:5]))}"[:_MAX_REASON_LENGTH]
    policy = _is_filtered(body) or is_policy_error(f"{error.text} {reason}")
    return Failed(reason=reason.encode(errors="replace").decode(), policy=policy)


def _is_filtered(body: object) -> bool:
    count = get_path(body, "content_filter.filtered_count")
    return isinstance(count, int) and count > 0


def _is_withheld(body: object) -> bool:
    """Return whether the clip was rendered and then blocked. Source: reference/providers.md 6 (xAI), 3.5 (Bifrost)."""
    if get_path(body, "video.respect_moderation") is False or get_path(body, "respect_moderation") is False:
        return True
    return _is_filtered(body) and not has_base64(body) and next(find_links(body), None) is None
