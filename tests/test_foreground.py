"""The foreground gate: interactions come first, and background work still makes progress."""

from bot.foreground import ACTIVE_FOR_S, MAX_WAIT_S, ForegroundGate


class ManualClock:
    """A clock that moves only when set."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_background_work_pauses_briefly_after_an_interaction() -> None:
    clock = ManualClock()
    foreground = ForegroundGate(clock)
    assert foreground.remaining_s() == 0.0
    foreground.mark_active()
    assert round(foreground.remaining_s(), 6) == ACTIVE_FOR_S
    clock.now += ACTIVE_FOR_S
    assert foreground.remaining_s() == 0.0


def test_background_work_gets_half_of_the_time_under_constant_load() -> None:
    clock = ManualClock()
    foreground, rested, longest, run = ForegroundGate(clock), 0, 0, 0
    for _ in range(10_000):  # an interaction every 10 ms for 100 s
        foreground.mark_active()
        run = run + 1 if foreground.remaining_s() > 0.0 else 0
        rested, longest = rested + (run > 0), max(longest, run)
        clock.now += 0.01
    assert 0.4 < rested / 10_000 <= 0.55
    assert longest * 0.01 <= MAX_WAIT_S + 0.02
