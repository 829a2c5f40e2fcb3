"""A cluster whose workers lack a rule: they are stopped where it matters, and something must be paid twice.

Nothing else fails meanwhile, so that what the books show comes from the rule alone.
"""

from collections.abc import Mapping
from dataclasses import replace

from tests.cluster.storm import Plan
from tests.cluster.storm_run import run_storm
from tests.faults.invariants import Tally

CLUSTER_RULES: Mapping[str, str] = {
    "stop": "a worker that stood still, or couldn't renew its leases, pays and posts nothing",
    "fence": "a change of a row names its fence; also without stop, which would notice earlier",
}
TRIES = 3
CALM = Plan(
    jobs=0, gateways=1, workers=3, kills=0, stops=0, crashes=0, partitions=0, dark_workers=0, wrong_clocks=0,
    stopped_payments=0, stopped_uploads=0, has_faults=False, rage_s=0.0,
)  # fmt: skip
PLANS: Mapping[str, Plan] = {
    "stop": replace(CALM, stopped_payments=1, without="stop"),
    "fence": replace(CALM, stopped_uploads=1, without="stop,fence"),
}


async def run_without(rule: str, seed: int) -> Tally:
    """Stop workers without a rule, again if nothing came of it."""
    for turn in range(TRIES):
        tally = await run_storm(replace(PLANS[rule], seed=seed + turn))
        if not tally.clean:
            break
    return tally
