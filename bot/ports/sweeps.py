"""Port: one process at a time sweeps what belongs to all of them."""

import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager

# Holds a sweep's lock, by its name, while a block runs. Yields False if another process holds it.
SweepLock = Callable[[str], AbstractAsyncContextManager[bool]]


@contextlib.asynccontextmanager
async def no_other_process(_name: str) -> AsyncIterator[bool]:
    """Yield True: this process is the only one."""
    yield True
