"""Runs ffmpeg, at most two at once, and reads the facts of a clip with it."""

import asyncio
import importlib
import os
import re
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from weakref import WeakKeyDictionary

_turns: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()


class ClipError(Exception):
    """ffmpeg could not make or read a clip."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipFacts:
    """What a reader of the file sees. `title` is the prompt, `comment` the lineage line, both cut."""

    duration_s: float
    width: int
    height: int
    codec: str
    has_audio: bool
    size_bytes: int
    title: str
    comment: str


def ffmpeg() -> str:
    """The one on PATH, else the one that a wheel brings (untyped, and not needed where there is another)."""
    return shutil.which("ffmpeg") or str(importlib.import_module("imageio_ffmpeg").get_ffmpeg_exe())


def turn() -> asyncio.Semaphore:
    """Take it around `run`: a semaphore for this event loop, shared by everything that renders."""
    return _turns.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(2))


async def run(arguments: Sequence[str], *, may_fail: bool = False) -> str:
    """Run ffmpeg and return what it wrote about the matter; killed with the task that waits for it."""
    process = await asyncio.create_subprocess_exec(
        ffmpeg(),
        *("-hide_banner", "-nostdin", *arguments),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        _, output = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    text = output.decode("utf-8", "replace")
    if process.returncode and not may_fail:
        raise ClipError(text[-800:])
    return text


async def probe(film: Path | bytes) -> ClipFacts:
    """Facts read with ffmpeg. Raises FilmError for what holds no picture."""
    if isinstance(film, Path):
        return _facts(await run(["-i", str(film)], may_fail=True), await asyncio.to_thread(os.path.getsize, film))
    with tempfile.TemporaryDirectory(prefix="retake-probe-") as name:
        path = Path(name, "film.mp4")
        await asyncio.to_thread(path.write_bytes, film)
        return await probe(path)


def _facts(output: str, size_bytes: int) -> ClipFacts:
    length = re.search(r"Duration: (\d+):(\d+):([\d.]+)", output)
    picture = re.search(r"Video: (\w+).*?, (\d{2,5})x(\d{2,5})", output)
    if length is None or picture is None:
        raise ClipError(f"not a film: {output[-300:]}")
    title, comment = (re.search(rf"^\s+{key}\s+: (.*)$", output, re.M) for key in ("title", "comment"))
    return ClipFacts(
        duration_s=int(length[1]) * 3600 + int(length[2]) * 60 + float(length[3]),
        width=int(picture[2]),
        height=int(picture[3]),
        codec=picture[1],
        has_audio="Audio:" in output,
        size_bytes=size_bytes,
        title=title[1] if title else "",
        comment=comment[1] if comment else "",
    )
