"""Reads a task's answer in full meaning: still running, done with a link, failed and why. Pure."""

from dataclasses import dataclass, replace

from bot.ports.provider import Failed, Pending, Ready, Task, TaskState
from bot.providers.clip_links import bare, find_links, has_base64
from bot.providers.error_mapping import is_error, read_error
from bot.providers.json_fields import dig, read_progress, read_status, read_time, text_at
from bot.providers.vocabulary import Status, says_policy

STILL_THE_SOURCE = "still_the_source"  # done, but the clip is the one that the remix started from
_STATUS_PATHS = ("status", "data.status", "data.0.status", "data.data.status")
_REASON_PATHS = ("fail_reason", "data.fail_reason", "data.error.message", "data.error", "error_message")


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusResponse:
    """One answer to "how is it?". `body` is the parsed JSON, None where there was none."""

    status: int
    body: object
    retry_after_s: float | None = None
    empty: bool = False


def has_state(look: StatusResponse) -> bool:
    """Whether the answer is about the task at all, and not an error or somebody else's page."""
    if not 200 <= look.status < 300:
        return False
    if look.body is None:
        return look.status == 202 and look.empty
    if not isinstance(look.body, dict):
        return False
    return bool(text_at(look.body, *_STATUS_PATHS)) or not is_error(look.body)


def read_state(
    look: StatusResponse,
    task: Task,
    *,
    content: Ready | None = None,
    content_first: bool = False,
    video_is_done: bool = False,
) -> TaskState:
    """How a task is. `content` is the provider's own route to the clip, before or after a link in the body.

    A remix is not done while all there is to see is the clip that it started from: some providers give it the id of
    its source. `video_is_done`: a body without a status word but with a `video` is a finished one.
    """
    body = look.body
    raw = text_at(body, *_STATUS_PATHS) or dig(body, "status")
    status = read_status(raw, look.status)
    if video_is_done and raw is None and isinstance(dig(body, "video"), dict):
        status = Status.DONE
    word = raw[:80] if isinstance(raw, str) else ""
    if status is Status.FAILED:
        return _failed(body, word)
    if status is not Status.DONE:
        return Pending(
            progress=_progress(body), queued=status is Status.QUEUED, retry_after_s=look.retry_after_s, raw_status=word
        )
    if _withheld(body):
        return replace(_failed(body, "withheld by moderation"), withheld=True, policy=True)
    same_id = task.spare_ids.get("source_id") == task.task_id
    links = list(find_links(body))
    good = [link for link in links if bare(link) != task.spare_ids.get("source_url")]
    if (links or same_id) and not good:
        return Pending(raw_status=STILL_THE_SOURCE)
    done = _done(body, good, None if same_id else content, content_first=content_first)
    return done or Pending(raw_status=word or "completed")


def _progress(body: object) -> float | None:
    outer = read_progress(dig(body, "progress"))
    return outer if outer is not None else read_progress(dig(body, "data.progress"))


def _done(body: object, links: list[str], content: Ready | None, *, content_first: bool) -> Ready | None:
    at = next((t for path in ("expires_at", "data.expires_at") if (t := read_time(dig(body, path)))), None)
    spare = {"url": bare(links[0])} if links else {}
    if post_id := text_at(body, "post_id", "parent_post_id", "detail.post_id"):
        spare["post_id"] = post_id[:512]
    by_link = Ready(url=links[0], expires_at=at, spare_ids=spare) if links else None
    if content is None or not content_first:
        return replace(by_link, second=content) if by_link else _kept(content, at, spare)
    if by_link is None and has_base64(body):
        by_link = replace(content, url=content.url.removesuffix("/content"), wrapped=True)
    return replace(content, expires_at=at, spare_ids=spare, second=by_link)


def _kept(content: Ready | None, at: float | None, spare: dict[str, str]) -> Ready | None:
    return None if content is None else replace(content, expires_at=at, spare_ids=spare)


def _failed(body: object, word: str) -> Failed:
    said = read_error(body)
    reason = said.reason or text_at(body, *_REASON_PATHS)[:300] or word
    reasons = dig(body, "content_filter.reasons")
    if isinstance(reasons, list) and reasons:
        reason = f"{reason}: {', '.join(str(r) for r in reasons[:5])}"[:300]
    policy = _filtered(body) or says_policy(f"{said.all} {reason}")
    return Failed(reason=reason.encode(errors="replace").decode(), policy=policy)


def _filtered(body: object) -> bool:
    count = dig(body, "content_filter.filtered_count")
    return isinstance(count, int) and count > 0


def _withheld(body: object) -> bool:
    """Rendered and then blocked. Source: reference/providers.md 6 (xAI) and 3.5 (Bifrost)."""
    if dig(body, "video.respect_moderation") is False or dig(body, "respect_moderation") is False:
        return True
    return _filtered(body) and not has_base64(body) and next(find_links(body), None) is None
