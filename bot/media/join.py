"""Joins clips one after the other: one size, one frame rate, and sound throughout if any of them has it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bot.jobs.job import MAX_JOINED_S
from bot.media.colours import Look, probe, video_filters
from bot.media.crossfade import crossfades, cuts, fade_lengths
from bot.media.ffmpeg import FfmpegFailed, run
from bot.media.mp4.reader import NotAVideo, VideoFacts, read_facts

MAX_SHORT_PX = 1080  # of the short side; more takes minutes to encode and no upload limit has room for it
_MIN_FPS, _MAX_FPS = 10.0, 60.0
_MAX_TIMEOUT_S = 900.0
_CLIP_TIMEOUT_S = 30.0
_SOUND_HZ = 48_000
_MATRIX = "bt709"
_QUALITY = ("-c:v", "libx264", "-preset", "veryfast", "-crf", "18", "-profile:v", "high", "-threads", "4")
_AUDIO = ("-c:a", "aac", "-b:a", "160000", "-ac", "2")
_CONTAINER = ("-protocol_whitelist", "file,pipe", "-f", "mov")  # as `run` sets them for the first input


class TooLongToJoin(FfmpegFailed):
    """The clips are longer than MAX_JOINED_S together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    path: Path
    facts: VideoFacts
    look: Look
    start_s: float
    fade_s: float

    @property
    def length_s(self) -> float:
        return max(0.0, self.facts.duration_s - self.start_s)


async def join(
    clips: Sequence[Path], into: Path, *, starts: Sequence[float] = (), fades: Sequence[float] = ()
) -> VideoFacts:
    """Write mp4 clips as one mp4 that plays everywhere, and return its facts. Raise FfmpegFailed or TooLongToJoin.

    The size is that of the first clip, at most MAX_SHORT_PX on its short side: another shape gets black bars. The frame
    rate is the highest. A clip without sound is silent in it. `starts` are the seconds at which the clips begin to be
    used; by default all of each is. `fades` are the seconds in which each clip overlaps the one before, at most half of
    either; by default there are cuts.
    """
    nothing = (0.0,) * len(clips)
    parts = [await _read(*each) for each in zip(clips, starts or nothing, fades or nothing, strict=True)]
    fps = round(min(_MAX_FPS, max(_MIN_FPS, *(part.facts.fps for part in parts))), 3)
    frames = [max(1, round(part.length_s * fps)) for part in parts]
    overlaps = fade_lengths(frames, [part.fade_s for part in parts], fps)
    total_s = sum(part.length_s for part in parts) - sum(overlaps) / fps
    if total_s > MAX_JOINED_S:
        raise TooLongToJoin(f"{total_s:.0f} s")
    sound = any(part.facts.has_audio for part in parts)
    inputs = ["-threads", "1", "-i", str(parts[0].path)]
    for part in parts[1:]:
        inputs += ["-threads", "1", *_CONTAINER, "-i", str(part.path)]
    maps = ["-map", "[v]", *(["-map", "[a]", *_AUDIO] if sound else ["-an"])]
    output = ["-map_metadata", "-1", "-movflags", "+faststart", "-f", "mp4", str(into)]
    timeout_s = min(_MAX_TIMEOUT_S, 60.0 + _CLIP_TIMEOUT_S * len(parts) + 10.0 * total_s)
    joints = crossfades(frames, overlaps, fps, sound=sound) if overlaps else cuts(len(parts), sound=sound)
    graph = ";".join([*_chains(parts, frames, fps, sound=sound), *joints])
    await run([*inputs, "-filter_complex", graph, *maps, *_QUALITY, *output], timeout_s=timeout_s)
    try:
        joined = await asyncio.to_thread(read_facts, into)
    except NotAVideo as error:
        raise FfmpegFailed("the joined clip is not a video") from error
    if abs(joined.duration_s - total_s) > 0.25 * len(parts):
        raise FfmpegFailed("the joined clip is not as long as its parts")
    return joined


async def _read(clip: Path, start_s: float, fade_s: float) -> _Part:
    try:
        facts = await asyncio.to_thread(read_facts, clip)
        return _Part(path=clip, facts=facts, look=await probe(clip), start_s=start_s, fade_s=fade_s)
    except NotAVideo as error:
        raise FfmpegFailed("a clip is not a video") from error


def _chains(parts: Sequence[_Part], frames: Sequence[int], fps: float, *, sound: bool) -> list[str]:
    """Return the chains that bring every clip to one size, rate and sound: [v0] and [a0], [v1] and [a1] …"""
    first = parts[0].look
    size = first.fitted(min(first.width, first.height, MAX_SHORT_PX))
    chains: list[str] = []
    for place, (part, count) in enumerate(zip(parts, frames, strict=True)):
        chains.append(f"[{place}:V:0]{_picture(part, size, fps, count)}[v{place}]")
        if sound:
            chains.append(f"{_sound(place, part, count / fps)}[a{place}]")
    return chains


def _picture(part: _Part, size: tuple[int, int], fps: float, frames: int) -> str:
    """Return the filters that show a clip as large as it fits, from its start on and for so many frames."""
    width, height = size
    shrink = min(width / part.look.width, height / part.look.height)
    inner = (_even(part.look.width * shrink, width), _even(part.look.height * shrink, height))
    length = f"tpad=stop=-1:stop_mode=clone,trim=end_frame={frames}"
    begin = f"trim=start={part.start_s:.3f},setpts=PTS-STARTPTS," if part.start_s else ""
    bars = "" if inner == size else f",pad={width}:{height}:(ow-iw)/2:(oh-ih)/2"
    look = part.look if part.look.is_wide else replace(part.look, primaries="unknown", transfer="unknown")
    filters = video_filters(look, inner, matrix=_MATRIX)
    rate = f"fps={fps:.3f}"  # again at the end: setpts forgets it, and a crossfade needs it
    return f"setpts=PTS-STARTPTS,{begin}{filters}{bars},{rate},{length},setpts=PTS-STARTPTS,{rate}"


def _even(length: float, limit: int) -> int:
    return max(2, min(limit, round(length / 2) * 2))


def _sound(place: int, part: _Part, length_s: float) -> str:
    """Return the chain of a clip's sound, or of silence, as long as its picture."""
    form = f"aformat=sample_fmts=fltp:sample_rates={_SOUND_HZ}:channel_layouts=stereo"
    if not part.facts.has_audio:
        return f"anullsrc=r={_SOUND_HZ}:cl=stereo,atrim=duration={length_s:.6f},{form}"
    return (
        f"[{place}:a:0]aresample={_SOUND_HZ}:async=1:first_pts=0,apad,"
        f"atrim=start={part.start_s:.3f}:duration={length_s:.6f},{form},asetpts=PTS-STARTPTS"
    )
