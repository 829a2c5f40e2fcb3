"""Rendering jobs ordered by when they are polled next. In memory only: after a restart every job is polled at once.

A poll without news therefore costs no write. A job that gets lost here is claimed again when its lease ends.
"""

import heapq
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from zlib import crc32

from bot.jobs.job import Job
from bot.worker.poll_schedule import ProgressSample

MAX_SAMPLES = 60  # per job
SPREAD_S = 60.0
_NOT_PAUSED = (0.0, 0)


@dataclass(slots=True, kw_only=True)
class CancelAttempts:
    """What this process has done to stop a cancelled job's task. Times are monotonic seconds."""

    since: float
    sent: bool = False
    declined: int = 0
    taken_at: float | None = None  # when the provider has taken the cancellation


@dataclass(slots=True, kw_only=True)
class PollEntry:
    """A job at its provider. Times are monotonic seconds. `busy`: a poll of it is running."""

    job: Job
    due: float
    added_at: float
    save_at: float  # when its row is written next
    samples: list[ProgressSample] = field(default_factory=list)
    tries: int = 0
    busy: bool = False
    again_at: float | None = None  # when it was made due while a poll of it ran
    announced: bool = False
    cancel: CancelAttempts | None = None

    def record(self, sample: ProgressSample) -> None:
        """Store a progress sample. If there are too many, drop every second one, so that the whole course remains."""
        self.samples.append(sample)
        if len(self.samples) > MAX_SAMPLES:
            del self.samples[1::2]


class PollQueue:
    """At most one entry per job. No method awaits. `on_drop` is called with the id of every job that is removed."""

    def __init__(self) -> None:
        self.on_drop: Callable[[str], None] | None = None
        self._entries: dict[str, PollEntry] = {}
        self._heap: list[tuple[float, str]] = []
        self._count: Counter[str] = Counter()
        self._paused: dict[str, tuple[float, int]] = {}  # account -> (until, number of pauses in a row)

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, job_id: str) -> bool:
        return job_id in self._entries

    def count(self, account: str) -> int:
        """Return the number of jobs of an account."""
        return self._count[account]

    def add(self, job: Job, now: float, *, in_s: float = 0.0) -> None:
        """Add a job. One that is here already keeps its schedule and gets the new row, with its new fence."""
        entry = self._entries.get(job.id)
        if entry is not None:
            entry.job = job
            return
        spread_s = SPREAD_S * (crc32(job.id.encode()) % 1000) / 1000  # so that not all rows are written at once
        self._entries[job.id] = PollEntry(
            job=job, due=now + in_s, added_at=now, save_at=now + spread_s, tries=job.tries
        )
        self._count[job.account] += 1
        heapq.heappush(self._heap, (now + in_s, job.id))

    def drop(self, job_id: str, fence: int | None = None) -> None:
        """Remove a job, if it is here, and unless it has another fence than the given one."""
        entry = self._entries.get(job_id)
        if entry is not None and fence in (None, entry.job.fence):
            del self._entries[job_id]
            self._count[entry.job.account] -= 1
            if self.on_drop is not None:
                self.on_drop(job_id)

    def held(self) -> set[tuple[str, int]]:
        """Return the ids of the jobs and their fences."""
        return {(entry.job.id, entry.job.fence) for entry in self._entries.values()}

    def reschedule(self, entry: PollEntry, due: float) -> None:
        """Make an entry due then and no longer busy. Ignored if it was removed meanwhile."""
        if entry.again_at is not None and entry.busy:
            due, entry.again_at = min(due, entry.again_at), None
        entry.busy, entry.due = False, due
        if self._entries.get(entry.job.id) is entry:
            heapq.heappush(self._heap, (due, entry.job.id))

    def announce(self, account: str, task_id: str, now: float) -> bool:
        """Make the job of a task due now. Return False if there is none."""
        own = (entry for entry in self._entries.values() if entry.job.account == account)
        entry = next((entry for entry in own if entry.job.task.task_id == task_id), None)
        if entry is None:
            return False
        entry.announced = True
        self.make_due(entry.job.id, now)
        return True

    def make_due(self, job_id: str, now: float) -> None:
        """Make a job due now, if it is here. If a poll of it runs, it's due when that has ended."""
        entry = self._entries.get(job_id)
        if entry is None:
            return
        if entry.busy:
            entry.again_at = now
        else:
            self.reschedule(entry, now)

    def pause_account(self, account: str, now: float, *, first_s: float, max_s: float) -> float:
        """Stop polling an account, each time twice as long. Return the seconds."""
        _, pauses = self._paused.get(account, _NOT_PAUSED)
        in_s = min(max_s, first_s * 2.0 ** min(pauses, 10))
        self._paused[account] = (now + in_s, pauses + 1)
        return in_s

    def pause_until(self, account: str, until: float) -> None:
        """Stop polling an account until then, unless it's paused for longer."""
        end, pauses = self._paused.get(account, _NOT_PAUSED)
        self._paused[account] = (max(end, until), pauses)

    def pause_only(self, ends: Mapping[str, float]) -> None:
        """Pause these accounts until the given ends, and resume all others."""
        known = {account: self._paused.get(account, _NOT_PAUSED)[1] for account in ends}
        self._paused = {account: (until, known[account]) for account, until in ends.items()}

    def resume_account(self, account: str) -> bool:
        """End the pauses of an account, after it has answered as it should. Return whether it had any."""
        return self._paused.pop(account, None) is not None

    def is_paused(self, account: str, now: float) -> bool:
        return self._paused.get(account, _NOT_PAUSED)[0] > now

    def take_due(self, now: float, limit: int) -> Iterator[PollEntry]:
        """Yield due entries and mark them busy. The caller returns each with `reschedule` or `drop`."""
        while limit > 0 and (entry := self._next(now)) is not None:
            until, _ = self._paused.get(entry.job.account, _NOT_PAUSED)
            if until > now:
                self.reschedule(entry, until)
                continue
            entry.busy = True
            limit -= 1
            yield entry

    def take_soon_due(self, account: str, until: float, limit: int) -> Iterator[PollEntry]:
        """Yield entries of an account that are due by then, and mark them busy as `take_due` does."""
        idle = [entry for entry in self._entries.values() if entry.job.account == account and not entry.busy]
        for entry in sorted(idle, key=lambda entry: entry.due)[:limit]:
            if entry.due <= until:
                entry.busy = True
                yield entry

    def _next(self, now: float) -> PollEntry | None:
        while self._heap and self._heap[0][0] <= now:
            due, job_id = heapq.heappop(self._heap)
            entry = self._entries.get(job_id)
            if entry is not None and not entry.busy and entry.due == due:  # else the heap's item is outdated
                return entry
        return None

    def next_due(self) -> float | None:
        """Return a time before which nothing is due, or None if the queue is empty."""
        return self._heap[0][0] if self._heap else None
