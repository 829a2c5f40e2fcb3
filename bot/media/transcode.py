"""Transcodes or remuxes a clip so that it fits the upload limit and plays inline. Source: reference/performance.md."""

import asyncio
import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from bot.media.colours import Look, probe, video_filters
from bot.media.ffmpeg import FfmpegFailed, run
from bot.media.mp4.reader import NotAVideo, VideoFacts, read_facts

TARGET_RATIO = 0.92  # of the limit: with a higher target, one pass exceeded the limit in 4 of 7 runs
HEIGHTS = (2160, 1440, 1080, 720, 540, 480, 360)  # of the short side
_BITS_PER_PIXEL = 0.025  # below this the preset veryfast shows blocks, and a lower resolution looks better
_CONTAINER_BPS = 12_000  # overhead of the container for video and audio
_MAX_TIMEOUT_S = 900.0
_EXACT_TIMES = ("-fps_mode", "vfr", "-enc_time_base", "1:90000")  # by default times are rounded to the frame rate

Treatment = Literal["keep", "remux", "encode"]


class CannotTranscode(Exception):
    """No copy of acceptable quality fits the limit."""


class TranscodeFailed(CannotTranscode):
    """A copy was tried and isn't a complete one that fits. Says nothing about how one would look."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EncodePlan:
    """Bit rates in bits per second, and the length of the short side in pixels."""

    video_bps: int
    audio_bps: int
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TranscodedClip:
    """A transcoded copy."""

    size_bytes: int
    height: int
    passes: int


def choose_treatment(facts: VideoFacts, size_bytes: int, limit_bytes: int) -> Treatment:
    """Return what must be done with a clip before it is posted.

    A clip with its index at the end still plays by range requests, so it is kept if it has content credentials.
    """
    plain = facts.codec in ("avc1", "avc3") and facts.plain_pixels and facts.audio_codec in ("", "mp4a")
    if size_bytes > limit_bytes or not plain:
        return "encode"
    if not facts.plays_inline or (not facts.faststart and not facts.has_credentials):
        return "remux"
    return "keep"


def plan_encode(
    facts: VideoFacts, size_bytes: int, limit_bytes: int, *, target_ratio: float = TARGET_RATIO
) -> EncodePlan:
    """Return bit rates and the largest height that they support, at least 360 lines. Raise CannotTranscode."""
    total_bps = target_ratio * limit_bytes * 8 / facts.total_s
    audio_bps = _audio_bps(total_bps) if facts.has_audio else 0
    source_bps = size_bytes * 8 / facts.total_s
    codec_factor = 1.0 if facts.codec in ("avc1", "avc3") else 1.6  # newer codecs need fewer bits than H.264
    video_bps = min(total_bps - audio_bps - _CONTAINER_BPS, max(codec_factor * source_bps, 400_000.0))
    short, long = sorted((facts.width, facts.height))
    fps = min(max(facts.fps, 1.0), 120.0)
    for height in [short, *(candidate for candidate in HEIGHTS if candidate < short)]:
        pixels_per_s = height * (height * long / short) * fps
        if video_bps >= _BITS_PER_PIXEL * pixels_per_s:
            return EncodePlan(video_bps=int(video_bps), audio_bps=audio_bps, height=height)
    raise CannotTranscode


def _audio_bps(total_bps: float) -> int:
    steps = ((2e6, 128_000), (8e5, 96_000), (2.5e5, 64_000), (0, 48_000))
    return next(audio_bps for min_total_bps, audio_bps in steps if total_bps >= min_total_bps)


async def transcode(source: Path, into: Path, facts: VideoFacts, limit_bytes: int) -> TranscodedClip:
    """Write a copy of at most `limit_bytes`. Raise CannotTranscode.

    Encode in one pass; if the copy is too large, in two passes; then in two passes at a lower bit rate.
    """
    size_bytes = await asyncio.to_thread(_file_size, source)
    side = min(facts.width, facts.height)
    plan_encode(replace(facts, width=side, height=side), size_bytes, limit_bytes)  # before ffmpeg: does any shape fit?
    try:
        look = await probe(source)
        facts = replace(facts, width=look.width, height=look.height)
        plan = plan_encode(facts, size_bytes, limit_bytes)
        clip = await encode(source, into, facts, look, plan, limit_bytes, passes=1)
        if clip.size_bytes > limit_bytes:
            clip = await encode(source, into, facts, look, plan, limit_bytes, passes=2)
        if clip.size_bytes > limit_bytes:
            plan = plan_encode(facts, size_bytes, limit_bytes, target_ratio=0.75)
            clip = await encode(source, into, facts, look, plan, limit_bytes, passes=2)
        copy_facts = await asyncio.to_thread(read_facts, into)
    except (FfmpegFailed, NotAVideo) as error:
        raise TranscodeFailed from error
    complete = _same_duration(copy_facts, facts) and copy_facts.has_audio == facts.has_audio
    if clip.size_bytes > limit_bytes or not complete:
        raise TranscodeFailed
    return clip


async def encode(
    source: Path,
    into: Path,
    facts: VideoFacts,
    look: Look,
    plan: EncodePlan,
    limit_bytes: int,
    *,
    passes: Literal[1, 2],
) -> TranscodedClip:
    """Encode a clip by the plan. The copy may exceed the limit. Raise FfmpegFailed."""
    timeout_s = min(_MAX_TIMEOUT_S, 90.0 + 20.0 * facts.total_s)
    file_bytes = 4 * limit_bytes + (16 << 20)
    video = _video_arguments(look, plan)
    audio = ["-an"]
    if plan.audio_bps:
        audio = ["-map", "0:a:0?", "-c:a", "aac", "-b:a", str(plan.audio_bps), "-ac", "2"]
    output = ["-map_metadata", "0", "-movflags", "+faststart", "-f", "mp4", str(into)]
    with _temporary_folder(into.parent) as folder:
        log = ["-passlogfile", str(folder / "pass")]
        last_pass: list[str] = []
        if passes == 2:
            last_pass = ["-pass", "2", *log]
            first_pass = [*video, "-pass", "1", *log, "-an", "-f", "null", "-"]
            await run(["-i", str(source), *first_pass], timeout_s=timeout_s, file_bytes=file_bytes)
        arguments = ["-i", str(source), *video, *last_pass, *audio, *output]
        await run(arguments, timeout_s=timeout_s, file_bytes=file_bytes)
    return TranscodedClip(size_bytes=await asyncio.to_thread(_file_size, into), height=plan.height, passes=passes)


def _video_arguments(look: Look, plan: EncodePlan) -> list[str]:
    size = look.fitted(plan.height)
    return [
        *("-map", "0:V:0", "-vf", video_filters(look, size)),
        *("-c:v", "libx264", "-preset", "veryfast", *_EXACT_TIMES),
        *("-profile:v", "high", "-threads", "4", "-b:v", str(plan.video_bps)),
        *("-maxrate", str(int(1.1 * plan.video_bps)), "-bufsize", str(plan.video_bps)),
    ]


async def remux(source: Path, into: Path, facts: VideoFacts) -> int:
    """Copy video and audio to a container with its index at the start. Return its size in bytes. Raise FfmpegFailed."""
    copy = ["-map", "0:V:0", "-map", "0:a:0?", "-c", "copy", "-movflags", "+faststart", "-f", "mp4"]
    await run(["-i", str(source), *copy, str(into)], timeout_s=120.0)
    try:
        copy_facts = await asyncio.to_thread(read_facts, into)
    except NotAVideo as error:
        raise FfmpegFailed("the copy is not a video") from error
    if not _same_duration(copy_facts, facts):
        raise FfmpegFailed("the copy is truncated")
    return await asyncio.to_thread(_file_size, into)


def _file_size(path: Path) -> int:
    return path.stat().st_size


def _same_duration(copy: VideoFacts, original: VideoFacts) -> bool:
    allowed_s = max(0.1, 2.0 / max(original.fps, 1.0))
    return abs(copy.duration_s - original.duration_s) <= allowed_s and abs(copy.total_s - original.total_s) <= allowed_s


@contextlib.contextmanager
def _temporary_folder(parent: Path) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="pass-", suffix=".part", dir=parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
