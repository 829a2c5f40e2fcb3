"""Runs a program at low priority with limits on CPU time, memory and file size. Run as a script, not imported.

`rlimit_exec.py <cpu seconds> <bytes of memory> <bytes per file> <program> [arguments]`. A separate process sets the
limits, because code between fork and exec isn't safe in a process with threads.
"""

import os
import resource
import sys

if __name__ == "__main__":
    cpu_s, memory_bytes, file_bytes = (int(text) for text in sys.argv[1:4])
    os.nice(10)
    for resource_id, limit in (
        (resource.RLIMIT_CPU, cpu_s),
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_FSIZE, file_bytes),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 64),
    ):
        hard_limit = resource.getrlimit(resource_id)[1]
        new_limit = limit if hard_limit == resource.RLIM_INFINITY else min(limit, hard_limit)
        resource.setrlimit(resource_id, (new_limit, new_limit))
    os.execv(sys.argv[4], sys.argv[4:])  # noqa: S606
