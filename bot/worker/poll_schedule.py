"""Poll intervals, backoff and settle times. Pure functions; times are in seconds."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.jobs.render_times import MIN_TIMES

SLOW_AFTER_S = 20 * 60.0
MISSING_GRACE_S = 300.0  # for a task that the provider doesn't list yet. Source: reference/reliability.md 2.4

USUAL_GAP_S = 5.0  # the schedule may cost as many requests as one every 5 s
MIN_GAP_S = 1.0
REACH_S = 4.5  # how far past the earliest possible end a poll may be placed
TRUST = 2.0  # multiple of the elapsed time: a reported progress never delays the next poll further than this
EARLIER = 0.9  # start before the fastest known render, or else a model that became faster would go unnoticed
MAX_EXPONENT = 16
WEBHOOK_FACTOR, MAX_WEBHOOK_GAP_S = 4.0, 60.0  # polls of an account whose webhooks arrive
CLOCK_RESOLUTION_S = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """Intervals of the worker in seconds, set by the host or a test."""

    first_check_s: float | None = None  # latest first poll; None: by what is known about the model
    check_every_s: float = 10.0  # longest poll interval while a clip is expected
    deadline_s: float = 24 * 3600.0
    lease_s: float = 900.0
    settle_s: float = 180.0
    retry_s: float = 2.0  # first step of every backoff


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgressSample:
    """A reported progress, 0 to 100. `at_s` counts from the task's submission."""

    at_s: float
    progress: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderProfile:
    """What is known about the render times of a model.

    `times`: the last render times here in ascending order. `first_s`, `usual_s`: the catalogue's estimate, used while
    there are too few. `step`: the granularity of the reported progress. `steady`: it was accurate so far, so that the
    schedule may follow it.
    """

    times: tuple[float, ...] = ()
    first_s: float = 5.0
    usual_s: tuple[float, float] = (30.0, 120.0)
    step: float = 100.0
    steady: bool = False


def backoff_s(tries: int, *, first_s: float = 2.0, max_s: float = 60.0, retry_after_s: float | None = None) -> float:
    """Return the wait before try number `tries + 1`: it doubles up to `max_s`, and is at least `retry_after_s`."""
    own_s = min(max_s, first_s * 2.0 ** min(max(tries - 1, 0), MAX_EXPONENT))
    return max(own_s, retry_after_s or 0.0)


def settle_left_s(settle_s: float, *, wall_s: float, monotonic_s: float) -> float:
    """Return for how long an unanswered paid request may still arrive.

    `wall_s` counts from its intent by the store's clock, `monotonic_s` from when this process first saw the intent. The
    longer wait of the two applies; a wall clock that was changed can only lengthen it, and never past `settle_s`.
    Source: reference/reliability.md 2.6.
    """
    wall_left_s = min(settle_s, max(0.0, settle_s - max(0.0, wall_s)))
    left_s = max(wall_left_s, settle_s - monotonic_s)
    return left_s if left_s > CLOCK_RESOLUTION_S else 0.0


def next_check_s(
    timing: Timing,
    profile: RenderProfile,
    *,
    elapsed_s: float,
    samples: Sequence[ProgressSample] = (),
    retry_after_s: float | None = None,
    min_s: float = 0.0,
) -> float:
    """Return the seconds until the next poll of a rendering job; `min_s` is the account's rate limit.

    The first poll waits for the fastest 5 % of this model's render times. After that the interval costs as many
    requests altogether as one every 5 s. If the model's progress has been accurate, it decides instead.
    """
    start_s = _start_s(timing, profile)
    gap_s = min(_gap_s(profile, start_s), timing.check_every_s)
    if elapsed_s < start_s:
        wait_s = max(start_s - elapsed_s, min(gap_s, MIN_GAP_S))
    else:
        wait_s = min(max(gap_s, _overdue_gap_s(profile, elapsed_s)), _max_gap_s(timing, elapsed_s))
    if profile.steady:
        wait_s = _by_progress_s(profile, elapsed_s, samples, wait_s, min(MIN_GAP_S, gap_s))
    return max(wait_s, min_s, retry_after_s or 0.0)


def slowed_s(wait_s: float) -> float:
    """Return a wait where a webhook will most likely announce the end."""
    return max(wait_s, min(wait_s * WEBHOOK_FACTOR, MAX_WEBHOOK_GAP_S))


def _start_s(timing: Timing, profile: RenderProfile) -> float:
    """Return when the first poll may find a clip, counted from the submission."""
    if len(profile.times) >= MIN_TIMES:
        rank = max(0, int(0.05 * (len(profile.times) + 1)) - 1)
        early_s = profile.times[rank] * EARLIER
    else:
        early_s = profile.first_s
    return early_s if timing.first_check_s is None else min(early_s, timing.first_check_s)


def _gap_s(profile: RenderProfile, start_s: float) -> float:
    """Return the interval that spends the requests saved by a late start."""
    times = profile.times if len(profile.times) >= MIN_TIMES else profile.usual_s
    mean_s = sum(times) / len(times)
    if mean_s <= USUAL_GAP_S + MIN_GAP_S:
        return MIN_GAP_S
    return min(USUAL_GAP_S, max(MIN_GAP_S, USUAL_GAP_S * (mean_s - start_s) / (mean_s - USUAL_GAP_S)))


def _overdue_gap_s(profile: RenderProfile, elapsed_s: float) -> float:
    """Return the interval past the slowest known render: a tenth of the delay."""
    slowest_s = profile.times[-1] if len(profile.times) >= MIN_TIMES else profile.usual_s[1] * 2
    return max(0.0, elapsed_s - slowest_s) * 0.1


def _max_gap_s(timing: Timing, elapsed_s: float) -> float:
    return timing.check_every_s if elapsed_s < SLOW_AFTER_S else timing.check_every_s * 3


def _by_progress_s(
    profile: RenderProfile, elapsed_s: float, samples: Sequence[ProgressSample], otherwise_s: float, min_s: float
) -> float:
    """Return the wait that the reported progress implies, or `otherwise_s` if it is missing or contradicts itself.

    Progress `p` in steps of `s` after `t` seconds means an end between `100 t / (p + s)` and `100 t / p`. Every sample
    narrows that range. The wait never exceeds the longest render of this model here.
    """
    running = [sample for sample in samples if 0.0 < sample.progress < 100.0]
    if not running or not profile.times:
        return otherwise_s
    low_s = max(earliest_end_s(sample, profile.step) for sample in running)
    high_s = min(sample.at_s * 100.0 / sample.progress for sample in running)
    if low_s > high_s * 1.05:
        return otherwise_s
    low_s = min(low_s, profile.times[-1])
    if elapsed_s > high_s:
        return otherwise_s
    # Within the range, one poll at its end, or REACH_S after its start: as late as a fixed interval could be.
    wait_s = min(high_s, max(low_s, elapsed_s) + REACH_S) - elapsed_s
    return max(min_s, min(wait_s, max(otherwise_s, TRUST * elapsed_s)))


def earliest_end_s(sample: ProgressSample, step: float) -> float:
    """Return the earliest end of a task, if its progress is accurate and rounded down to steps."""
    return sample.at_s * 100.0 / min(100.0, sample.progress + step)
