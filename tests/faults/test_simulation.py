"""A short run of the simulation and the crash points of `python -m tests.faults`."""

import pytest

from tests.faults.ablation import RULES
from tests.faults.crash_points import enumerate_points
from tests.faults.fake_provider import Capability
from tests.faults.simulation import simulate


@pytest.mark.parametrize("seed", [1, 2])
def test_a_simulation_loses_and_duplicates_nothing(seed: int) -> None:
    tally = simulate(250, seed)
    assert tally.clean, (tally.summary(seed), tally.errors)
    assert tally.kills > 5


def test_a_simulation_on_postgresql_that_crashes_loses_and_duplicates_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORE", "postgres")
    kills = crashes = 0
    for seed in range(2, 8):  # until one has killed the bot often enough and crashed the server
        tally = simulate(150, seed)
        assert tally.clean, (tally.summary(seed), tally.errors)
        kills, crashes = tally.kills, tally.server_crashes
        if kills > 3 and crashes:
            break
    assert kills > 3
    assert crashes > 0


def test_equal_seeds_give_equal_simulations() -> None:
    assert simulate(60, 9) == simulate(60, 9)


@pytest.mark.parametrize("capability", ["none", "list", "key"])
def test_a_kill_at_any_call_before_or_after_its_effect_violates_nothing(capability: Capability) -> None:
    tally = enumerate_points(capability)
    assert tally.clean, tally.errors
    assert tally.kills >= 100


@pytest.mark.parametrize(("capability", "takes"), [("none", 4), ("list", 2), ("key", 3)])
def test_a_kill_while_takes_are_made_violates_nothing_and_posts_one_message(capability: Capability, takes: int) -> None:
    tally = enumerate_points(capability, takes=takes)
    assert tally.clean, tally.errors
    assert tally.kills >= 100
    assert tally.states["delivered"] >= takes * 75


@pytest.mark.parametrize("capability", ["list", "key"])
def test_a_kill_while_a_video_is_being_cancelled_violates_nothing(capability: Capability) -> None:
    tally = enumerate_points(capability, cancel=True)
    assert tally.clean, tally.errors
    assert tally.kills >= 50
    assert tally.states["cancelled"] >= 45


@pytest.mark.parametrize("rule", sorted(RULES))
def test_the_simulation_detects_a_missing_rule(rule: str) -> None:
    assert any(not simulate(400, seed, rule).clean for seed in range(5, 15))
