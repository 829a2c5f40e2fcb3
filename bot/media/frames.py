"""Extracts single frames from a clip."""

from collections.abc import Sequence
from pathlib import Path

from bot.media.ffmpeg import run

FRAME_TIMEOUT_S = 30.0
_MEMORY_BYTES = 1 << 30  # of address space; a frame of an 8K clip takes 400 MiB of RAM
# One thread: each further one decodes, and holds, a frame of its own.
_ONE_THREAD = ("-threads", "1")


async def thumbnail(clip: Path, into: Path, side_px: int) -> None:
    """Write the first frame to `into`, at most `side_px` wide and high. Its extension sets the format.

    Raise FfmpegFailed.
    """
    scale = f"scale={side_px}:{side_px}:force_original_aspect_ratio=decrease"
    await _write_frame(clip, ["-frames:v", "1", "-vf", scale, "-update", "1", str(into)])


async def last_frame(clip: Path, into: Path) -> None:
    """Write the last frame to `into`, whose extension sets the format. Raise FfmpegFailed."""
    await _write_frame(clip, ["-update", "1", "-q:v", "2", str(into)], ["-sseof", "-1"])


async def _write_frame(clip: Path, output: Sequence[str], seek: Sequence[str] = ()) -> None:
    arguments = [*_ONE_THREAD, *seek, "-i", str(clip), *_ONE_THREAD, "-filter_threads", "1", *output]
    await run(arguments, timeout_s=FRAME_TIMEOUT_S, memory_bytes=_MEMORY_BYTES)
