"""When to poll, settle and retry: pure functions and their guarantees."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.worker.poll_schedule import ProgressSample, RenderProfile, Timing, next_check_s, settle_left_s
from bot.worker.render_stats import MIN_JUDGED_JOBS, ModelStats
from tests.bench.poll_policies import FAMILIES, evaluate_schedule, fixed_interval, render_times, retake_policy

PACE = Timing()
KNOWN = RenderProfile(times=tuple(float(seconds) for seconds in range(40, 80)))
STEADY = RenderProfile(times=KNOWN.times, steady=True, step=10.0)


def test_the_first_poll_comes_before_the_fastest_five_percent() -> None:
    assert next_check_s(PACE, KNOWN, elapsed_s=0.0) == pytest.approx(0.9 * 41.0)


def test_the_estimate_of_the_catalogue_applies_until_jobs_are_known() -> None:
    assert next_check_s(PACE, RenderProfile(first_s=12.0, usual_s=(20.0, 60.0)), elapsed_s=0.0) == 12.0


def test_the_configured_first_check_caps_the_first_poll() -> None:
    assert next_check_s(Timing(first_check_s=3.0), KNOWN, elapsed_s=0.0) == 3.0


def test_polls_saved_by_a_late_start_are_spent_on_shorter_intervals() -> None:
    late = next_check_s(PACE, KNOWN, elapsed_s=50.0)
    early = next_check_s(PACE, RenderProfile(times=tuple(seconds - 35.0 for seconds in KNOWN.times)), elapsed_s=20.0)
    assert 1.0 <= late < early <= 5.0


def test_steady_progress_is_extrapolated() -> None:
    seen = [ProgressSample(at_s=40.0, progress=60.0)]  # in steps of 10: ends after 57 to 67 s
    assert next_check_s(PACE, STEADY, elapsed_s=40.0, samples=seen) == pytest.approx(100 * 40 / 70 + 4.5 - 40)


def test_contradictory_progress_is_ignored() -> None:
    seen = [ProgressSample(at_s=40.0, progress=10.0), ProgressSample(at_s=44.0, progress=90.0)]
    assert next_check_s(PACE, STEADY, elapsed_s=44.0, samples=seen) == next_check_s(PACE, KNOWN, elapsed_s=44.0)


def test_progress_beyond_every_known_render_time_is_ignored() -> None:
    seen = [ProgressSample(at_s=70.0, progress=1.0)]
    assert next_check_s(PACE, STEADY, elapsed_s=70.0, samples=seen) <= 79.0 - 70.0 + 4.5


def test_retry_after_and_the_rate_limit_of_the_account_are_kept() -> None:
    assert next_check_s(PACE, KNOWN, elapsed_s=50.0, retry_after_s=33.0) == 33.0
    assert next_check_s(PACE, KNOWN, elapsed_s=50.0, min_s=21.0) == 21.0


def test_steadiness_is_learned_and_lost_with_one_contradiction() -> None:
    learning = ModelStats([], 10.0, (30.0, 120.0))
    for _ in range(MIN_JUDGED_JOBS):
        assert not learning.profile.steady
        learning.add(60.0, [ProgressSample(at_s=30.0, progress=50.0)])
    assert learning.profile.steady
    assert learning.profile.step == 50.0
    learning.add(60.0, [ProgressSample(at_s=50.0, progress=0.5)])
    assert not learning.profile.steady


@pytest.mark.parametrize("style", ["none", "10 %", "25 %", "erratic", "lies"])
@pytest.mark.parametrize("family", FAMILIES)
def test_polling_is_never_worse_than_a_fixed_interval(family: str, style: str) -> None:
    """Fixed 5 s without or with steady progress, 10 s with coarse or false progress; at most 5 % more requests."""
    times = render_times(family, 1000)
    found, five, ten = (
        retake_policy(times, style),
        evaluate_schedule(times, fixed_interval(5.0)),
        evaluate_schedule(times, fixed_interval(10.0)),
    )
    other = ten if style in ("25 %", "lies", "erratic") else five
    assert found.mean_s <= other.mean_s
    assert found.p95_s <= other.p95_s
    assert found.requests <= five.requests * 1.05


@given(
    times=st.lists(st.floats(0.1, 5000.0), max_size=50),
    elapsed_s=st.floats(0.0, 100_000.0),
    seen=st.lists(st.tuples(st.floats(0.0, 5000.0), st.floats(0.0, 100.0)), max_size=8),
    steady=st.booleans(),
    step=st.floats(1.0, 100.0),
)
def test_the_next_poll_is_always_in_the_near_future(
    times: list[float], elapsed_s: float, seen: list[tuple[float, float]], steady: bool, step: float
) -> None:
    profile = RenderProfile(times=tuple(sorted(times)), steady=steady, step=step)
    sightings = [ProgressSample(at_s=at, progress=progress) for at, progress in seen]
    wait_s = next_check_s(PACE, profile, elapsed_s=elapsed_s, samples=sightings)
    assert 0.0 < wait_s <= max(30.0, *times, 10.0)


@pytest.mark.parametrize(
    ("wall_s", "monotonic_s", "left_s"),
    [
        (0.0, 0.0, 180.0),
        (100.0, 100.0, 80.0),
        (86_400.0, 10.0, 170.0),  # set forward: the monotonic clock decides
        (-86_400.0, 200.0, 180.0),  # set back: one full settling time at most
        (500.0, 500.0, 0.0),
    ],
)
def test_settling_uses_the_later_of_two_clocks(wall_s: float, monotonic_s: float, left_s: float) -> None:
    assert settle_left_s(180.0, wall_s=wall_s, monotonic_s=monotonic_s) == pytest.approx(left_s)
