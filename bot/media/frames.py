"""Extracts single frames from a clip."""

import asyncio
import math
from collections.abc import Sequence
from pathlib import Path

from bot.media.colours import picture_filters, probe
from bot.media.ffmpeg import FfmpegFailed, run
from bot.media.mp4.reader import NotAVideo, read_facts

FRAME_TIMEOUT_S = 30.0
THUMBNAIL_PX = 320  # of the longer side
MAX_FRAME_PIXELS = 4_200_000  # as of members' pictures; HDR takes 12 bytes a pixel while it is mapped to SDR
_MEMORY_BYTES = 1 << 30  # of address space; a frame of an 8K clip takes 400 MiB of RAM
# One thread: each further one decodes, and holds, a frame of its own.
_ONE_THREAD = ("-threads", "1")
_TAIL_S = 2.0  # decoded for the last frame; the whole clip, if no picture begins in it


async def thumbnail(clip: Path, into: Path, side_px: int) -> None:
    """Write the first frame to `into`, at most `side_px` wide and high. Its extension sets the format.

    Raise FfmpegFailed.
    """
    look = await probe(clip)
    shrink = side_px / max(look.width, look.height)
    size = max(1, round(look.width * shrink)), max(1, round(look.height * shrink))
    filters = picture_filters(look, size, jpeg=into.suffix == ".jpg")
    await _write_frame(clip, into, filters, output=["-frames:v", "1"])


async def last_frame(clip: Path, into: Path) -> None:
    """Write the last frame to `into`, as a player shows it, at most 4.2 million pixels. Its extension sets the format.

    Raise FfmpegFailed.
    """
    look = await probe(clip)
    shrink = min(1.0, math.sqrt(MAX_FRAME_PIXELS / (look.width * look.height)))
    size = max(1, round(look.width * shrink)), max(1, round(look.height * shrink))
    filters = picture_filters(look, size, jpeg=into.suffix == ".jpg")
    try:
        facts = await asyncio.to_thread(read_facts, clip)
    except NotAVideo as error:
        raise FfmpegFailed("it is not a video") from error
    await asyncio.to_thread(into.unlink, missing_ok=True)
    for start_s in (facts.picture_end_s - _TAIL_S, 0.0):  # the sound may be longer than the picture
        if start_s >= 0.0:
            await _write_frame(clip, into, filters, seek=["-ss", f"{start_s:.3f}"], output=["-q:v", "2"])
        if await asyncio.to_thread(into.exists):
            return
    raise FfmpegFailed("it has no last frame")


async def _write_frame(
    clip: Path, into: Path, filters: str, *, output: Sequence[str], seek: Sequence[str] = ()
) -> None:
    """Write the frames to one file, each over the one before."""
    source = [*_ONE_THREAD, *seek, "-i", str(clip), "-map", "0:V:0", "-fps_mode", "passthrough"]
    arguments = [*source, *_ONE_THREAD, "-filter_threads", "1", "-vf", filters, *output, "-update", "1", str(into)]
    await run(arguments, timeout_s=FRAME_TIMEOUT_S, memory_bytes=_MEMORY_BYTES)
