"""Polling policies and seeded render times to evaluate them on. `retake_policy` runs the worker's own code."""

import bisect
import math
import random
import statistics
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from bot.worker.poll_schedule import ProgressSample, Timing, next_check_s
from bot.worker.render_stats import ModelStats

# The middle 90 % of three model families, seconds. Source: reference/performance.md, when to ask.
FAMILIES = {"fast": (6.0, 18.0), "middle": (20.0, 60.0), "slow": (60.0, 245.0)}
JOBS, LEARNED_FROM, SEED = 3000, 60, 7
Progress = Callable[[float, random.Random], float | None]  # called with the true fraction that is done
STYLES: dict[str, Progress] = {
    "none": lambda _share, _rng: None,
    "smooth": lambda share, _rng: math.floor(100 * share),
    "10 %": lambda share, _rng: math.floor(10 * share) * 10,
    "25 %": lambda share, _rng: math.floor(4 * share) * 25,
    "erratic": lambda share, rng: math.floor(100 * share ** rng.choice((0.5, 0.8, 1.3, 1.9))),
    "lies": lambda _share, rng: rng.choice((0, 80, 15, 99, 3)),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """Mean cost and delay of a policy. Delays are seconds from the end of a render to the poll that finds it."""

    requests: float
    mean_s: float
    median_s: float
    p95_s: float


def summarize(found: Sequence[tuple[float, int]]) -> Result:
    delays = sorted(delay for delay, _ in found)
    return Result(
        requests=statistics.fmean(count for _, count in found),
        mean_s=statistics.fmean(delays),
        median_s=statistics.median(delays),
        p95_s=delays[int(0.95 * len(delays))],
    )


def render_times(family: str, count: int = JOBS + LEARNED_FROM, seed: int = SEED) -> list[float]:
    """Return log-normal render times in seconds with the family's middle 90 %."""
    low, high = FAMILIES[family]
    middle, spread = (math.log(low) + math.log(high)) / 2, (math.log(high) - math.log(low)) / (2 * 1.645)
    rng = random.Random(seed)  # noqa: S311
    return [rng.lognormvariate(middle, spread) for _ in range(count)]


def retake_policy(times: Sequence[float], style: str, guess: tuple[float, float] = (30.0, 120.0)) -> Result:
    """Evaluate the worker's policy, which learns from the jobs. The first `LEARNED_FROM` jobs are not counted."""
    rng, timing, stats = random.Random(SEED), Timing(), ModelStats([], 10.0, guess)  # noqa: S311
    found: list[tuple[float, int]] = []
    for number, took_s in enumerate(times):
        at_s, requests, seen = next_check_s(timing, stats.profile, elapsed_s=0.0), 1, []
        while at_s < took_s:
            progress = STYLES[style](at_s / took_s, rng)
            if progress is not None:
                seen.append(ProgressSample(at_s=at_s, progress=progress))
            at_s += next_check_s(timing, stats.profile, elapsed_s=at_s, samples=seen)
            requests += 1
        stats.add(at_s, seen)
        if number >= LEARNED_FROM:
            found.append((at_s - took_s, requests))
    return summarize(found)


def evaluate_schedule(times: Sequence[float], schedule: Callable[[], Iterator[float]]) -> Result:
    """Evaluate a policy that depends on the elapsed time only."""
    found: list[tuple[float, int]] = []
    for took_s in times[LEARNED_FROM:]:
        for requests, at_s in enumerate(schedule(), 1):  # noqa: B007
            if at_s >= took_s:
                break
        found.append((at_s - took_s, requests))
    return summarize(found)


def fixed_interval(gap_s: float) -> Callable[[], Iterator[float]]:
    def schedule() -> Iterator[float]:
        number = 1
        while True:
            yield number * gap_s
            number += 1

    return schedule


def exponential_backoff(first_s: float = 1.0, factor: float = 1.3, most_s: float = 60.0) -> Iterator[float]:
    """Yield poll times with exponential backoff, as google.api_core does."""
    at_s, gap_s = 0.0, first_s
    while True:
        at_s += gap_s
        yield at_s
        gap_s = min(most_s, gap_s * factor)


def equivalent_fixed_interval(times: Sequence[float], wanted: float, measure: Callable[[Result], float]) -> Result:
    """Return the fixed interval with the wanted number of requests or mean delay, whichever `measure` reads."""
    low, high = 0.02, 120.0
    rising = measure(evaluate_schedule(times, fixed_interval(high))) > measure(
        evaluate_schedule(times, fixed_interval(1.0))
    )
    for _ in range(24):
        gap_s = math.sqrt(low * high)
        over = measure(evaluate_schedule(times, fixed_interval(gap_s))) > wanted
        low, high = (low, gap_s) if over == rising else (gap_s, high)
    return evaluate_schedule(times, fixed_interval(math.sqrt(low * high)))


def optimal_schedule(times: Sequence[float], requests: float, grid_s: float) -> Result:
    """Return the best schedule without progress for a number of requests: dynamic programming over the true times."""
    known = sorted(times[LEARNED_FROM:])
    low, high = 0.01, 200.0
    best = fixed_interval(5.0)
    for _ in range(12):
        price = math.sqrt(low * high)
        plan = _optimal_poll_times(known, price, grid_s)
        best = partial(iter, plan)
        if evaluate_schedule(times, best).requests > requests:
            low = price
        else:
            high = price
    return evaluate_schedule(times, best)


def _optimal_poll_times(known: Sequence[float], price: float, grid_s: float) -> list[float]:
    """Return the poll times that are optimal if a request costs `price` seconds of delay."""
    steps = math.ceil(known[-1] / grid_s) + 1
    below = [bisect.bisect_right(known, step * grid_s) for step in range(steps)]
    sums = [0.0]
    for value in known:
        sums.append(sums[-1] + value)
    total, cost, follows = len(known), [0.0] * steps, [0] * steps
    for now in range(steps - 2, -1, -1):
        left = total - below[now]
        if left == 0:
            continue
        choices = []
        for then in range(now + 1, min(steps, now + int(60 / grid_s) + 2)):
            done = below[then] - below[now]
            waited = done * then * grid_s - (sums[below[then]] - sums[below[now]])
            choices.append((price + (waited + (total - below[then]) * cost[then]) / left, then))
        cost[now], follows[now] = min(choices)
    plan: list[float] = []
    at = 0
    while at < steps - 1 and (not plan or follows[at] > at):
        at = follows[at]
        plan.append(at * grid_s)
    return [*plan, known[-1] + grid_s]
