"""Maps error responses to exceptions: by HTTP status first, then by code, then by message. Stateless."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from bot.jobs.provider_errors import (
    AccountTrouble,
    KeyRefused,
    NoBalance,
    OutcomeUnknown,
    PolicyRefused,
    ProviderError,
    RateLimited,
    Refused,
    SourceGone,
    Unreachable,
)
from bot.providers import vocabulary
from bot.providers.json_fields import get_path

Facts = dict[str, str | int | float]

_SUCCESS_CODES = frozenset({"", "0", "200", "success", "ok"})
_SECRETS = re.compile(r"(?i)\b(?:bearer\s+\S+|(?:sk|xai|key)-[\w-]{6,}\S*)|(?<=\?)[^\s\"']+")
_MAX_REASON_LENGTH = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorBody:
    """A parsed error body. Missing fields are empty."""

    code: str = ""
    message: str = ""
    type: str = ""

    @property
    def text(self) -> str:
        return f"{self.code} {self.type} {self.message}"

    @property
    def reason(self) -> str:
        """Return the message for the host: shortened, without keys and signatures."""
        text = _SECRETS.sub("…", self.message or self.code).encode(errors="replace").decode()
        return " ".join(text.split())[:_MAX_REASON_LENGTH]

    def __bool__(self) -> bool:
        return bool(self.code or self.message)


def _text(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return str(value).strip() if not isinstance(value, int) or abs(value) < 1 << 64 else ""


def parse_error(body: object) -> ErrorBody:
    """Parse the error formats of reference/providers.md 0.3, in that order. An `error` of empty texts is no error."""
    error = get_path(body, "error")
    if isinstance(error, dict):
        error_type = _text(get_path(body, "extra_fields.error_type")) or _text(error.get("type"))
        parsed = ErrorBody(code=_text(error.get("code")), message=_text(error.get("message")), type=error_type)
        if parsed:
            return parsed
    if isinstance(error, str) and error.strip():
        return ErrorBody(code=_text(get_path(body, "code")), message=error.strip())
    for path in ("detail.error", "detail.message", "detail", "detail.0.msg", "message", "msg"):
        if message := _text(get_path(body, path)):
            return ErrorBody(code=_text(get_path(body, "code")), message=message, type=_text(get_path(body, "type")))
    return ErrorBody(code=_text(get_path(body, "code")))


def is_error(body: object) -> bool:
    """Return whether the body of a 2xx response describes an error."""
    if not isinstance(body, dict):
        return False
    if body.get("success") is False or _text(body.get("code")).lower() not in _SUCCESS_CODES:
        return True
    error = body.get("error")
    return bool(parse_error({"error": error})) if error else False


def map_paid_error(
    status: int,
    body: object,
    provider: str,
    *,
    retry_after_s: float | None = None,
    references_task: bool = False,
    policy_422: bool = False,
    not_executed: Callable[[str], bool] = lambda _text: False,
) -> ProviderError:
    """Return the error of an answered paid request: OutcomeUnknown unless it certainly had no effect.

    `body` is the parsed JSON, or None if there is none. `references_task`: the request named an earlier task.
    `policy_422`: the dialect documents 422 as a content rejection. `not_executed` decides from the error text of a
    5xx response whether the dialect failed before it forwarded the request.
    """
    error = parse_error(body)
    if 200 <= status < 300 and is_error(body):
        status = _infer_status(error)
    facts: Facts = {"provider": provider, "status": status, "reason": error.reason}
    if 400 <= status < 500:
        return _map_4xx(status, error, facts, retry_after_s, references_task=references_task, policy_422=policy_422)
    if status >= 500 and (vocabulary.is_no_channel_error(error.text) or not_executed(error.text)):
        return Refused(**facts)
    if status in (301, 307, 308):
        return AccountTrouble(**facts)  # the API isn't at the base URL
    # reliability.md 2.3 treats every 5xx as ambiguous. Other 3xx, and 2xx without an id, are unknown too.
    return OutcomeUnknown(**facts)


def _infer_status(error: ErrorBody) -> int:
    """Return the HTTP status that an error sent as 200 should have had."""
    if re.fullmatch(r"[45]\d\d", error.code):
        return int(error.code)
    if "rate_limit" in error.text.lower():
        return 429
    if vocabulary.is_key_error(f"{error.code} {error.type}") or error.code.lower() == "unauthorized":
        return 401
    return 500 if vocabulary.is_server_error(error.text) else 400


def _map_4xx(
    status: int,
    error: ErrorBody,
    facts: Facts,
    retry_after_s: float | None,
    *,
    references_task: bool,
    policy_422: bool,
) -> ProviderError:
    if status == 402 or (status in (400, 403, 429) and vocabulary.is_balance_error(error.text)):
        return NoBalance(**facts)
    if status == 401:
        return NoBalance(**facts) if "budget" in error.text.lower() else KeyRefused(**facts)
    if status == 429:
        return RateLimited(retry_after_s=retry_after_s, **facts)
    if vocabulary.is_policy_error(error.text) or (status == 422 and policy_422):
        return PolicyRefused(**facts)
    if status == 403 or (status == 400 and vocabulary.is_key_error(error.text)):
        return KeyRefused(**facts)
    if references_task and (status in (404, 410) or vocabulary.is_not_found_error(error.text)):
        return SourceGone(**facts)
    if status in (408, 499):
        return OutcomeUnknown(**facts)  # a timeout doesn't undo what had already started
    return Refused(**facts)


def map_read_error(
    status: int, body: object, provider: str, *, retry_after_s: float | None = None
) -> ProviderError | None:
    """Return the error of a free request, or None if the provider reports that it has no such task."""
    error = parse_error(body)
    if 200 <= status < 300 and is_error(body):
        status = _infer_status(error)
    facts: Facts = {"provider": provider, "status": status, "reason": error.reason}
    if status == 402:
        return NoBalance(**facts)
    if status in (401, 403) or (status == 400 and vocabulary.is_key_error(error.text)):
        return KeyRefused(**facts)
    if status == 429:
        return RateLimited(retry_after_s=retry_after_s, **facts)
    if status in (404, 410) or (400 <= status < 500 and vocabulary.is_not_found_error(error.text)):
        return None
    return Unreachable(retry_after_s=retry_after_s, **facts)
