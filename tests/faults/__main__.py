"""`python -m tests.faults`: storms in virtual time, every crash point, the whole matrix, and kill -9 on real processes.

JOBS: how many for the real processes (300). SEED: of everything random (1). ABLATE: a rule of reliability.md 1 to
leave out (A, B, D, E, F, G); only the storms run then, and they must fail.
"""

import asyncio
import os
import sys
from concurrent.futures import ProcessPoolExecutor

import pytest

from tests.faults.ablation import RULES
from tests.faults.crash_points import enumerate_points
from tests.faults.fake_provider import Capability
from tests.faults.invariants import Tally
from tests.faults.real_processes import run_with_kills
from tests.faults.simulation import BATCH_JOBS, simulate

SIMULATED_JOBS = 22_000  # some orders die before they are written down
ABLATED_JOBS = 3_000
CAPABILITIES: tuple[Capability, ...] = ("none", "list", "key")


def print_line(text: str) -> None:
    print(text, flush=True)  # noqa: T201


def run_simulations(jobs: int, seed: int, rule: str | None) -> Tally:
    """The simulation, a database a thousand jobs, on every core there is."""
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
        for pairs in (False, True):
            for tally in pool.map(enumerate_points, CAPABILITIES, [pairs] * len(CAPABILITIES)):
                total += tally
    return total


def print_tally(name: str, tally: Tally) -> None:
    ends = ", ".join(f"{count} {state}" for state, count in sorted(tally.states.items(), key=lambda item: -item[1]))
    print_line(f"{name}: {tally.jobs} jobs, {tally.kills} kills, {'clean' if tally.clean else 'NOT CLEAN'} ({ends})")
    for wrong in tally.errors[:10]:
        print_line(f"  {wrong}")


def run_ablation(rule: str, jobs: int, seed: int) -> int:
    """Exit 1 where the storms notice that a rule is missing, as they should."""
    if rule not in RULES:
        print_line(f"There is no rule {rule} here, only {', '.join(RULES)}.")
        return 2
    print_line(f"Without rule {rule} ({RULES[rule]}):")
    total = run_simulations(jobs, seed, rule)
    print_tally("storms", total)
    print_line(total.summary(seed))
    return 0 if total.clean else 1


def main() -> int:
    seed, rule = int(os.environ.get("SEED") or 1), os.environ.get("ABLATE") or ""
    if rule:
        return run_ablation(rule, int(os.environ.get("JOBS") or ABLATED_JOBS), seed)
    total = run_simulations(SIMULATED_JOBS, seed, None)
    print_tally("storms", total)
    points = run_crash_points()
    print_tally("crash points", points)
    total += points
    real = asyncio.run(run_with_kills(int(os.environ.get("JOBS") or 300), seed))
    print_tally("real processes", real)
    total += real
    matrix = pytest.main(["tests/faults/test_matrix.py", "-q", "--no-header", "-p", "no:cacheprovider"])
    if matrix:
        total.errors.append("the matrix does not hold")
    print_line(total.summary(seed))
    return 0 if total.clean else 1


if __name__ == "__main__":
    sys.exit(main())
