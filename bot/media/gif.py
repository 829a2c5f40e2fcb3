"""Make an animated GIF of a clip, without its sound."""

import asyncio
from pathlib import Path

from bot.media.colours import picture_filters, probe
from bot.media.ffmpeg import FfmpegFailed, run

MAX_S = 15.0  # of the clip: a GIF of more has few colours and frames left below any limit
TOTAL_TIMEOUT_S = 120.0
_SIZE_TIMEOUT_S = 60.0
_SIZES = ((480, 12), (400, 10), (320, 8), (240, 6), (160, 5))  # the long side in pixels, and frames per second
_MEMORY_BYTES = 2 << 30  # of address space; all frames are held until their colours are chosen: 170 MB at most


class GifFailed(Exception):
    """The clip can't be read, or no GIF of it fits."""


async def make_gif(clip: Path, into: Path, limit_bytes: int) -> None:
    """Write a GIF of at most the first `MAX_S` seconds, in the first size that fits the limit. Raise GifFailed."""
    try:
        async with asyncio.timeout(TOTAL_TIMEOUT_S):
            look = await probe(clip)
            for side_px, fps in _SIZES:
                shrink = min(1.0, side_px / max(look.width, look.height))
                size = max(1, round(look.width * shrink)), max(1, round(look.height * shrink))
                if await _fits(clip, into, f"fps={fps},{picture_filters(look, size, jpeg=False)}", limit_bytes):
                    return
    except (FfmpegFailed, TimeoutError) as error:
        raise GifFailed from error
    raise GifFailed


async def _fits(clip: Path, into: Path, filters: str, limit_bytes: int) -> bool:
    """Write a GIF of one size. Return whether it fits; one that doesn't is cut off by the limit of the process."""
    colours = "split[a][b];[a]palettegen=stats_mode=diff[p];[b][p]paletteuse=dither=bayer:bayer_scale=4"
    source = ["-threads", "1", "-t", str(MAX_S), "-i", str(clip), "-map", "0:V:0", "-an", "-filter_threads", "1"]
    arguments = [*source, "-vf", f"{filters},{colours}", "-loop", "0", "-f", "gif", str(into)]
    try:
        await run(arguments, timeout_s=_SIZE_TIMEOUT_S, file_bytes=limit_bytes, memory_bytes=_MEMORY_BYTES)
    except FfmpegFailed:
        return False
    return 0 < (await asyncio.to_thread(into.stat)).st_size <= limit_bytes
