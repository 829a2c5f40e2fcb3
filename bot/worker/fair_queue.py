"""Order the queue of an account fairly between servers and between members. In memory only.

Whoever has the least running comes first, then who has waited longest since the last turn, then the oldest job.
So somebody with one job is never behind all of somebody's forty.
"""

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush

from bot.jobs.queue import ConcurrencyLimit, QueueEntry, QueueSnapshot

_REMEMBERED = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """Job ids, fair: those that may go as soon as there is room, then those whose member or server is at its limit."""

    ready: tuple[str, ...]
    held: tuple[str, ...]

    @property
    def order(self) -> tuple[str, ...]:
        return (*self.ready, *self.held)


QueueView = tuple[QueueSnapshot, Queue, tuple[str, ...]]  # and those that there is room for


@dataclass(slots=True)
class FairQueueState:
    """What this process remembers: who is between a turn and the paid request, and who had a turn last."""

    taken: dict[str, QueueEntry] = field(default_factory=dict)
    view: tuple[str, float, QueueView] | None = None  # account, monotonic time and what was seen at the last look
    looking: asyncio.Lock = field(default_factory=asyncio.Lock)
    _count: int = 0
    _last: dict[tuple[int, int], int] = field(default_factory=dict)

    def went(self, guild_id: int, user_id: int) -> None:
        """A member's job was sent."""
        self._count += 1
        self._last.pop((guild_id, user_id), None)
        self._last[guild_id, user_id] = self._count
        if len(self._last) > _REMEMBERED:
            del self._last[next(iter(self._last))]

    def running(self, snapshot: QueueSnapshot) -> list[QueueEntry]:
        """What runs, with those that are about to."""
        there = {place.job_id for place in snapshot.running}
        return [*snapshot.running, *(place for place in self.taken.values() if place.job_id not in there)]

    def queue(self, snapshot: QueueSnapshot, at_once: Mapping[int, ConcurrencyLimit]) -> Queue:
        """The order of those that wait."""
        waiting = [place for place in snapshot.waiting if place.job_id not in self.taken]
        return fair_order(waiting, self.running(snapshot), at_once, self._last)


def fair_order(
    waiting: Iterable[QueueEntry],
    running: Iterable[QueueEntry],
    at_once: Mapping[int, ConcurrencyLimit],
    last: Mapping[tuple[int, int], int] | None = None,
) -> Queue:
    """Deal the turns out one by one. `last`: the number of each member's latest turn."""
    members: dict[int, dict[int, list[QueueEntry]]] = {}
    for place in sorted(waiting, key=lambda each: (each.asked_at, each.job_id), reverse=True):
        members.setdefault(place.guild_id, {}).setdefault(place.user_id, []).append(place)  # the oldest at the end
    latest: dict[int, int] = {}
    for (guild_id, _), turn in (last or {}).items():
        latest[guild_id] = max(latest.get(guild_id, 0), turn)
    deal = _RoundRobin(members, Counter(), Counter(), last or {}, latest)
    for place in running:
        deal.server_load[place.guild_id] += 1
        deal.member_load[place.guild_id, place.user_id] += 1
    ready = deal.out(at_once)
    return Queue(ready=tuple(ready), held=tuple(deal.out({})))


@dataclass(slots=True)
class _RoundRobin:
    members: dict[int, dict[int, list[QueueEntry]]]
    server_load: Counter[int]
    member_load: Counter[tuple[int, int]]
    last: Mapping[tuple[int, int], int]
    latest: Mapping[int, int]  # of each server

    def out(self, at_once: Mapping[int, ConcurrencyLimit]) -> list[str]:
        """Every job that these limits let go, in order."""
        dealt: list[str] = []
        heaps = {guild_id: self._heap(guild_id) for guild_id, own in self.members.items() if own}
        servers = [self._server_key(guild_id, heap) for guild_id, heap in heaps.items()]
        heapify(servers)
        while servers:
            guild_id = heappop(servers)[-1]
            limit, heap = at_once.get(guild_id, ConcurrencyLimit()), heaps[guild_id]
            if limit.server is not None and self.server_load[guild_id] >= limit.server:
                continue
            if (job_id := self._next_of(guild_id, heap, limit.member)) is not None:
                dealt.append(job_id)
                if heap:
                    heappush(servers, self._server_key(guild_id, heap))
        return dealt

    def _next_of(self, guild_id: int, heap: list[tuple[int, int, float, int]], most: int | None) -> str | None:
        while heap:
            user_id = heappop(heap)[-1]
            if most is not None and self.member_load[guild_id, user_id] >= most:
                continue
            jobs = self.members[guild_id][user_id]
            place = jobs.pop()
            self.server_load[guild_id] += 1
            self.member_load[guild_id, user_id] += 1
            if jobs:
                heappush(heap, self._member_key(guild_id, user_id))
            else:
                del self.members[guild_id][user_id]
            return place.job_id
        return None

    def _heap(self, guild_id: int) -> list[tuple[int, int, float, int]]:
        heap = [self._member_key(guild_id, user_id) for user_id in self.members[guild_id]]
        heapify(heap)
        return heap

    def _member_key(self, guild_id: int, user_id: int) -> tuple[int, int, float, int]:
        oldest = self.members[guild_id][user_id][-1]
        load = self.member_load[guild_id, user_id]
        return load, self.last.get((guild_id, user_id), 0), oldest.asked_at, user_id

    def _server_key(self, guild_id: int, heap: Sequence[tuple[int, int, float, int]]) -> tuple[int, int, float, int]:
        return self.server_load[guild_id], self.latest.get(guild_id, 0), heap[0][2], guild_id
