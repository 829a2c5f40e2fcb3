"""Finds ffmpeg and runs it: in a `nice` process of its own, on files only, bounded in time. Knows no job."""

import asyncio
import functools
import importlib
import os
import shutil
from collections.abc import Sequence

_AT_ONCE = 2
_PLACES: dict[int, asyncio.Semaphore] = {}  # one a loop: tests have many loops


class FfmpegFailed(Exception):
    """ffmpeg ended with an error, or took too long."""


@functools.cache
def find_ffmpeg() -> str:
    """The machine's ffmpeg, else the one that came with a wheel."""
    return shutil.which("ffmpeg") or str(importlib.import_module("imageio_ffmpeg").get_ffmpeg_exe())


def _place() -> asyncio.Semaphore:
    loop = id(asyncio.get_running_loop())
    return _PLACES.setdefault(loop, asyncio.Semaphore(_AT_ONCE))


async def run(arguments: Sequence[str], *, timeout_s: float) -> str:
    """Run ffmpeg with these arguments; returns what it said. Raises FfmpegFailed."""
    common = ["-hide_banner", "-nostdin", "-y", "-protocol_whitelist", "file,pipe"]
    async with _place():
        process = await asyncio.create_subprocess_exec(
            find_ffmpeg(), *common, *arguments,
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
            preexec_fn=lambda: os.nice(10),
        )  # fmt: skip
        try:
            async with asyncio.timeout(timeout_s):
                _, said = await process.communicate()
        except TimeoutError as error:
            raise FfmpegFailed("it took too long") from error
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
    text = said.decode(errors="replace")
    if process.returncode != 0:
        raise FfmpegFailed(text[-500:])
    return text
