"""The short form of the promotion in `make faults CLUSTER=1`: the processes ask every 2 s whether they are held."""

from pathlib import Path

import pytest

from tests.cluster.promotion import run_promotion

pytestmark = pytest.mark.timeout(400)


async def test_a_standby_without_the_last_commits_is_held_and_used_again_once_the_host_has_looked(
    tmp_path: Path,
) -> None:
    tally = await run_promotion(tmp_path, CLOCK_READ_S="2")
    assert (tally.clean, tally.errors, tally.promotions) == (True, [], 1), tally
    assert tally.states["delivered"] >= 2
