"""Threads share one arena of the C allocator, in a real process: otherwise each keeps buffers of its own."""

import asyncio
import sys

ARENAS = """
import ctypes, tempfile, threading
from bot.allocator import use_one_arena
PREPARE
together = threading.Barrier(8)
def work():
    together.wait()
    [bytes(60_000) for _ in range(50)]
    together.wait()
threads = [threading.Thread(target=work) for _ in range(8)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
libc = ctypes.CDLL(None)
libc.fopen.restype = ctypes.c_void_p
with tempfile.NamedTemporaryFile() as report:
    file = ctypes.c_void_p(libc.fopen(report.name.encode(), b"w"))
    libc.malloc_info(0, file)
    libc.fclose(file)
    print(report.read().count(b"<heap nr="))
"""


async def count_arenas(prepare: str) -> int:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", ARENAS.replace("PREPARE", prepare), stdout=asyncio.subprocess.PIPE
    )
    output, _ = await process.communicate()
    return int(output)


async def test_threads_share_one_arena() -> None:
    assert await count_arenas("use_one_arena()") == 1
    assert await count_arenas("") > 1
