"""Order an account's waiting jobs fairly between servers, then between members. In memory only.

The member with the fewest running jobs is first, then the one whose last submission is longest ago, then the oldest
job. A member with one job is therefore never behind all forty of another member.
"""

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush

from bot.jobs.queue import ConcurrencyLimit, QueueEntry, QueueSnapshot

_MAX_REMEMBERED = 5000  # members
MemberKey = tuple[int, int, float, int]  # running jobs, last submission, request time of the oldest job, user id
ServerKey = tuple[int, int, float, int]  # the same of a server


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """Job ids in fair order. `ready`: may start when there is room. `held`: their member or server is at its limit."""

    ready: tuple[str, ...]
    held: tuple[str, ...]

    @property
    def order(self) -> tuple[str, ...]:
        return (*self.ready, *self.held)


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueView:
    """An account's queue at one moment. `next_up`: the ready jobs for which the account has room."""

    account: str
    read_at: float  # monotonic seconds
    snapshot: QueueSnapshot
    queue: Queue
    next_up: tuple[str, ...]


@dataclass(slots=True)
class FairQueueState:
    """What this process remembers of its queues.

    `admitted`: jobs that have a slot and are not yet `submitting` in the store. `last_view`: shared by jobs that look
    at the same moment.
    """

    admitted: dict[str, QueueEntry] = field(default_factory=dict)
    last_view: QueueView | None = None
    view_lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    _submissions: int = 0
    _last_submission: dict[tuple[int, int], int] = field(default_factory=dict)  # (server, member) -> its number

    def record_submission(self, guild_id: int, user_id: int) -> None:
        """Record that a member's job was sent to its provider."""
        self._submissions += 1
        self._last_submission.pop((guild_id, user_id), None)
        self._last_submission[guild_id, user_id] = self._submissions
        if len(self._last_submission) > _MAX_REMEMBERED:
            del self._last_submission[next(iter(self._last_submission))]

    def running(self, snapshot: QueueSnapshot) -> list[QueueEntry]:
        """Return the running jobs, including the admitted ones."""
        running_ids = {entry.job_id for entry in snapshot.running}
        return [*snapshot.running, *(entry for entry in self.admitted.values() if entry.job_id not in running_ids)]

    def queue(self, snapshot: QueueSnapshot, at_once: Mapping[int, ConcurrencyLimit]) -> Queue:
        """Return the fair order of the waiting jobs."""
        waiting = [entry for entry in snapshot.waiting if entry.job_id not in self.admitted]
        return fair_order(waiting, self.running(snapshot), at_once, self._last_submission)


def fair_order(
    waiting: Iterable[QueueEntry],
    running: Iterable[QueueEntry],
    at_once: Mapping[int, ConcurrencyLimit],
    last_submission: Mapping[tuple[int, int], int] | None = None,
) -> Queue:
    """Order waiting jobs, counting each one as running as soon as it is placed.

    `at_once`: limits by server. `last_submission`: the number of each member's last submission, by (server, member).
    """
    members: dict[int, dict[int, list[QueueEntry]]] = {}
    for entry in sorted(waiting, key=lambda entry: (entry.requested_at, entry.job_id), reverse=True):
        members.setdefault(entry.guild_id, {}).setdefault(entry.user_id, []).append(entry)  # the oldest is last
    last_of_server: dict[int, int] = {}
    for (guild_id, _), number in (last_submission or {}).items():
        last_of_server[guild_id] = max(last_of_server.get(guild_id, 0), number)
    robin = _RoundRobin(members, Counter(), Counter(), last_submission or {}, last_of_server)
    for entry in running:
        robin.server_load[entry.guild_id] += 1
        robin.member_load[entry.guild_id, entry.user_id] += 1
    ready = robin.take(at_once)
    return Queue(ready=tuple(ready), held=tuple(robin.take({})))


@dataclass(slots=True)
class _RoundRobin:
    members: dict[int, dict[int, list[QueueEntry]]]  # server -> member -> waiting jobs, the oldest last
    server_load: Counter[int]
    member_load: Counter[tuple[int, int]]
    last_submission: Mapping[tuple[int, int], int]
    last_of_server: Mapping[int, int]

    def take(self, at_once: Mapping[int, ConcurrencyLimit]) -> list[str]:
        """Remove every job that the limits allow, and return the ids in fair order."""
        taken: list[str] = []
        heaps = {guild_id: self._heap(guild_id) for guild_id, own in self.members.items() if own}
        servers = [self._server_key(guild_id, heap) for guild_id, heap in heaps.items()]
        heapify(servers)
        while servers:
            guild_id = heappop(servers)[-1]
            limit, heap = at_once.get(guild_id, ConcurrencyLimit()), heaps[guild_id]
            if limit.server is not None and self.server_load[guild_id] >= limit.server:
                continue
            if (job_id := self._next_of(guild_id, heap, limit.member)) is not None:
                taken.append(job_id)
                if heap:
                    heappush(servers, self._server_key(guild_id, heap))
        return taken

    def _next_of(self, guild_id: int, heap: list[MemberKey], member_limit: int | None) -> str | None:
        while heap:
            user_id = heappop(heap)[-1]
            if member_limit is not None and self.member_load[guild_id, user_id] >= member_limit:
                continue
            jobs = self.members[guild_id][user_id]
            entry = jobs.pop()
            self.server_load[guild_id] += 1
            self.member_load[guild_id, user_id] += 1
            if jobs:
                heappush(heap, self._member_key(guild_id, user_id))
            else:
                del self.members[guild_id][user_id]
            return entry.job_id
        return None

    def _heap(self, guild_id: int) -> list[MemberKey]:
        heap = [self._member_key(guild_id, user_id) for user_id in self.members[guild_id]]
        heapify(heap)
        return heap

    def _member_key(self, guild_id: int, user_id: int) -> MemberKey:
        oldest = self.members[guild_id][user_id][-1]
        load = self.member_load[guild_id, user_id]
        return load, self.last_submission.get((guild_id, user_id), 0), oldest.requested_at, user_id

    def _server_key(self, guild_id: int, heap: Sequence[MemberKey]) -> ServerKey:
        return self.server_load[guild_id], self.last_of_server.get(guild_id, 0), heap[0][2], guild_id
