"""Learns how long models take here and whether their progress can be believed. Memory only; the times are on disk."""

import itertools
import math
from bisect import insort
from collections import deque
from collections.abc import Sequence
from dataclasses import replace

from bot.ports.job_store import JobStore
from bot.worker.poll_schedule import ProgressSample, RenderProfile, earliest_end_s

KEPT_TIMES = 50
JUDGED_JOBS = 16
ENOUGH_JOBS = 5
TOLERANCE = 0.03  # of the render time
TOLERANCE_S = 1.0


class RenderStats:
    """One `Habit` an account and model."""

    def __init__(self, store: JobStore) -> None:
        self._store = store
        self._known: dict[tuple[str, str], ModelStats] = {}

    async def of(self, account: str, model: str, first_s: float, usual_s: tuple[float, float]) -> RenderProfile:
        """What is known now; `first_s` and `usual_s` are the catalogue's guess."""
        known = self._known.get((account, model))
        if known is None:
            times = await self._store.render_times(account, model, KEPT_TIMES)
            known = self._known.setdefault((account, model), ModelStats(times, first_s, usual_s))
        return known.profile

    def learn(self, account: str, model: str, took_s: float, seen: Sequence[ProgressSample]) -> None:
        """A video was found done after so long."""
        known = self._known.get((account, model))
        if known is not None:
            known.add(took_s, seen)


class ModelStats:
    """The times and the honesty of one model."""

    def __init__(self, times: Sequence[float], first_s: float, usual_s: tuple[float, float]) -> None:
        self._recent = deque(reversed(times), maxlen=KEPT_TIMES)
        self._honest: deque[bool] = deque(maxlen=JUDGED_JOBS)
        self._step = 0
        self.profile = RenderProfile(times=tuple(sorted(times)), first_s=first_s, usual_s=usual_s)

    def add(self, took_s: float, seen: Sequence[ProgressSample]) -> None:
        self._recent.append(took_s)
        told = [each for each in seen if 0.0 < each.progress < 100.0]
        for each in told:
            self._step = math.gcd(self._step, max(1, round(each.progress)))
        step = float(self._step or 100)
        if told:
            worst_s = max(earliest_end_s(each, step) for each in told)
            self._honest.append(worst_s <= took_s * (1 + TOLERANCE) + TOLERANCE_S and _rises(told))
        times: list[float] = []
        for each_s in self._recent:
            insort(times, each_s)
        lies = self._honest.count(False)
        steady = len(self._honest) >= ENOUGH_JOBS and lies * JUDGED_JOBS <= len(self._honest)
        self.profile = replace(self.profile, times=tuple(times), step=step, steady=steady)


def _rises(told: Sequence[ProgressSample]) -> bool:
    return all(one.progress <= two.progress for one, two in itertools.pairwise(told))
