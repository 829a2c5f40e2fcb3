"""Keep the C allocator's memory in one arena: threads that read and write clips would keep buffers in one each."""

import contextlib
import ctypes

_M_ARENA_MAX = -8  # malloc.h of glibc


def use_one_arena() -> None:
    """Call before threads start. Python's own lock lets one of them allocate at a time, so nothing waits for another.

    Without effect where the C library isn't glibc.
    """
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1)
