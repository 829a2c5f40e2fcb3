"""Crash injection: every call to the store, a provider or Discord can be the last one of a simulated process."""

import asyncio
import random
import sqlite3
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, Literal

When = Literal["before", "after"]


@dataclass(frozen=True, slots=True)
class CrashPoint:
    """The nth call of a name in a process, before or after its effect."""

    name: str
    nth: int
    when: When


@dataclass
class CrashInjector:
    """Kills a simulated process at the given `points` and, with probability `kill_rate`, at every call."""

    rng: random.Random
    on_kill: Callable[[], None]
    kill_rate: float = 0.0
    points: frozenset[CrashPoint] = frozenset()
    dead: bool = False
    disk_full: Callable[[], bool] = lambda: False
    counts: dict[str, int] = field(default_factory=dict)
    passed: list[CrashPoint] = field(default_factory=list)

    def reach(self, name: str, when: When) -> None:
        """Raise CancelledError if the process is dead or is killed at this call."""
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
    {
        "insert",
        "claim",
        "take_over",
        "transition",
        "update",
        "mark_children_due",
        "mark_due",
        "new_epoch",
        "keep_late_task",
        "post_turn",
        "post_apart",
        "wake",
    }
)


class CrashingStore:
    """A store that can be killed at every call, on a disk that can be full. `name` is what its calls begin with."""

    def __init__(self, store: object, crash_injector: CrashInjector, name: str = "store") -> None:
        self._store = store
        self._crash_injector = crash_injector
        self._name = name

    @property
    def bundles(self) -> "CrashingStore":
        return CrashingStore(self._store.bundles, self._crash_injector, "bundles")  # type: ignore[attr-defined]

    def __getattr__(self, name: str) -> Callable[..., Coroutine[Any, Any, Any]]:
        inner = getattr(self._store, name)

        async def call(*values: Any, **named: Any) -> Any:
            call_name = f"{self._name}.{name}"
            if name == "transition":
                call_name += f".{values[1].value}"
            self._crash_injector.reach(call_name, "before")
            if name in WRITES and self._crash_injector.disk_full():
                raise sqlite3.OperationalError("database or disk is full")
            result = await inner(*values, **named)
            self._crash_injector.reach(call_name, "after")
            return result

        return call
