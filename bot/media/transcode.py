"""Makes a clip fit: under a limit, and in a form that plays in the message. Source: reference/performance.md."""

import asyncio
import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from bot.media.ffmpeg import FfmpegFailed, run
from bot.media.mp4.reader import NotAVideo, VideoFacts, read_facts

AIM = 0.92  # of the limit: one pass aimed higher overshot it in 4 of 7 runs
HEIGHTS = (2160, 1440, 1080, 720, 540, 480, 360)  # of the short side
_BITS_PER_PIXEL = 0.025  # below this veryfast shows blocks: fewer pixels look better
_CONTAINER_BPS = 12_000  # the index of the file, for picture and sound
_LONGEST_RUN_S = 900.0

Treatment = Literal["as it is", "remux", "encode"]


class CannotTranscode(Exception):
    """No copy that one would want to look at has so few bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Bits per second, and the short side in pixels."""

    video_bps: int
    audio_bps: int
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TranscodedClip:
    """A finished copy."""

    size_bytes: int
    height: int
    passes: int


def choose_treatment(facts: VideoFacts, size_bytes: int, limit_bytes: int) -> Treatment:
    """What a clip needs before it is posted.

    One that only has its index at the end plays by ranges: with content credentials in it, it is left as it is.
    """
    plain = facts.codec in ("avc1", "avc3") and facts.plain_picture and facts.audio_codec in ("", "mp4a")
    if size_bytes > limit_bytes or not plain:
        return "encode"
    if not facts.plays_inline or (not facts.faststart and not facts.provenance):
        return "remux"
    return "as it is"


def plan(facts: VideoFacts, size_bytes: int, limit_bytes: int, *, aim: float = AIM) -> Plan:
    """How to encode under a limit: as many pixels as the bits carry, at least 360 lines. Raises CannotFit."""
    total_bps = aim * limit_bytes * 8 / facts.duration_s
    audio_bps = _audio_bps(total_bps) if facts.has_audio else 0
    source_bps = size_bytes * 8 / facts.duration_s
    more = 1.0 if facts.codec in ("avc1", "avc3") else 1.6  # the newer codecs say the same with fewer bits
    video_bps = min(total_bps - audio_bps - _CONTAINER_BPS, max(more * source_bps, 400_000.0))
    short, long = sorted((facts.width, facts.height))
    fps = min(max(facts.fps, 1.0), 120.0)
    for height in [short, *(each for each in HEIGHTS if each < short)]:
        pixels_per_s = height * (height * long / short) * fps
        if video_bps >= _BITS_PER_PIXEL * pixels_per_s:
            return Plan(video_bps=int(video_bps), audio_bps=audio_bps, height=height)
    raise CannotTranscode


def _audio_bps(total_bps: float) -> int:
    return next(
        bps for least, bps in ((2e6, 128_000), (8e5, 96_000), (2.5e5, 64_000), (0, 48_000)) if total_bps >= least
    )


async def transcode(source: Path, into: Path, facts: VideoFacts, limit_bytes: int) -> TranscodedClip:
    """Write a copy of at most `limit_bytes`: one pass, two where it missed, then fewer bits. Raises CannotFit."""
    size_bytes = await asyncio.to_thread(_size, source)
    goal = plan(facts, size_bytes, limit_bytes)
    try:
        made = await _encode(source, into, facts, goal, limit_bytes, passes=1)
        if made.size_bytes > limit_bytes:
            made = await _encode(source, into, facts, goal, limit_bytes, passes=2)
        if made.size_bytes > limit_bytes:
            goal = plan(facts, size_bytes, limit_bytes, aim=0.75)
            made = await _encode(source, into, facts, goal, limit_bytes, passes=2)
        whole = await asyncio.to_thread(read_facts, into)
    except (FfmpegFailed, NotAVideo) as error:
        raise CannotTranscode from error
    same = _as_long(whole, facts) and whole.has_audio == facts.has_audio
    if made.size_bytes > limit_bytes or not same:
        raise CannotTranscode
    return made


async def _encode(
    source: Path, into: Path, facts: VideoFacts, goal: Plan, limit_bytes: int, *, passes: Literal[1, 2]
) -> TranscodedClip:
    timeout_s = min(_LONGEST_RUN_S, 90.0 + 20.0 * facts.duration_s)
    file_bytes = 4 * limit_bytes + (16 << 20)
    picture = _picture_arguments(goal)
    with _scratch(into.parent) as scratch:
        log = ["-passlogfile", str(scratch / "pass")]
        first, last = ([], []) if passes == 1 else (["-pass", "1", *log], ["-pass", "2", *log])
        if first:
            null = [*picture, *first, "-an", "-f", "null", "-"]
            await run(["-i", str(source), *null], timeout_s=timeout_s, file_bytes=file_bytes)
        sound = (
            ["-map", "0:a:0?", "-c:a", "aac", "-b:a", str(goal.audio_bps), "-ac", "2"] if goal.audio_bps else ["-an"]
        )
        end = ["-map_metadata", "0", "-movflags", "+faststart", "-f", "mp4", str(into)]
        await run(["-i", str(source), *picture, *last, *sound, *end], timeout_s=timeout_s, file_bytes=file_bytes)
    return TranscodedClip(size_bytes=await asyncio.to_thread(_size, into), height=goal.height, passes=passes)


def _picture_arguments(goal: Plan) -> list[str]:
    """The short side is asked of ffmpeg's own idea of width and height, which knows about turned clips."""
    side = goal.height // 2 * 2
    scale = f"scale='if(gt(iw,ih),-2,{side})':'if(gt(iw,ih),{side},-2)':flags=bicubic,setsar=1"
    return [
        *("-map", "0:v:0", "-vf", f"{scale},format=yuv420p", "-c:v", "libx264", "-preset", "veryfast"),
        *("-profile:v", "high", "-threads", "4", "-b:v", str(goal.video_bps)),
        *("-maxrate", str(int(1.1 * goal.video_bps)), "-bufsize", str(goal.video_bps)),
    ]


async def remux(source: Path, into: Path, facts: VideoFacts) -> int:
    """The same pictures and sound in a container that plays from its beginning; its size. Raises FfmpegFailed."""
    copy = ["-map", "0:v:0", "-map", "0:a:0?", "-c", "copy", "-movflags", "+faststart", "-f", "mp4"]
    await run(["-i", str(source), *copy, str(into)], timeout_s=120.0)
    try:
        whole = await asyncio.to_thread(read_facts, into)
    except NotAVideo as error:
        raise FfmpegFailed("the copy is no video") from error
    if not _as_long(whole, facts):
        raise FfmpegFailed("the copy is cut off")
    return await asyncio.to_thread(_size, into)


def _size(path: Path) -> int:
    return path.stat().st_size


def _as_long(copy: VideoFacts, original: VideoFacts) -> bool:
    return abs(copy.duration_s - original.duration_s) <= max(0.1, 2.0 / max(original.fps, 1.0))


@contextlib.contextmanager
def _scratch(beside: Path) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="pass-", suffix=".part", dir=beside))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
