"""Converts what isn't a whole mp4 to one: other containers, moving pictures, and an mp4 that ends early."""

import asyncio
from pathlib import Path

from bot.media.colours import probe, video_filters
from bot.media.ffmpeg import FfmpegFailed, run
from bot.media.mp4.reader import NotAVideo, VideoFacts, read_facts

CONVERT_TIMEOUT_S = 600.0
_HEAD_BYTES = 3 * 188
_QUALITY = ("-c:v", "libx264", "-preset", "veryfast", "-crf", "17", "-profile:v", "high", "-threads", "4")
_SOUND = ("-map", "0:a:0?", "-c:a", "aac", "-b:a", "160000", "-ac", "2")


def find_container(path: Path) -> str | None:
    """Return ffmpeg's name of the container, read from the first bytes, or None for any other file."""
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    if head[4:8] in (b"ftyp", b"moov"):
        return "mov"
    if head[:4] == b"\x1a\x45\xdf\xa3":
        return "matroska"  # WebM too
    if head[:6] in (b"GIF87a", b"GIF89a"):
        return "gif"
    if head[:4] == b"RIFF" and head[8:16] == b"WEBPVP8X" and len(head) > 20 and head[20] & 0x02:
        return "webp_anim"
    if len(head) > 376 and head[0] == head[188] == head[376] == 0x47:
        return "mpegts"
    return None


async def convert(
    source: Path, into: Path, container: str, *, most_s: float | None = None, timeout_s: float = CONVERT_TIMEOUT_S
) -> VideoFacts:
    """Write what can be played of a file as an mp4 of high quality, its first `most_s` at most. Raise FfmpegFailed."""
    look = await probe(source, container)
    video = ["-map", "0:V:0", "-vf", video_filters(look, look.fitted(min(look.width, look.height))), *_QUALITY]
    times = ["-fps_mode", "vfr", "-enc_time_base", "1:90000"]
    cut = ["-t", f"{most_s:g}"] if most_s is not None else []
    output = [*cut, "-movflags", "+faststart", "-f", "mp4", str(into)]
    await run(["-i", str(source), *video, *times, *_SOUND, *output], timeout_s=timeout_s, container=container)
    try:
        return await asyncio.to_thread(read_facts, into)
    except NotAVideo as error:
        raise FfmpegFailed("the copy is not a video") from error
