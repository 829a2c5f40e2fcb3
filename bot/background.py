"""Background tasks: keep them referenced until they end, wait with a timeout, repeat work at an interval."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Hashable
from typing import Any


class TaskSet:
    """Background tasks that are referenced until they end. At most one task per key."""

    def __init__(self, on_end: Callable[[], None] | None = None) -> None:
        self._tasks: dict[Hashable, asyncio.Task[Any]] = {}
        self._on_end = on_end

    def __len__(self) -> int:
        return len(self._tasks)

    def start(
        self, work: Coroutine[Any, Any, Any], *, name: str | None = None, key: Hashable = None
    ) -> asyncio.Task[Any]:
        """Run a coroutine in a task. Raise ValueError if a task with this key is running."""
        if key is not None and key in self._tasks:
            work.close()
            raise ValueError(f"a task with the key {key!r} is running")
        task = asyncio.create_task(work, name=name)
        held_as: Hashable = task if key is None else key
        self._tasks[held_as] = task
        task.add_done_callback(lambda _: self._ended(held_as))
        return task

    def get(self, key: Hashable) -> asyncio.Task[Any] | None:
        """Return the running task with this key, or None."""
        return self._tasks.get(key)

    async def drain(self, within_s: float) -> None:
        """Wait for the running tasks, then cancel those that are still running."""
        if self._tasks:
            await asyncio.wait(self._tasks.values(), timeout=within_s)
        await self.close()

    async def close(self) -> None:
        """Cancel the running tasks and wait until they have ended."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _ended(self, held_as: Hashable) -> None:
        self._tasks.pop(held_as, None)
        if self._on_end is not None:
            self._on_end()


async def wait_for_event(event: asyncio.Event, timeout_s: float) -> bool:
    """Wait until the event is set. Return False if the timeout, in seconds, passes first."""
    try:
        async with asyncio.timeout(timeout_s):
            await event.wait()
    except TimeoutError:
        return False
    return True


async def run_every(
    interval_s: float,
    work: Callable[[], Awaitable[object]],
    *,
    sleep: Callable[[float], Awaitable[None]],
    log: logging.Logger,
    failure: str,
) -> None:
    """Run work now and after every interval, until cancelled. Log `failure` with the traceback if it raises."""
    while True:
        try:
            await work()
        except Exception:
            # Kept alive: the loop. A disk or store that fails now is tried again after the interval.
            log.exception(failure)
        await sleep(interval_s)
