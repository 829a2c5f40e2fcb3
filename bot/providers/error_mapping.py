"""Sorts error answers into our errors: by HTTP status first, then by code, then by words. Pure tables in functions."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from bot.jobs.errors import (
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
from bot.providers.json_fields import dig

_FINE_CODES = frozenset({"", "0", "200", "success", "ok"})
_SECRETS = re.compile(r"(?i)\b(?:bearer\s+\S+|(?:sk|xai|key)-[\w-]{6,}\S*)|(?<=\?)[^\s\"']+")
_LONGEST_REASON = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorBody:
    """What an error body says. Empty texts where it says nothing."""

    code: str = ""
    message: str = ""
    type: str = ""

    @property
    def all(self) -> str:
        return f"{self.code} {self.type} {self.message}"

    @property
    def reason(self) -> str:
        """For the host's eyes: short, and without keys or signatures."""
        text = _SECRETS.sub("…", self.message or self.code).encode(errors="replace").decode()
        return " ".join(text.split())[:_LONGEST_REASON]

    def __bool__(self) -> bool:
        return bool(self.code or self.message)


def _text(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return str(value).strip() if not isinstance(value, int) or abs(value) < 1 << 64 else ""


def read_error(body: object) -> ErrorBody:
    """The shapes of reference/providers.md 0.3, in their order. `error` with empty texts is no error."""
    error = dig(body, "error")
    if isinstance(error, dict):
        kind = _text(dig(body, "extra_fields.error_type")) or _text(error.get("type"))
        said = ErrorBody(code=_text(error.get("code")), message=_text(error.get("message")), type=kind)
        if said:
            return said
    if isinstance(error, str) and error.strip():
        return ErrorBody(code=_text(dig(body, "code")), message=error.strip())
    for message in ("detail.error", "detail.message", "detail", "detail.0.msg", "message", "msg"):
        if text := _text(dig(body, message)):
            return ErrorBody(code=_text(dig(body, "code")), message=text, type=_text(dig(body, "type")))
    return ErrorBody(code=_text(dig(body, "code")))


def is_error(body: object) -> bool:
    """Whether a 2xx body is an error all the same."""
    if not isinstance(body, dict):
        return False
    if body.get("success") is False or _text(body.get("code")).lower() not in _FINE_CODES:
        return True
    error = body.get("error")
    return bool(read_error({"error": error})) if error else False


def split_error(
    status: int,
    body: object,
    provider: str,
    *,
    retry_after_s: float | None = None,
    follows: bool = False,
    policy_422: bool = False,
    not_executed: Callable[[str], bool] = lambda _text: False,
) -> ProviderError:
    """The error of a paid request that was answered. Whatever is not surely without effect is OutcomeUnknown.

    `body` is the parsed JSON, None where there was none. `follows`: the request named an earlier task.
    `policy_422`: the dialect documents 422 as a refusal of the content. `not_executed` tells by its words whether
    the dialect gave up before anything was sent on; it is asked about 5xx only.
    """
    said = read_error(body)
    if 200 <= status < 300 and is_error(body):
        status = _status_inside(said)
    facts: dict[str, str | int | float] = {"provider": provider, "status": status, "reason": said.reason}
    if 400 <= status < 500:
        return _split_4xx(status, said, facts, retry_after_s, follows=follows, policy_422=policy_422)
    if status >= 500 and (vocabulary.says_no_channel(said.all) or not_executed(said.all)):
        return Refused(**facts)
    if status in (301, 307, 308):
        return AccountTrouble(**facts)  # the base URL is not where the API lives
    # 5xx: reliability.md 2.3 holds every one of them for ambiguous. Other 3xx and 2xx without an id: nobody knows.
    return OutcomeUnknown(**facts)


def _status_inside(said: ErrorBody) -> int:
    """The HTTP status that an error sent as 200 should have had."""
    if re.fullmatch(r"[45]\d\d", said.code):
        return int(said.code)
    if "rate_limit" in said.all.lower():
        return 429
    if vocabulary.says_bad_key(f"{said.code} {said.type}") or said.code.lower() == "unauthorized":
        return 401
    return 500 if vocabulary.says_server_side(said.all) else 400


def _split_4xx(
    status: int,
    said: ErrorBody,
    facts: dict[str, str | int | float],
    retry_after_s: float | None,
    *,
    follows: bool,
    policy_422: bool,
) -> ProviderError:
    if status == 402 or (status in (400, 403, 429) and vocabulary.says_no_balance(said.all)):
        return NoBalance(**facts)
    if status == 401:
        return NoBalance(**facts) if "budget" in said.all.lower() else KeyRefused(**facts)
    if status == 429:
        return RateLimited(retry_after_s=retry_after_s, **facts)
    if vocabulary.says_policy(said.all) or (status == 422 and policy_422):
        return PolicyRefused(**facts)
    if status == 403 or (status == 400 and vocabulary.says_bad_key(said.all)):
        return KeyRefused(**facts)
    if follows and (status in (404, 410) or vocabulary.says_gone(said.all)):
        return SourceGone(**facts)
    if status in (408, 499):
        return OutcomeUnknown(**facts)  # it gave up waiting, which does not undo what had begun
    return Refused(**facts)


def split_read(status: int, body: object, provider: str, *, retry_after_s: float | None = None) -> ProviderError | None:
    """The error of a free request; None where the provider says that it knows no such task."""
    said = read_error(body)
    if 200 <= status < 300 and is_error(body):
        status = _status_inside(said)
    facts: dict[str, str | int | float] = {"provider": provider, "status": status, "reason": said.reason}
    if status == 402:
        return NoBalance(**facts)
    if status in (401, 403) or (status == 400 and vocabulary.says_bad_key(said.all)):
        return KeyRefused(**facts)
    if status == 429:
        return RateLimited(retry_after_s=retry_after_s, **facts)
    if status in (404, 410) or (400 <= status < 500 and vocabulary.says_gone(said.all)):
        return None
    return Unreachable(retry_after_s=retry_after_s, **facts)
