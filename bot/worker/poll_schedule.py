"""When to ask, try or give up next. Pure functions of what is known; knows no clock."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.jobs.render_times import ENOUGH_TIMES

SLOW_AFTER_S = 20 * 60.0
MISSING_GRACE_S = 300.0  # a task that a provider does not know (yet). Source: reference/reliability.md 2.4

USUAL_GAP_S = 5.0  # what the schedule below may cost: as many requests as one every 5 s
LEAST_GAP_S = 1.0
REACH_S = 4.5
TRUST = 2.0  # times the time so far: no word of a provider is followed further than that without another look
EARLIER = 0.9  # begin before the quickest that was seen: a model that got faster shows only so


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """How quickly the engine goes about things. Seconds; a host or a test may set them."""

    first_check_s: float | None = None  # at the latest; None: what is known about the model decides
    check_every_s: float = 10.0  # at the longest, while a clip is to be expected
    deadline_s: float = 24 * 3600.0
    lease_s: float = 900.0
    settle_s: float = 180.0
    retry_s: float = 2.0  # the first step of every back-off


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgressSample:
    """What a running task said about itself: `progress` is 0 to 100, `at_s` counts from its submission."""

    at_s: float
    progress: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderProfile:
    """What is known about the render times of a model.

    `times` are its last ones here in ascending order, `first_s` and `usual_s` the catalogue's guess before there
    are any. `step` is how coarse its progress is; `steady`: it has told the truth so far, so it may be followed.
    """

    times: tuple[float, ...] = ()
    first_s: float = 5.0
    usual_s: tuple[float, float] = (30.0, 120.0)
    step: float = 100.0
    steady: bool = False


def backoff_s(tries: int, *, first_s: float = 2.0, max_s: float = 60.0, retry_after_s: float | None = None) -> float:
    """Seconds before try number `tries + 1`; never less than the other side asked for."""
    own = min(max_s, first_s * 2.0 ** min(max(tries - 1, 0), 16))
    return max(own, retry_after_s or 0.0)


def settle_left_s(settle_s: float, *, wall_s: float, monotonic_s: float) -> float:
    """How long an unanswered paid request may still arrive. Both times count from its intent, or from our start.

    The longer wait of the two counts; a wall clock that was set back or forth can only lengthen it, and never
    past one whole allowance. Source: reference/reliability.md 2.6
    """
    by_wall = min(settle_s, max(0.0, settle_s - max(0.0, wall_s)))
    left_s = max(by_wall, settle_s - monotonic_s)
    return left_s if left_s > 0.01 else 0.0  # no clock tells less than that apart


def next_check_s(
    timing: Timing,
    profile: RenderProfile,
    *,
    elapsed_s: float,
    seen: Sequence[ProgressSample] = (),
    retry_after_s: float | None = None,
    min_s: float = 0.0,
) -> float:
    """Seconds until a rendering job is asked about again; `min_s` is the account's rate limit.

    Nothing before the quickest twentieth of this model's own times; then as often as a request every 5 s would
    have cost altogether; and where its progress has proved true, when that says that it is nearly done.
    """
    start_s = _start_s(timing, profile)
    gap_s = min(_gap_s(profile, start_s), timing.check_every_s)
    if elapsed_s < start_s:
        wait_s = max(start_s - elapsed_s, min(gap_s, LEAST_GAP_S))
    else:
        wait_s = min(max(gap_s, _overdue_gap_s(profile, elapsed_s)), _longest_gap_s(timing, elapsed_s))
    if profile.steady:
        wait_s = _following(profile, elapsed_s, seen, wait_s, min(LEAST_GAP_S, gap_s))
    return max(wait_s, min_s, retry_after_s or 0.0)


def _start_s(timing: Timing, profile: RenderProfile) -> float:
    """When the first question may be worth it."""
    if len(profile.times) >= ENOUGH_TIMES:
        rank = max(0, int(0.05 * (len(profile.times) + 1)) - 1)
        early_s = profile.times[rank] * EARLIER
    else:
        early_s = profile.first_s
    return early_s if timing.first_check_s is None else min(early_s, timing.first_check_s)


def _gap_s(profile: RenderProfile, start_s: float) -> float:
    """What a start so late has saved is spent on asking more often afterwards."""
    times = profile.times if len(profile.times) >= ENOUGH_TIMES else profile.usual_s
    mean_s = sum(times) / len(times)
    if mean_s <= USUAL_GAP_S + LEAST_GAP_S:
        return LEAST_GAP_S
    return min(USUAL_GAP_S, max(LEAST_GAP_S, USUAL_GAP_S * (mean_s - start_s) / (mean_s - USUAL_GAP_S)))


def _overdue_gap_s(profile: RenderProfile, elapsed_s: float) -> float:
    """Past everything that was ever seen, patience grows with the delay."""
    last_s = profile.times[-1] if len(profile.times) >= ENOUGH_TIMES else profile.usual_s[1] * 2
    return max(0.0, elapsed_s - last_s) * 0.1


def _longest_gap_s(timing: Timing, elapsed_s: float) -> float:
    return timing.check_every_s if elapsed_s < SLOW_AFTER_S else timing.check_every_s * 3


def _following(
    profile: RenderProfile, elapsed_s: float, seen: Sequence[ProgressSample], otherwise_s: float, min_s: float
) -> float:
    """The wait by what the task says about itself, or `otherwise_s` where that says nothing or contradicts itself.

    Progress `p` in steps of `s` after `t` seconds means an end between `100 t / (p + s)` and `100 t / p`. Every
    sighting narrows that; nothing is waited for longer than this model has ever taken here.
    """
    told = [each for each in seen if 0.0 < each.progress < 100.0]
    if not told or not profile.times:
        return otherwise_s
    low_s = max(earliest_end_s(each, profile.step) for each in told)
    high_s = min(each.at_s * 100.0 / each.progress for each in told)
    if low_s > high_s * 1.05:
        return otherwise_s
    low_s = min(low_s, profile.times[-1])
    if elapsed_s > high_s:
        return otherwise_s
    # Once between the two: one look at the end of it, or as late as a fixed poll might be.
    wait_s = min(high_s, max(low_s, elapsed_s) + REACH_S) - elapsed_s
    return max(min_s, min(wait_s, max(otherwise_s, TRUST * elapsed_s)))


def earliest_end_s(seen: ProgressSample, step: float) -> float:
    """Before this a task cannot be done, if its progress is true and rounded down to steps."""
    return seen.at_s * 100.0 / min(100.0, seen.progress + step)
