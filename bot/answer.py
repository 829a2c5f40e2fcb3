"""What came back from a request, and how its headers and its address are read. Knows no library for HTTP."""

import email.utils
import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An HTTP answer with its whole body, at most the cap. `too_long`: the body went on past it."""

    status: int
    body: bytes
    headers: Mapping[str, str]
    too_long: bool = False

    @property
    def retry_after_s(self) -> float | None:
        return read_retry_after(self.headers.get("retry-after"))


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
