"""The short form of `make faults CLUSTER=1`."""

import pytest

from tests.cluster.storm_run import SHORT, run_storm

pytestmark = pytest.mark.timeout(600)


async def test_a_cluster_in_a_storm_loses_and_doubles_nothing() -> None:
    tally = await run_storm(SHORT)
    assert tally.jobs >= SHORT.jobs
    assert (tally.kills, tally.stops, tally.server_crashes) == (SHORT.kills, SHORT.stops, SHORT.crashes)
    assert (tally.partitions, tally.wrong_clocks) == (SHORT.partitions, SHORT.wrong_clocks)
    assert (tally.clean, tally.errors) == (True, []), tally
    assert tally.states["delivered"] > SHORT.jobs // 2
