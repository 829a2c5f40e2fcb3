"""What the provider of the cluster benchmark counts."""

import pytest

from tests.bench.cluster_provider import most_at_once, most_in_a_second


@pytest.mark.parametrize(
    ("spans", "most"),
    [([], 0), ([(0, 1), (1, 2)], 1), ([(0, 3), (1, 2), (1.5, 4)], 3), ([(0, float("inf")), (5, 6)], 2)],
)
def test_the_most_jobs_at_once_are_those_that_overlap(spans: list[tuple[float, float]], most: int) -> None:
    assert most_at_once(spans) == most


@pytest.mark.parametrize(("times", "most"), [([], 0), ([0.0, 0.5, 1.0], 2), ([0.9, 1.0, 1.1, 1.8, 2.5], 4)])
def test_the_most_requests_in_a_second_are_counted_across_its_borders(times: list[float], most: int) -> None:
    assert most_in_a_second(times) == most
