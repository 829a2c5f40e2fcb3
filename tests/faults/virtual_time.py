"""An event loop whose time leaps to whatever is waited for: days pass in seconds, and always in the same order."""

import asyncio
import selectors
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

MAX_IDLE_ROUNDS = 100_000  # rounds without any time passing


class VirtualDeadlock(RuntimeError):
    """Everybody waits, and nothing will ever happen; or somebody turns in circles."""


class _VirtualSelector(selectors.SelectSelector):
    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.idle = 0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise VirtualDeadlock
        self.idle = 0 if timeout > 0 else self.idle + 1
        if self.idle > MAX_IDLE_ROUNDS:
            raise VirtualDeadlock
        self.now += max(0.0, timeout)
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """Threads do not exist here: what is sent to one is done at once."""

    def __init__(self) -> None:
        self.virtual_selector = _VirtualSelector()
        super().__init__(self.virtual_selector)
        self._clock_resolution = 1e-6

    def time(self) -> float:
        return self.virtual_selector.now

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> asyncio.Future[Any]:  # type: ignore[override]
        done = self.create_future()
        try:
            done.set_result(func(*args))
        except Exception as error:  # noqa: BLE001
            # Handed on: an executor reports whatever its work has raised.
            done.set_exception(error)
        return done


OWNER: ContextVar[dict[asyncio.Task[Any], None] | None] = ContextVar("owner", default=None)


def create_owned_task(loop: asyncio.AbstractEventLoop, coro: Any, **rest: Any) -> asyncio.Task[Any]:
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
        self.error_s = 0.0

    def true_time(self) -> float:
        """What the rest of the world calls the time."""
        return self.epoch + asyncio.get_running_loop().time()

    def wall_time(self) -> float:
        return self.true_time() + self.error_s


class ProcessClock:
    """One process's view of it; `now` never goes back, as bot.ports.clock has it."""

    def __init__(self, wall: VirtualClock) -> None:
        self._wall = wall
        self._ahead = wall.wall_time() - wall.true_time()

    def now(self) -> float:
        self._ahead = max(self._ahead, self._wall.wall_time() - self._wall.true_time())
        return self._wall.true_time() + self._ahead

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
