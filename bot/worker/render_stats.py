"""Learn the render times of models, and whether their reported progress is accurate. In memory only.

The times themselves come from the store at the first use of a model.
"""

import itertools
import math
from bisect import insort
from collections import deque
from collections.abc import Sequence
from dataclasses import replace

from bot.ports.clock import Clock
from bot.ports.job_store import JobStore
from bot.worker.poll_schedule import ProgressSample, RenderProfile, earliest_end_s

MAX_TIMES = 50  # last render times that are kept per model
JUDGED_JOBS = 16  # last jobs by which the progress is judged
MIN_JUDGED_JOBS = 5
TOLERANCE = 0.03  # of the render time
TOLERANCE_S = 1.0


class RenderStats:
    """One `ModelStats` per account and model."""

    def __init__(self, store: JobStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._models: dict[tuple[str, str], ModelStats] = {}
        self._read_at: dict[tuple[str, str], float] = {}
        self.reread_every_s = math.inf  # several workers each see a part of the renders

    async def profile(self, account: str, model: str, first_s: float, usual_s: tuple[float, float]) -> RenderProfile:
        """Return what is known of a model; `first_s` and `usual_s` are the catalogue's estimate in seconds."""
        key, now = (account, model), self._clock.monotonic()
        stats = self._models.get(key)
        if stats is None:
            times = await self._store.render_times(account, model, MAX_TIMES)
            stats = self._models.setdefault(key, ModelStats(times, first_s, usual_s))
            self._read_at[key] = now
        elif now - self._read_at[key] >= self.reread_every_s:
            self._read_at[key] = now
            stats.replace_times(await self._store.render_times(account, model, MAX_TIMES))
        return stats.profile

    def learn(self, account: str, model: str, took_s: float, samples: Sequence[ProgressSample]) -> None:
        """Record a finished render: its duration in seconds and the progress that was reported on the way."""
        stats = self._models.get((account, model))
        if stats is not None:
            stats.add(took_s, samples)


class ModelStats:
    """The render times of one model, and how accurate its progress was. `times` are newest first."""

    def __init__(self, times: Sequence[float], first_s: float, usual_s: tuple[float, float]) -> None:
        self._recent: deque[float] = deque(maxlen=MAX_TIMES)
        self._accurate: deque[bool] = deque(maxlen=JUDGED_JOBS)
        self._step = 0
        self.profile = RenderProfile(first_s=first_s, usual_s=usual_s)
        self.replace_times(times)

    def replace_times(self, times: Sequence[float]) -> None:
        """Take the times that the store has, newest first."""
        self._recent = deque(reversed(times), maxlen=MAX_TIMES)
        self.profile = replace(self.profile, times=tuple(sorted(times)))

    def add(self, took_s: float, samples: Sequence[ProgressSample]) -> None:
        """Record a finished render and update the profile."""
        self._recent.append(took_s)
        running = [sample for sample in samples if 0.0 < sample.progress < 100.0]
        for sample in running:
            self._step = math.gcd(self._step, max(1, round(sample.progress)))
        step = float(self._step or 100)
        if running:
            earliest_s = max(earliest_end_s(sample, step) for sample in running)
            self._accurate.append(earliest_s <= took_s * (1 + TOLERANCE) + TOLERANCE_S and _rises(running))
        times: list[float] = []
        for time_s in self._recent:
            insort(times, time_s)
        inaccurate = self._accurate.count(False)
        steady = len(self._accurate) >= MIN_JUDGED_JOBS and inaccurate * JUDGED_JOBS <= len(self._accurate)
        self.profile = replace(self.profile, times=tuple(times), step=step, steady=steady)


def _rises(samples: Sequence[ProgressSample]) -> bool:
    return all(one.progress <= two.progress for one, two in itertools.pairwise(samples))
