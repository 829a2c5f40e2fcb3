"""The usual render time of a model, from its last successes. Pure."""

from collections.abc import Sequence

MIN_TIMES = 3  # with fewer successes nothing is known


def usual_s(times: Sequence[float]) -> tuple[float, float] | None:
    """Return the quartiles of a model's last render times, in seconds. Return None if there are fewer than three."""
    if len(times) < MIN_TIMES:
        return None
    ordered = sorted(times)
    quarter = len(ordered) // 4
    return ordered[quarter], ordered[-1 - quarter]
