"""Runs ffmpeg in a low-priority process with resource limits, on local files only."""

import asyncio
import functools
import importlib
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from weakref import WeakKeyDictionary

MAX_PROCESSES = 2
_MEMORY_BYTES = 4 << 30  # of address space, not of RAM: two decoders and x264 on a 4K clip need about half
_FILE_BYTES = 2 << 30
_OUTPUT_BYTES = 1 << 18  # kept; a broken clip can make ffmpeg write a line per block
_RLIMIT_EXEC = Path(__file__).with_name("rlimit_exec.py")
# One semaphore per event loop: tests have many loops.
_slots: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()


class FfmpegFailed(Exception):
    """ffmpeg ended with an error, or took too long."""


@functools.cache
def find_ffmpeg() -> str:
    """Return the path of the system's ffmpeg, or of the one in the package imageio_ffmpeg if there is none."""
    return shutil.which("ffmpeg") or str(importlib.import_module("imageio_ffmpeg").get_ffmpeg_exe())


def process_slots() -> asyncio.Semaphore:
    """Return the semaphore that limits how many ffmpeg processes run at once."""
    return _slots.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(MAX_PROCESSES))


async def run(
    arguments: Sequence[str],
    *,
    timeout_s: float,
    container: str = "mov",
    file_bytes: int = _FILE_BYTES,
    memory_bytes: int = _MEMORY_BYTES,
) -> str:
    """Run ffmpeg and return the end of its output. Raise FfmpegFailed.

    `container` is the format of the first input. It isn't detected from the content, so that a playlist named .mp4
    is never opened. Outputs are limited to `file_bytes`.
    """
    common = ["-hide_banner", "-nostdin", "-nostats", "-y", "-protocol_whitelist", "file,pipe", "-f", container]
    limits = (str(int(4 * timeout_s) + 1), str(memory_bytes), str(file_bytes))
    async with process_slots():
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-S", str(_RLIMIT_EXEC), *limits, find_ffmpeg(), *common, *arguments),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            env={"PATH": "/usr/bin:/bin"},
        )
        try:
            async with asyncio.timeout(timeout_s):
                output = await _read_end(process.stderr)
                await process.wait()
        except TimeoutError as error:
            raise FfmpegFailed("it took too long") from error
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
    text = output.decode(errors="replace")
    if process.returncode != 0:
        raise FfmpegFailed(text[-500:])
    return text


async def _read_end(stream: asyncio.StreamReader | None) -> bytes:
    end = b""
    while stream is not None and (block := await stream.read(_OUTPUT_BYTES)):
        end = (end + block)[-_OUTPUT_BYTES:]
    return end
