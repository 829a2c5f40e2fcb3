"""`python -m tests.faults`: the simulation, all crash points, real processes under kill -9, and the fault matrix.

JOBS: jobs of the real processes (300), or of the simulation with ABLATE (3,000). SEED: random seed (1). ABLATE: a rule
of reliability.md 1 to disable (A, B, D, E, F or G); then only the simulation runs, and it must fail. FUZZ: a number of
gateway events, and of REST answers, to damage; then only that runs. CLUSTER=1: only the promotion of a standby without
the last commits and the storm run, with gateways and workers as real processes (JOBS: 10,000); with ABLATE, workers
without a rule (stop or fence) are stopped where it matters, and that must fail. STORE=postgres: the jobs are in a local
PostgreSQL, which is killed and started again in the midst of the simulation and of the real processes.
"""

import asyncio
import itertools
import logging
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

from tests.cluster.promotion import run_promotion
from tests.cluster.storm import Plan
from tests.cluster.storm_ablation import CLUSTER_RULES, run_without
from tests.cluster.storm_run import run_storm
from tests.faults.ablation import RULES
from tests.faults.crash_points import enumerate_points
from tests.faults.fake_provider import Capability
from tests.faults.fuzz_gateway import fuzz_gateway
from tests.faults.fuzz_rest import fuzz_rest
from tests.faults.invariants import Tally
from tests.faults.real_processes import run_with_kills
from tests.faults.simulation import BATCH_JOBS, simulate
from tests.stores import local_server, on_postgres

SIMULATED_JOBS = 22_000  # some requests are killed before they are stored
SIMULATED_ON_POSTGRES = 11_000
ABLATED_JOBS = 3_000
CLUSTER_JOBS = 10_000
TAKES = 4  # of one order
CAPABILITIES: tuple[Capability, ...] = ("none", "list", "key")


def print_line(text: str) -> None:
    print(text, flush=True)  # noqa: T201


def run_simulations(jobs: int, seed: int, rule: str | None) -> Tally:
    """Run the simulation on up to four cores, one database per thousand jobs."""
    batches = [
        (min(BATCH_JOBS, jobs - done), seed * 1000 + done // BATCH_JOBS, rule) for done in range(0, jobs, BATCH_JOBS)
    ]
    total = Tally()
    with ProcessPoolExecutor(min(os.cpu_count() or 1, 4)) as pool:
        for tally in pool.map(simulate, *zip(*batches, strict=True)):
            total += tally
    return total


def run_crash_points() -> Tally:
    total = Tally()
    with ProcessPoolExecutor(min(os.cpu_count() or 1, 3)) as pool:
        # Each run begins with an empty database, which takes PostgreSQL too long for all pairs.
        for pairs, cancel in itertools.product((False,) if on_postgres() else (False, True), (False, True)):
            count = len(CAPABILITIES)
            for tally in pool.map(enumerate_points, CAPABILITIES, [pairs] * count, [cancel] * count):
                total += tally
        for tally in pool.map(partial(enumerate_points, takes=TAKES), CAPABILITIES):
            total += tally
    return total


def print_tally(name: str, tally: Tally) -> None:
    ends = ", ".join(f"{count} {state}" for state, count in sorted(tally.states.items(), key=lambda item: -item[1]))
    print_line(f"{name}: {tally.jobs} jobs, {tally.kills} kills, {'clean' if tally.clean else 'NOT CLEAN'} ({ends})")
    for wrong in tally.errors[:10]:
        print_line(f"  {wrong}")


def run_ablation(rule: str, jobs: int, seed: int) -> int:
    """Run the simulation without a rule. Return 1 if it finds violations, as it should."""
    if rule not in RULES:
        print_line(f"Unknown rule {rule}. Rules: {', '.join(RULES)}.")
        return 2
    print_line(f"Without rule {rule} ({RULES[rule]}):")
    total = run_simulations(jobs, seed, rule)
    print_tally("simulation", total)
    print_line(total.summary(seed))
    return 0 if total.clean else 1


def run_fuzz(count: int, seed: int) -> int:
    """Damage this many gateway events, then this many REST answers. Return 1 if the bot didn't withstand it."""
    logging.disable(logging.CRITICAL)  # every damaged event is logged
    events = asyncio.run(fuzz_gateway(count, seed))
    print_line(events.line())
    for problem in events.problems[:10]:
        print_line(f"  {problem}")
    answers = asyncio.run(fuzz_rest(count, seed))
    print_line(answers.line())
    return 0 if events.clean and answers.clean else 1


def run_cluster(jobs: int, seed: int) -> int:
    """Promote a standby without the last commits, then run the storm. Return 1 if the books disagree."""
    try:
        with tempfile.TemporaryDirectory(prefix="retake-promotion-") as folder:
            promotion = asyncio.run(run_promotion(Path(folder)))
    except (AssertionError, TimeoutError) as error:
        promotion = Tally(errors=[f"the promotion failed: {error}"])
    print_tally("promotion", promotion)
    storm = asyncio.run(run_storm(Plan(jobs=jobs, seed=seed)))
    print_tally("storm", storm)
    total = promotion + storm
    total.jobs_per_s = storm.jobs_per_s
    print_line(total.summary(seed))
    return 0 if total.clean else 1


def run_cluster_ablation(rule: str, seed: int) -> int:
    """Stop workers that lack a rule. Return 1 if that was paid twice, as it should be."""
    if rule not in CLUSTER_RULES:
        print_line(f"Unknown rule {rule}. Rules of the cluster: {', '.join(CLUSTER_RULES)}.")
        return 2
    print_line(f"Workers without the rule {rule} ({CLUSTER_RULES[rule]}):")
    tally = asyncio.run(run_without(rule, seed))
    print_tally("stopped workers", tally)
    print_line(tally.summary(seed))
    if tally.clean:
        print_line(f"Nothing was paid twice without {rule}: this run doesn't show that the rule is needed.")
    return 0 if tally.clean else 1


def matrix_passes() -> bool:
    """Run the fault matrix in a process of its own: pytest refuses one that has imported its plugins already."""
    of_both = ["-k", "not [L-"] if on_postgres() else []  # the start and the end are those of SQLite's file
    options = [*of_both, "-q", "--no-header", "-p", "no:cacheprovider"]
    return subprocess.run([sys.executable, "-m", "pytest", "tests/faults/test_matrix.py", *options]).returncode == 0  # noqa: S603


def main() -> int:
    seed, rule = int(os.environ.get("SEED") or 1), os.environ.get("ABLATE") or ""
    is_cluster = bool(os.environ.get("CLUSTER"))
    if rule and is_cluster:
        return run_cluster_ablation(rule, seed)
    if rule:
        return run_ablation(rule, int(os.environ.get("JOBS") or ABLATED_JOBS), seed)
    if fuzz := int(os.environ.get("FUZZ") or 0):
        return run_fuzz(fuzz, seed)
    if is_cluster:
        return run_cluster(int(os.environ.get("JOBS") or CLUSTER_JOBS), seed)
    if on_postgres():
        local_server()  # before the processes that share it
    total = run_simulations(SIMULATED_ON_POSTGRES if on_postgres() else SIMULATED_JOBS, seed, None)
    print_tally("simulation", total)
    points = run_crash_points()
    print_tally("crash points", points)
    total += points
    real = asyncio.run(run_with_kills(int(os.environ.get("JOBS") or 300), seed))
    print_tally("real processes", real)
    total += real
    if not matrix_passes():
        total.errors.append("the fault matrix failed")
    print_line(total.summary(seed))
    return 0 if total.clean else 1


if __name__ == "__main__":
    sys.exit(main())
