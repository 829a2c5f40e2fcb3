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
from tests.faults.fake_provider import Ability
from tests.faults.invariants import Tally
from tests.faults.real_processes import nemesis
from tests.faults.simulation import BATCH, simulate

STORM_JOBS = 22_000  # some orders die before they are written down
ABLATED_JOBS = 3_000
ABILITIES: tuple[Ability, ...] = ("none", "list", "key")


def say(words: str) -> None:
    print(words, flush=True)  # noqa: T201


def storms(jobs: int, seed: int, rule: str | None) -> Tally:
    """The simulation, a database a thousand jobs, on every core there is."""
    batches = [(min(BATCH, jobs - done), seed * 1000 + done // BATCH, rule) for done in range(0, jobs, BATCH)]
    total = Tally()
    with ProcessPoolExecutor(min(os.cpu_count() or 1, 4)) as pool:
        for tally in pool.map(simulate, *zip(*batches, strict=True)):
            total += tally
    return total


def crash_points() -> Tally:
    total = Tally()
    with ProcessPoolExecutor(min(os.cpu_count() or 1, 3)) as pool:
        for pairs in (False, True):
            for tally in pool.map(enumerate_points, ABILITIES, [pairs] * len(ABILITIES)):
                total += tally
    return total


def show(name: str, tally: Tally) -> None:
    ends = ", ".join(f"{count} {state}" for state, count in sorted(tally.states.items(), key=lambda each: -each[1]))
    say(f"{name}: {tally.jobs} jobs, {tally.kills} kills, {'clean' if tally.clean else 'NOT CLEAN'} ({ends})")
    for wrong in tally.broken[:10]:
        say(f"  {wrong}")


def ablated(rule: str, jobs: int, seed: int) -> int:
    """Exit 1 where the storms notice that a rule is missing, as they should."""
    if rule not in RULES:
        say(f"There is no rule {rule} here, only {', '.join(RULES)}.")
        return 2
    say(f"Without rule {rule} ({RULES[rule]}):")
    total = storms(jobs, seed, rule)
    show("storms", total)
    say(total.line(seed))
    return 0 if total.clean else 1


def main() -> int:
    seed, rule = int(os.environ.get("SEED") or 1), os.environ.get("ABLATE") or ""
    if rule:
        return ablated(rule, int(os.environ.get("JOBS") or ABLATED_JOBS), seed)
    total = storms(STORM_JOBS, seed, None)
    show("storms", total)
    points = crash_points()
    show("crash points", points)
    total += points
    real = asyncio.run(nemesis(int(os.environ.get("JOBS") or 300), seed))
    show("real processes", real)
    total += real
    matrix = pytest.main(["tests/faults/test_matrix.py", "-q", "--no-header", "-p", "no:cacheprovider"])
    if matrix:
        total.broken.append("the matrix does not hold")
    say(total.line(seed))
    return 0 if total.clean else 1


if __name__ == "__main__":
    sys.exit(main())
