"""Measures the memory of a process and its children while a block runs."""

import asyncio
import contextlib
import threading
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

MIB = 1 << 20
_PROC = Path("/proc")


class PeakMemory:
    """`above_idle_bytes`: by how much the resident memory of the whole tree rose above that at the start."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._idle_bytes = sum(resident_bytes(each) for each in process_tree(pid))
        self._peak_bytes = self._idle_bytes
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)
        self._thread.start()

    @property
    def above_idle_bytes(self) -> int:
        return self._peak_bytes - self._idle_bytes

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join()

    def _sample(self) -> None:
        """Add what each process holds now, or the peak of each child: none rises unseen between two samples."""
        while not self._stopped.is_set():
            own, *children = process_tree(self._pid)
            # Between fork and exec a child shares its parent's memory.
            children = [child for child in children if command_line(child) != command_line(own)]
            total = resident_bytes(own) + sum(resident_bytes(child, "VmHWM:") for child in children)
            self._peak_bytes = max(self._peak_bytes, total)
            time.sleep(0.002)


@contextlib.asynccontextmanager
async def peak_memory(pid: int) -> AsyncIterator[PeakMemory]:
    """Measure a process tree until the end of the block."""
    measured = PeakMemory(pid)
    try:
        yield measured
    finally:
        await asyncio.to_thread(measured.stop)


def process_tree(pid: int) -> list[int]:
    """Return a process and everything below it."""
    return [pid, *(each for child in children_of(pid) for each in process_tree(child))]


def children_of(pid: int) -> Iterator[int]:
    with contextlib.suppress(OSError):
        for task in (_PROC / str(pid) / "task").iterdir():
            with contextlib.suppress(OSError):
                yield from map(int, (task / "children").read_text().split())


def command_line(pid: int) -> bytes:
    with contextlib.suppress(OSError):
        return (_PROC / str(pid) / "cmdline").read_bytes()
    return b""


def resident_bytes(pid: int, line: str = "VmRSS:") -> int:
    """Return the resident memory of a process, 0 once it has ended. `VmHWM:` is its peak."""
    with contextlib.suppress(OSError, IndexError):
        words = (_PROC / str(pid) / "status").read_text().split()
        return int(words[words.index(line) + 1]) * 1024 if line in words else 0
    return 0
