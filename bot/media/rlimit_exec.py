"""Becomes another program: polite, bounded, and unable to write more than it was told. Run as a script, not imported.

`caged.py <cpu seconds> <bytes of memory> <bytes of a file> <program> [arguments]`. Its own process sets the limits,
because code between fork and exec is not safe in a process with threads.
"""

import os
import resource
import sys

if __name__ == "__main__":
    cpu_s, memory_bytes, file_bytes = (int(text) for text in sys.argv[1:4])
    os.nice(10)
    for what, limit in (
        (resource.RLIMIT_CPU, cpu_s),
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_FSIZE, file_bytes),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 64),
    ):
        hard = resource.getrlimit(what)[1]
        bound = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
        resource.setrlimit(what, (bound, bound))
    os.execv(sys.argv[4], sys.argv[4:])  # noqa: S606
