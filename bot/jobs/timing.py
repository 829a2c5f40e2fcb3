"""When to ask, try or give up next. Pure functions of what is known; knows no clock."""

from collections.abc import Sequence
from dataclasses import dataclass

SLOW_AFTER_S = 20 * 60.0
NONCE_WINDOW_S = 250.0  # Discord drops a repeated nonce for "a few minutes". Source: reference/reliability.md 1 D
POST_TIMEOUT_S = 120.0  # after this a post that never answered cannot arrive any more
MISSING_GRACE_S = 300.0  # a task that a provider does not know (yet). Source: reference/reliability.md 2.4


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How quickly the engine goes about things. Seconds; a host or a test may set them."""

    first_check_s: float = 5.0
    check_every_s: float = 10.0
    deadline_s: float = 24 * 3600.0
    lease_s: float = 300.0
    settle_s: float = 180.0
    retry_s: float = 2.0  # the first step of every back-off


def backoff_s(tries: int, *, first_s: float = 2.0, most_s: float = 60.0, asked_s: float | None = None) -> float:
    """Seconds before try number `tries + 1`; never less than the other side asked for."""
    own = min(most_s, first_s * 2.0 ** min(max(tries - 1, 0), 16))
    return max(own, asked_s or 0.0)


def next_check_s(pace: Pace, *, elapsed_s: float, retry_after_s: float | None = None) -> float:
    """Seconds until a rendering job is asked about again."""
    wait_s = pace.check_every_s
    if elapsed_s < pace.first_check_s:
        wait_s = min(wait_s, pace.first_check_s - elapsed_s)
    return max(wait_s, retry_after_s or 0.0)


def usual_s(times: Sequence[float]) -> tuple[float, float] | None:
    """The middle half of a model's last successes here; None while there are fewer than three."""
    if len(times) < 3:
        return None
    ordered = sorted(times)
    quarter = len(ordered) // 4
    return ordered[quarter], ordered[-1 - quarter]
