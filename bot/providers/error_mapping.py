"""Maps error responses to exceptions: by HTTP status first, then by code, then by message. Stateless."""

import re
from collections.abc import Callable

from bot.jobs.provider_errors import (
    AccountTrouble,
    FirewallBlocked,
    KeyRefused,
    NoBalance,
    PolicyRefused,
    ProviderError,
    RateLimited,
    Refused,
    SourceGone,
    UnclearAnswer,
    Unreachable,
)
from bot.providers import error_words
from bot.providers.error_body import ErrorBody, is_error, parse_error
from bot.providers.json_fields import get_path

Facts = dict[str, str | int | float]

_WAIT_PATHS = (
    "retry_after", "error.retry_after", "retry_after_seconds", "error.retry_after_seconds", "retryAfter",
    "error.metadata.retry_after", "error.details.0.retryDelay", "error.details.1.retryDelay",
    "error.details.2.retryDelay",
)  # fmt: skip
_WAIT = re.compile(r"(?P<value>\d+(?:\.\d+)?)\s*(?P<unit>ms|s|m|h)?")
_WAIT_WORDS = re.compile(
    r"(?:again|retry|wait|retry after)\s*(?:in|after|for)?\s*(?P<value>\d+(?:\.\d+)?)\s*"
    r"(?P<unit>milliseconds?|ms|seconds?|secs?|s|minutes?|mins?|m|hours?|h)\b"
)


def map_paid_error(
    status: int,
    body: object,
    provider: str,
    *,
    retry_after_s: float | None = None,
    page: str = "",
    references_task: bool = False,
    policy_422: bool = False,
    not_executed: Callable[[str], bool] = lambda _text: False,
) -> ProviderError:
    """Return the error of an answered paid request: UnclearAnswer unless it certainly had no effect.

    `body` is the parsed JSON, or None if there is none; `page` is a text that isn't JSON. `references_task`: the
    request named an earlier task. `policy_422`: the dialect documents 422 as a content rejection. `not_executed`
    decides from the error text of a 5xx response whether the dialect failed before it forwarded the request.
    """
    error = parse_error(body)
    if 200 <= status < 300 and is_error(body):
        status = infer_status(error)
    facts: Facts = {"provider": provider, "status": status, "reason": error.reason}
    if 400 <= status < 500:
        if is_firewall(status, body, page):
            return FirewallBlocked(**facts)
        retry_after_s = retry_after_s if retry_after_s is not None else read_wait(body)
        if (general := _map_account(status, error, facts, retry_after_s)) is not None:
            return general
        return _map_request(status, error, facts, page, references_task=references_task, policy_422=policy_422)
    if status >= 500 and (error_words.is_no_channel(error.names, error.message) or not_executed(error.text)):
        return Refused(**facts)
    if status in (301, 307, 308):
        return AccountTrouble(**facts)  # the API isn't at the base URL
    # reliability.md 2.3 treats every 5xx as ambiguous. Other 3xx, and 2xx without an id, are unknown too.
    return UnclearAnswer(**facts)


def infer_status(error: ErrorBody) -> int:
    """Return the HTTP status that an error sent as 200 should have had."""
    if re.fullmatch(r"[45]\d\d", error.code):
        return int(error.code)
    names = error.names
    if any(name in error_words.RATE_CODES for name in names):
        return 429
    if any(name in error_words.BALANCE_CODES for name in names):
        return 402
    if any(name in error_words.KEY_CODES for name in names):
        return 401
    return 500 if error_words.is_server_error(error.text) else 400


def is_firewall(status: int, body: object, page: str) -> bool:
    """Return whether a firewall in front of the API answered: a refusal that isn't the API's own JSON."""
    if isinstance(body, dict) and body.get("cloudflare_error") is True:
        return True
    return (status == 403 and bool(page)) or (status in (401, 405, 406, 429) and error_words.is_firewall(page))


def read_wait(body: object) -> float | None:
    """Return the seconds after which a body says to come back, at most an hour. None if it doesn't say."""
    for path in _WAIT_PATHS:
        value = get_path(body, path)
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 86_400:
            return min(float(value), 3600.0)
        if isinstance(value, str) and (match := _WAIT.fullmatch(value.strip())) is not None:
            return _seconds(match)
    match = _WAIT_WORDS.search(parse_error(body).message.lower())
    return _seconds(match) if match is not None else None


def _seconds(match: re.Match[str]) -> float:
    unit = (match["unit"] or "s").lower()
    factor = 0.001 if unit.startswith("ms") or unit.startswith("mil") else 60.0 if unit.startswith("m") else 1.0
    return min(float(match["value"]) * (3600.0 if unit.startswith("h") else factor), 3600.0)


def _map_account(status: int, error: ErrorBody, facts: Facts, retry_after_s: float | None) -> ProviderError | None:
    """Return the error of the account or its rate, or None. The status comes first, then the code, then the words."""
    names, message = error.names, error.message
    if status == 402:
        return NoBalance(**facts)
    if status == 429:
        limited = retry_after_s is not None or any(name in error_words.RATE_CODES for name in names)
        coded = any(name in error_words.BALANCE_CODES for name in names)
        worded = error_words.is_balance((), message) and not error_words.is_rate_limit((), message)
        if not limited and (coded or worded):
            return NoBalance(**facts)
        return RateLimited(retry_after_s=retry_after_s, **facts)
    if status == 401:
        return NoBalance(**facts) if error_words.is_balance(names, message) else KeyRefused(**facts)
    if status in (400, 403) and error_words.is_balance(names, message):
        return NoBalance(**facts)
    return None


def _map_request(
    status: int, error: ErrorBody, facts: Facts, page: str, *, references_task: bool, policy_422: bool
) -> ProviderError:
    """Return the error of what was asked for."""
    names, message = error.names, error.message
    if "idempotency_key_reuse" in names:
        return UnclearAnswer(**facts)  # Comfy API v2: a request with this key was accepted before
    if error_words.is_policy(names, message) or (status == 422 and policy_422):
        return PolicyRefused(**facts)
    if status == 403:
        return AccountTrouble(**facts) if error_words.is_region(error.text) else KeyRefused(**facts)
    if status == 400 and error_words.is_key(names, message):
        return KeyRefused(**facts)
    if references_task and _is_source_gone(status, error, page):
        return SourceGone(**facts)
    if status in (408, 499):
        return UnclearAnswer(**facts)  # a timeout doesn't undo what had already started
    return Refused(**facts)


def _is_source_gone(status: int, error: ErrorBody, page: str) -> bool:
    """Return whether the provider says that it has no such source, rather than no such route or model."""
    if page or error_words.is_no_route(error.message) or error_words.is_no_model(error.message):
        return False
    return status in (404, 410) or error_words.is_not_found(error.names, error.message)


def map_read_error(
    status: int, body: object, provider: str, *, retry_after_s: float | None = None, page: str = ""
) -> ProviderError | None:
    """Return the error of a free request, or None if the provider reports that it has no such task."""
    error = parse_error(body)
    if 200 <= status < 300 and is_error(body):
        status = infer_status(error)
    facts: Facts = {"provider": provider, "status": status, "reason": error.reason}
    names, message = error.names, error.message
    if is_firewall(status, body, page):
        return Unreachable(retry_after_s=retry_after_s, **facts)
    if status == 402:
        return NoBalance(**facts)
    if status == 429:
        wait_s = retry_after_s if retry_after_s is not None else read_wait(body)
        return RateLimited(retry_after_s=wait_s, **facts)
    if status in (400, 404, 410) and error_words.is_not_found(names, message):
        return None
    if status in (400, 401, 403) and error_words.is_balance(names, message):
        return NoBalance(**facts)
    if status == 403 and error_words.is_region(error.text):
        return AccountTrouble(**facts)
    if status in (401, 403) or (status == 400 and error_words.is_key(names, message)):
        return KeyRefused(**facts)
    if status in (404, 410) or (400 <= status < 500 and error_words.is_not_found(names, message)):
        return None
    return Unreachable(retry_after_s=retry_after_s, **facts)
