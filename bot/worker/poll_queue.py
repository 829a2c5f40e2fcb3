"""The rendering jobs of this process, by when each is asked about next. Memory only: a restart asks at once.

A poll that finds nothing new therefore costs no write. Should this ever forget a job, its row is due by itself
when its lease is over.
"""

import heapq
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from zlib import crc32

from bot.jobs.job import Job
from bot.worker.poll_schedule import ProgressSample

REMEMBERED = 60  # sightings of one job
SPREAD_S = 60.0


@dataclass(slots=True, kw_only=True)
class PollEntry:
    """A job at its provider. Times are monotonic; `busy` while it is being asked about."""

    job: Job
    due: float
    since: float
    save_at: float  # when its row is written next
    seen: list[ProgressSample] = field(default_factory=list)
    tries: int = 0
    busy: bool = False

    def record(self, sighting: ProgressSample) -> None:
        self.seen.append(sighting)
        if len(self.seen) > REMEMBERED:
            del self.seen[1::2]  # every second one: the whole way stays visible


class PollQueue:
    """At most one entry a job. Nothing here awaits."""

    def __init__(self) -> None:
        self._jobs: dict[str, PollEntry] = {}
        self._queue: list[tuple[float, str]] = []
        self._open: Counter[str] = Counter()
        self._paused: dict[str, tuple[float, int]] = {}

    def __len__(self) -> int:
        return len(self._jobs)

    def __contains__(self, job_id: str) -> bool:
        return job_id in self._jobs

    def open(self, account: str) -> int:
        """How many jobs of an account are watched."""
        return self._open[account]

    def add(self, job: Job, now: float, *, in_s: float = 0.0) -> None:
        """Watch a job; one that is watched already keeps its schedule and is from now on known under this fence."""
        known = self._jobs.get(job.id)
        if known is not None:
            known.job = job
            return
        spread_s = SPREAD_S * (crc32(job.id.encode()) % 1000) / 1000  # a restart does not bring them all to one moment
        self._jobs[job.id] = PollEntry(job=job, due=now + in_s, since=now, save_at=now + spread_s, tries=job.tries)
        self._open[job.account] += 1
        heapq.heappush(self._queue, (now + in_s, job.id))

    def drop(self, job_id: str) -> None:
        """Watch a job no more."""
        known = self._jobs.pop(job_id, None)
        if known is not None:
            self._open[known.job.account] -= 1

    def rest(self, entry: PollEntry, due: float) -> None:
        """Ask about a job again then, if it still is watched."""
        entry.busy, entry.due = False, due
        if self._jobs.get(entry.job.id) is entry:
            heapq.heappush(self._queue, (due, entry.job.id))

    def pause(self, account: str, now: float, *, first_s: float, max_s: float) -> float:
        """Ask nothing of an account for a growing while; returns how long."""
        _, times = self._paused.get(account, (0.0, 0))
        in_s = min(max_s, first_s * 2.0 ** min(times, 10))
        self._paused[account] = (now + in_s, times + 1)
        return in_s

    def resume(self, account: str) -> None:
        """The account answers as it should."""
        self._paused.pop(account, None)

    def paused(self, account: str, now: float) -> bool:
        return self._paused.get(account, (0.0, 0))[0] > now

    def take_due(self, now: float, limit: int) -> Iterator[PollEntry]:
        """Jobs that are due, marked busy: each has to be given back by `rest` or `drop`."""
        while limit > 0 and (entry := self._next(now)) is not None:
            until, _ = self._paused.get(entry.job.account, (0.0, 0))
            if until > now:
                self.rest(entry, until)
                continue
            entry.busy = True
            limit -= 1
            yield entry

    def take_with(self, account: str, until: float, limit: int) -> Iterator[PollEntry]:
        """Jobs of an account that will be due by then anyway, marked busy."""
        ready = [each for each in self._jobs.values() if each.job.account == account and not each.busy]
        for entry in sorted(ready, key=lambda each: each.due)[:limit]:
            if entry.due <= until:
                entry.busy = True
                yield entry

    def _next(self, now: float) -> PollEntry | None:
        while self._queue and self._queue[0][0] <= now:
            due, job_id = heapq.heappop(self._queue)
            entry = self._jobs.get(job_id)
            if entry is not None and not entry.busy and entry.due == due:
                return entry
        return None

    def next_due(self) -> float | None:
        """When the next look is worth it; perhaps a little early."""
        return self._queue[0][0] if self._queue else None
