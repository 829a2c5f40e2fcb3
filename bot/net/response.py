"""What goes with a request and what comes back, and how headers and addresses are read. Knows no library for HTTP."""

import email.utils
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypedDict
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """An HTTP answer with its whole body, at most the cap. `too_long`: the body went on past it."""

    status: int
    body: bytes
    headers: Mapping[str, str]
    too_long: bool = False

    @property
    def retry_after_s(self) -> float | None:
        return read_retry_after(self.headers.get("retry-after"))


class RequestOptions(TypedDict, total=False):
    """What goes with a request. `form` and `files` make a multipart body; `base_url` replaces the account's."""

    json: Mapping[str, object]
    form: Mapping[str, object]
    files: Sequence[tuple[str, str, bytes, str]]
    params: Mapping[str, str]
    headers: Mapping[str, str]
    base_url: str
    cap_bytes: int


def read_retry_after(value: str | None) -> float | None:
    """Seconds from a Retry-After header: a number, or an HTTP date. None where it is neither."""
    if value is None:
        return None
    try:
        return max(0.0, min(float(value), 3600.0))
    except ValueError:
        pass
    try:
        at = email.utils.parsedate_to_datetime(value).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None
    return max(0.0, min(at - time.time(), 3600.0))


def origin(url: str) -> tuple[str, str]:
    """Scheme and authority of a link; empty where it is none."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "", ""
    return parts.scheme.lower(), parts.netloc.lower()
