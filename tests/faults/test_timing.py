"""When to ask, settle and try again: pure functions, held to what they promise."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.worker.poll_schedule import ProgressSample, RenderProfile, Timing, next_check_s, settle_left_s
from bot.worker.render_stats import ENOUGH_JOBS, ModelStats
from tests.bench.policies import FAMILIES, every, ours, render_times, scheduled

PACE = Timing()
KNOWN = RenderProfile(times=tuple(float(each) for each in range(40, 80)))
STEADY = RenderProfile(times=KNOWN.times, steady=True, step=10.0)


def test_nothing_is_asked_before_the_quickest_twentieth() -> None:
    assert next_check_s(PACE, KNOWN, elapsed_s=0.0) == pytest.approx(0.9 * 41.0)


def test_the_catalogues_guess_holds_until_something_is_known() -> None:
    assert next_check_s(PACE, RenderProfile(first_s=12.0, usual_s=(20.0, 60.0)), elapsed_s=0.0) == 12.0


def test_the_hosts_first_check_is_the_latest() -> None:
    assert next_check_s(Timing(first_check_s=3.0), KNOWN, elapsed_s=0.0) == 3.0


def test_what_a_late_start_saves_is_spent_on_asking_more_often() -> None:
    late = next_check_s(PACE, KNOWN, elapsed_s=50.0)
    early = next_check_s(PACE, RenderProfile(times=tuple(each - 35.0 for each in KNOWN.times)), elapsed_s=20.0)
    assert 1.0 <= late < early <= 5.0


def test_progress_that_is_true_is_followed_to_where_it_ends() -> None:
    seen = [ProgressSample(at_s=40.0, progress=60.0)]  # in steps of 10: it ends after 57 to 67 s
    assert next_check_s(PACE, STEADY, elapsed_s=40.0, seen=seen) == pytest.approx(100 * 40 / 70 + 4.5 - 40)


def test_progress_that_contradicts_itself_is_not() -> None:
    seen = [ProgressSample(at_s=40.0, progress=10.0), ProgressSample(at_s=44.0, progress=90.0)]
    assert next_check_s(PACE, STEADY, elapsed_s=44.0, seen=seen) == next_check_s(PACE, KNOWN, elapsed_s=44.0)


def test_no_progress_is_believed_past_everything_that_was_ever_seen() -> None:
    seen = [ProgressSample(at_s=70.0, progress=1.0)]
    assert next_check_s(PACE, STEADY, elapsed_s=70.0, seen=seen) <= 79.0 - 70.0 + 4.5


def test_retry_after_and_the_accounts_limit_are_kept() -> None:
    assert next_check_s(PACE, KNOWN, elapsed_s=50.0, retry_after_s=33.0) == 33.0
    assert next_check_s(PACE, KNOWN, elapsed_s=50.0, min_s=21.0) == 21.0


def test_honesty_is_learned_and_one_lie_ends_it() -> None:
    learning = ModelStats([], 10.0, (30.0, 120.0))
    for _ in range(ENOUGH_JOBS):
        assert not learning.profile.steady
        learning.add(60.0, [ProgressSample(at_s=30.0, progress=50.0)])
    assert learning.profile.steady
    assert learning.profile.step == 50.0
    learning.add(60.0, [ProgressSample(at_s=50.0, progress=0.5)])
    assert not learning.profile.steady


@pytest.mark.parametrize("style", ["none", "10 %", "25 %", "erratic", "lies"])
@pytest.mark.parametrize("family", FAMILIES)
def test_whatever_the_progress_it_is_never_worse_than_a_fixed_poll(family: str, style: str) -> None:
    """Than 5 s where there is none or it is true; than 10 s where it is coarse or lies; and costs no more."""
    times = render_times(family, 1000)
    found, five, ten = ours(times, style), scheduled(times, every(5.0)), scheduled(times, every(10.0))
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
def test_the_next_look_always_comes(
    times: list[float], elapsed_s: float, seen: list[tuple[float, float]], steady: bool, step: float
) -> None:
    profile = RenderProfile(times=tuple(sorted(times)), steady=steady, step=step)
    sightings = [ProgressSample(at_s=at, progress=progress) for at, progress in seen]
    wait_s = next_check_s(PACE, profile, elapsed_s=elapsed_s, seen=sightings)
    assert 0.0 < wait_s <= max(30.0, *times, 10.0)


@pytest.mark.parametrize(
    ("wall_s", "monotonic_s", "left_s"),
    [
        (0.0, 0.0, 180.0),
        (100.0, 100.0, 80.0),
        (86_400.0, 10.0, 170.0),  # set forth: the monotonic clock knows better
        (-86_400.0, 200.0, 180.0),  # set back: one whole allowance and no more
        (500.0, 500.0, 0.0),
    ],
)
def test_settling_takes_the_later_of_two_clocks(wall_s: float, monotonic_s: float, left_s: float) -> None:
    assert settle_left_s(180.0, wall_s=wall_s, monotonic_s=monotonic_s) == pytest.approx(left_s)
