"""Who has asked comes first, and files still arrive however many ask."""

from bot.foreground import ACTIVE_FOR_S, MAX_WAIT_S, ForegroundGate


class ManualClock:
    """A clock moved by hand."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_work_rests_for_a_moment_after_somebody_asked() -> None:
    clock = ManualClock()
    foreground = ForegroundGate(clock)
    assert foreground.remaining_s() == 0.0
    foreground.mark_active()
    assert round(foreground.remaining_s(), 6) == ACTIVE_FOR_S
    clock.now += ACTIVE_FOR_S
    assert foreground.remaining_s() == 0.0


def test_work_goes_on_half_of_the_time_however_many_ask() -> None:
    clock = ManualClock()
    foreground, rested, longest, run = ForegroundGate(clock), 0, 0, 0
    for _ in range(10_000):  # somebody asks every 10 ms, for 100 s
        foreground.mark_active()
        run = run + 1 if foreground.remaining_s() > 0.0 else 0
        rested, longest = rested + (run > 0), max(longest, run)
        clock.now += 0.01
    assert 0.4 < rested / 10_000 <= 0.55
    assert longest * 0.01 <= MAX_WAIT_S + 0.02
