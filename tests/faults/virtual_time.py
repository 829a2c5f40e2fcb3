"""A deterministic event loop in virtual time: it skips idle time, so days pass in seconds."""

import asyncio
import selectors
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

MAX_IDLE_ROUNDS = 100_000  # loop rounds without progress of time


class VirtualDeadlock(RuntimeError):
    """Every task waits for something that never happens, or the loop spins without progress of time."""


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
    """An event loop without threads: executor work runs inline."""

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
            # An executor passes on every exception of its work.
            done.set_exception(error)
        return done


OWNER: ContextVar[dict[asyncio.Task[Any], None] | None] = ContextVar("owner", default=None)


def create_owned_task(loop: asyncio.AbstractEventLoop, coro: Any, **rest: Any) -> asyncio.Task[Any]:
    """Task factory that records the tasks of a simulated process, so that a kill can cancel all of them."""
    task: asyncio.Task[Any] = asyncio.Task(coro, loop=loop, **rest)
    owner = OWNER.get()
    if owner is not None:
        owner[task] = None
        task.add_done_callback(lambda done: owner.pop(done, None))
    return task


class VirtualClock:
    """The loop's time, and a wall clock that is wrong by `error_s` seconds."""

    def __init__(self, epoch: float = 1_800_000_000.0) -> None:
        self.epoch = epoch
        self.error_s = 0.0

    def true_time(self) -> float:
        """Return the time without the error of the wall clock."""
        return self.epoch + asyncio.get_running_loop().time()

    def wall_time(self) -> float:
        return self.true_time() + self.error_s


class ProcessClock:
    """The clock of one process. `now` never goes back, as bot.ports.clock requires."""

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
