"""Extracts single frames from a clip."""

from pathlib import Path

from bot.media.ffmpeg import run

FRAME_TIMEOUT_S = 30.0


async def first_frame(clip: Path, into: Path) -> None:
    """Write the first frame to `into`, whose extension sets the format. Raise FfmpegFailed."""
    await run(["-i", str(clip), "-frames:v", "1", "-update", "1", str(into)], timeout_s=FRAME_TIMEOUT_S)


async def last_frame(clip: Path, into: Path) -> None:
    """Write the last frame to `into`, whose extension sets the format. Raise FfmpegFailed."""
    await run(["-sseof", "-1", "-i", str(clip), "-update", "1", "-q:v", "2", str(into)], timeout_s=FRAME_TIMEOUT_S)
