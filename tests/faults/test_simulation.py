"""The storms and crash points of `python -m tests.faults`, as many as fit into every run."""

import pytest

from tests.faults.ablation import RULES
from tests.faults.crash_points import enumerate_points
from tests.faults.fake_provider import Capability
from tests.faults.simulation import simulate


@pytest.mark.parametrize("seed", [1, 2])
def test_a_storm_loses_nothing_and_doubles_nothing(seed: int) -> None:
    tally = simulate(250, seed)
    assert tally.clean, (tally.summary(seed), tally.errors)
    assert tally.kills > 5


def test_equal_seeds_give_equal_storms() -> None:
    assert simulate(60, 9) == simulate(60, 9)


@pytest.mark.parametrize("capability", ["none", "list", "key"])
def test_killed_at_every_call_before_and_after_its_effect(capability: Capability) -> None:
    tally = enumerate_points(capability)
    assert tally.clean, tally.errors
    assert tally.kills >= 100


@pytest.mark.parametrize("rule", sorted(RULES))
def test_without_any_one_rule_the_storm_notices(rule: str) -> None:
    assert any(not simulate(400, seed, rule).clean for seed in range(5, 15))
