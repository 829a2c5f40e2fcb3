"""The edge of a pretended process: every call to the store, a provider or Discord passes it, and may be its last."""

import asyncio
import random
import sqlite3
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, Literal

When = Literal["before", "after"]


@dataclass(frozen=True, slots=True)
class CrashPoint:
    """The n-th call of a name in a life, before or after it had its effect."""

    name: str
    nth: int
    when: When


@dataclass
class CrashInjector:
    """Decides about the life of one process. `points` kill at exact places, `odds` at random ones."""

    rng: random.Random
    on_kill: Callable[[], None]
    kill_rate: float = 0.0
    points: frozenset[CrashPoint] = frozenset()
    dead: bool = False
    disk_full: Callable[[], bool] = lambda: False
    counts: dict[str, int] = field(default_factory=dict)
    passed: list[CrashPoint] = field(default_factory=list)

    def reach(self, name: str, when: When) -> None:
        """Raise CancelledError where the process is dead, or dies here."""
        if self.dead:
            raise asyncio.CancelledError
        if when == "before":
            self.counts[name] = self.counts.get(name, 0) + 1
        point = CrashPoint(name, self.counts.get(name, 0), when)
        self.passed.append(point) if self.kill_rate == 0.0 else None
        if point in self.points or (self.kill_rate and self.rng.random() < self.kill_rate):
            self.kill()
            raise asyncio.CancelledError

    def kill(self) -> None:
        if not self.dead:
            self.dead = True
            self.on_kill()


WRITES = frozenset(
    {"insert", "claim", "take_over", "transition", "update", "mark_children_due", "mark_due", "new_epoch"}
)


class CrashingStore:
    """A store whose every call may be the last one of its process, on a disk that may be full."""

    def __init__(self, store: object, crash_injector: CrashInjector) -> None:
        self._store = store
        self._gate = crash_injector

    def __getattr__(self, name: str) -> Callable[..., Coroutine[Any, Any, Any]]:
        inner = getattr(self._store, name)

        async def call(*values: Any, **named: Any) -> Any:
            spot = f"store.{name}"
            if name == "transition":
                spot += f".{values[1].value}"
            self._gate.reach(spot, "before")
            if name in WRITES and self._gate.disk_full():
                raise sqlite3.OperationalError("database or disk is full")
            result = await inner(*values, **named)
            self._gate.reach(spot, "after")
            return result

        return call
