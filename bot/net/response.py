"""HTTP request options and responses, and parsers for Retry-After and for the origin of a URL."""

import email.utils
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypedDict
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """An HTTP response. `too_long`: the body exceeded the limit and is truncated."""

    status: int
    body: bytes
    headers: Mapping[str, str]
    too_long: bool = False

    @property
    def retry_after_s(self) -> float | None:
        return read_retry_after(self.headers.get("retry-after"))


class RequestOptions(TypedDict, total=False):
    """Options of a request. `form` and `files` make a multipart body; `content` is a whole body.

    `base_url` overrides the account's.
    """

    json: Mapping[str, object] | Sequence[object]
    content: bytes
    form: Mapping[str, object]
    files: Sequence[tuple[str, str, bytes, str]]
    params: Mapping[str, str]
    headers: Mapping[str, str]
    base_url: str
    max_body_bytes: int


def read_retry_after(value: str | None) -> float | None:
    """Return the seconds of a Retry-After header, at most an hour, from a number or an HTTP date. None if invalid."""
    if value is None:
        return None
    try:
        return max(0.0, min(float(value), 3600.0))
    except ValueError:
        pass
    try:
        retry_at = email.utils.parsedate_to_datetime(value).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None
    return max(0.0, min(retry_at - time.time(), 3600.0))


def origin(url: str) -> tuple[str, str]:
    """Return the scheme and authority of a URL, or two empty strings if it can't be parsed."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "", ""
    return parts.scheme.lower(), parts.netloc.lower()


def bearer_header(key: str) -> dict[str, str]:
    """Return the Authorization header of an API key, or no header if there is no key."""
    return {"Authorization": f"Bearer {key}"} if key else {}
