"""The clock of a bot on PostgreSQL."""

import time

import pytest

from bot.ports import clock
from bot.ports.clock import elapsed_s
from bot.store import postgres_clock
from bot.store.jobs import SqlJobStore
from bot.store.postgres import PgDatabase
from bot.store.postgres_clock import READ_EVERY_S, DatabaseClock, Reading
from tests.stores import new_url


class Watch:
    """This machine's monotonic clock, in a test's hand."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 50.0
        monkeypatch.setattr(clock, "elapsed_s", lambda: self.now)

    def reading(self, at: float) -> Reading:
        return Reading(at=at, wall=0.0, monotonic=self.now, doubt_s=0.0)


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Watch:
    return Watch(monkeypatch)


def test_the_time_is_the_databases_and_goes_on_between_readings(watch: Watch) -> None:
    clock = DatabaseClock(watch.reading(1000.0))
    watch.now += 7.0
    assert clock.now() == 1007.0
    assert not clock.is_due
    watch.now += READ_EVERY_S
    assert clock.is_due


def test_a_clock_that_is_behind_follows_at_once(watch: Watch) -> None:
    clock = DatabaseClock(watch.reading(1000.0))
    watch.now += 60.0
    clock.correct(watch.reading(1061.0))
    assert clock.now() == 1061.0
    assert not clock.is_due


@pytest.mark.parametrize("ahead_s", [0.5, 20.0, 3600.0])
def test_a_clock_that_is_ahead_goes_slower_and_never_back(watch: Watch, ahead_s: float) -> None:
    """PostgreSQL's clock was set back, or this machine's runs fast."""
    clock = DatabaseClock(watch.reading(1000.0))
    there = 1000.0 - ahead_s
    seen = [clock.now()]
    for _ in range(200):
        clock.correct(watch.reading(there))
        for _ in range(6):
            watch.now += 10.0
            there += 10.0
            seen.append(clock.now())
    assert seen == sorted(seen)
    assert seen[-1] == pytest.approx(there, abs=0.01)


async def test_the_clock_is_read_again_each_minute(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    database = await PgDatabase.open(new_url())
    store = SqlJobStore(database)
    far = Reading(at=time.time() + 500.0, wall=time.time(), monotonic=elapsed_s(), doubt_s=0.0)
    monkeypatch.setattr("bot.store.postgres.read_clock", lambda _: far)
    await store.next_due()
    assert database.clock.now() < far.at - 400.0
    monkeypatch.setattr(postgres_clock, "READ_EVERY_S", 0.001)
    await store.next_due()
    assert database.clock.now() >= far.at
    assert "this machine's clock and PostgreSQL's differ by -500.0 s" in caplog.text
    await database.close()
