"""Transcodes videos and measures the copies: `python -m tests.media.transcode_cases` prints a table."""

import asyncio
import re
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from bot.media.mp4.reader import VideoFacts, read_facts
from bot.media.transcode import TranscodedClip, transcode
from bot.sandbox import ffmpeg

MIB = 1 << 20
_SOUND = ["-f", "lavfi", "-i", "sine=frequency=300"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """The ffmpeg arguments of a video, and the limit for its copy."""

    name: str
    picture: str
    seconds: float
    bitrate: str
    limit_bytes: int
    sound: bool = True
    more: tuple[str, ...] = ()


SMALL = (
    Case(name="noise 360p", picture="testsrc2=s=640x360:r=24,noise=alls=60:allf=t", seconds=2, bitrate="16M",
         limit_bytes=2 * MIB),
    Case(name="portrait, no sound", picture="testsrc2=s=360x640:r=30,noise=alls=20:allf=t", seconds=2, bitrate="8M",
         limit_bytes=MIB, sound=False),
    Case(name="odd size", picture="testsrc2=s=501x283:r=25,format=yuv444p", seconds=2, bitrate="8M",
         limit_bytes=300_000, more=("-pix_fmt", "yuv444p")),
)  # fmt: skip
LARGE = (
    Case(name="1080p, 30 MB", picture="testsrc2=s=1920x1080:r=30,noise=alls=25:allf=t", seconds=10, bitrate="25M",
         limit_bytes=10 * MIB),
    Case(name="1080p, calm", picture="gradients=s=1920x1080:r=30:speed=0.02", seconds=10, bitrate="25M",
         limit_bytes=10 * MIB),
    Case(name="720p portrait", picture="testsrc2=s=720x1280:r=30,noise=alls=40:allf=t", seconds=8, bitrate="20M",
         limit_bytes=10 * MIB),
    Case(name="1080p to 3 MiB", picture="testsrc2=s=1920x1080:r=24,noise=alls=10:allf=t", seconds=12, bitrate="20M",
         limit_bytes=3 * MIB),
    Case(name="a minute", picture="testsrc2=s=1280x720:r=24,noise=alls=10:allf=t", seconds=60, bitrate="6M",
         limit_bytes=10 * MIB),
    Case(name="60 frames a second", picture="testsrc2=s=1280x720:r=60,noise=alls=30:allf=t", seconds=6, bitrate="25M",
         limit_bytes=8 * MIB),
    Case(name="fragmented", picture="testsrc2=s=1280x720:r=30,noise=alls=30:allf=t", seconds=6, bitrate="20M",
         limit_bytes=8 * MIB, more=("-movflags", "frag_keyframe+empty_moov")),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A transcoded video compared with its original."""

    case: Case
    before: VideoFacts
    size_before: int
    after: VideoFacts
    clip: TranscodedClip
    ssim: float
    elapsed_s: float

    def is_valid(self) -> bool:
        """Return whether the copy is within the limit, equally long, and has the audio."""
        return (
            self.clip.size_bytes <= self.case.limit_bytes
            and abs(self.after.duration_s - self.before.duration_s) <= 0.1
            and self.after.has_audio is self.case.sound
            and self.after.plays_inline
            and self.after.faststart
        )


async def transcode_case(case: Case, folder: Path) -> Outcome:
    """Render the video, transcode it, and measure the copy."""
    source, into = folder / "source.mp4", folder / "fitted.part"
    sound = _SOUND if case.sound else []
    rate = ["-b:v", case.bitrate, "-minrate", case.bitrate, "-maxrate", case.bitrate, "-bufsize", case.bitrate]
    codec = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", *rate]
    arguments = ["-y", "-f", "lavfi", "-i", case.picture, *sound, "-t", str(case.seconds), *codec, *case.more]
    await ffmpeg.run([*arguments, str(source)])
    before = await asyncio.to_thread(read_facts, source)
    started = time.perf_counter()
    copy = await transcode(source, into, before, case.limit_bytes)
    took_s = time.perf_counter() - started
    return Outcome(
        case=case,
        before=before,
        size_before=(await asyncio.to_thread(source.stat)).st_size,
        after=await asyncio.to_thread(read_facts, into),
        clip=copy,
        ssim=await measure_ssim(into, source, before),
        elapsed_s=took_s,
    )


async def measure_ssim(copy: Path, original: Path, facts: VideoFacts) -> float:
    """Return the SSIM of all planes, at the original's size."""
    scale = f"[0:v]scale={facts.width}:{facts.height}:flags=bicubic,setsar=1,format=yuv420p[a]"
    graph = f"{scale};[1:v]setsar=1,format=yuv420p[b];[a][b]ssim"
    output = await ffmpeg.run(["-i", str(copy), "-i", str(original), "-lavfi", graph, "-f", "null", "-"])
    match = re.search(r"All:([\d.]+)", output)
    return float(match[1]) if match else 0.0


async def main() -> int:
    heads = ("video              ", "before     ", "limit    ", "after    ", "of limit", "p   ", "passes", "seconds")
    print(" | ".join((*heads, "audio", "SSIM", "took")))  # noqa: T201
    good = True
    for case in (*SMALL, *LARGE):
        with tempfile.TemporaryDirectory() as name:
            out = await transcode_case(case, Path(name))
        good = good and out.is_valid()
        cells = (
            f"{case.name:19}",
            f"{out.size_before / MIB:7.2f} MiB",
            f"{case.limit_bytes / MIB:5.2f} MiB",
            f"{out.clip.size_bytes / MIB:5.2f} MiB",
            f"{out.clip.size_bytes / case.limit_bytes:8.3f}",
            f"{out.clip.height:4}",
            f"{out.clip.passes:6}",
            f"{out.before.duration_s:.2f} -> {out.after.duration_s:.2f}",
            "yes" if out.after.has_audio else "no",
            f"{out.ssim:.3f}",
            f"{out.elapsed_s:.1f} s" + ("" if out.is_valid() else "   BROKEN"),
        )
        print(" | ".join(cells), flush=True)  # noqa: T201
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
