"""An event loop whose time leaps to whatever is waited for: days pass in seconds, and always in the same order."""

import asyncio
import selectors
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

SPINNING = 100_000  # rounds without any time passing


class NothingLeft(RuntimeError):
    """Everybody waits, and nothing will ever happen; or somebody turns in circles."""


class _Leap(selectors.SelectSelector):
    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.idle = 0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise NothingLeft
        self.idle = 0 if timeout > 0 else self.idle + 1
        if self.idle > SPINNING:
            raise NothingLeft
        self.now += max(0.0, timeout)
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """Threads do not exist here: what is sent to one is done at once."""

    def __init__(self) -> None:
        self.leap = _Leap()
        super().__init__(self.leap)
        self._clock_resolution = 1e-6

    def time(self) -> float:
        return self.leap.now

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> asyncio.Future[Any]:  # type: ignore[override]
        done = self.create_future()
        try:
            done.set_result(func(*args))
        except Exception as error:  # noqa: BLE001
            # Handed on: an executor reports whatever its work has raised.
            done.set_exception(error)
        return done


OWNER: ContextVar[dict[asyncio.Task[Any], None] | None] = ContextVar("owner", default=None)


def keep_owner(loop: asyncio.AbstractEventLoop, coro: Any, **rest: Any) -> asyncio.Task[Any]:
    """A task factory: the tasks of a pretended process are known, so that all of them can be killed."""
    task: asyncio.Task[Any] = asyncio.Task(coro, loop=loop, **rest)
    owner = OWNER.get()
    if owner is not None:
        owner[task] = None
        task.add_done_callback(lambda done: owner.pop(done, None))
    return task


class VirtualClock:
    """The loop's time under a wall clock that may be wrong by `error` seconds."""

    def __init__(self, epoch: float = 1_800_000_000.0) -> None:
        self.epoch = epoch
        self.error = 0.0

    def true(self) -> float:
        """What the rest of the world calls the time."""
        return self.epoch + asyncio.get_running_loop().time()

    def read(self) -> float:
        return self.true() + self.error


class LifeClock:
    """One process's view of it; `now` never goes back, as bot.ports.clock has it."""

    def __init__(self, wall: VirtualClock) -> None:
        self._wall = wall
        self._ahead = wall.read() - wall.true()

    def now(self) -> float:
        self._ahead = max(self._ahead, self._wall.read() - self._wall.true())
        return self._wall.true() + self._ahead

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
