"""Films of every kind that a provider or another tool may make: tiny, with a box that moves from picture to picture.

`python -m tests.media.films` makes them all and prints their sizes.
"""

import asyncio
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.sandbox.ffmpeg import run

PLACE = "%s"  # in a step: the folder of the film
_X264 = ("-c:v", "libx264", "-preset", "ultrafast", "-crf", "12")
_PLAIN = (*_X264, "-pix_fmt", "yuv420p")
_X265 = ("-c:v", "libx265", "-preset", "ultrafast", "-crf", "12", "-x265-params", "log-level=none", "-tag:v", "hvc1")
_AAC = ("-c:a", "aac", "-b:a", "48k", "-ac", "1")
_MP4 = ("-f", "mp4")
_FAST = ("-movflags", "+faststart")
_BT709 = ("-color_primaries", "bt709", "-color_trc", "bt709", "-colorspace", "bt709")


@dataclass(frozen=True, slots=True, kw_only=True)
class Film:
    """The runs of ffmpeg that make a film; the last one writes `film.mp4`. `looks_like`: another film, for HDR.

    `tolerance`: how much a cell of a copy's picture may differ, of 255. `left`: the share of the file that remains.
    """

    steps: tuple[tuple[str, ...], ...]
    tolerance: int = 40
    looks_like: str | None = None
    left: float = 1.0


def picture(size: str = "96x64", rate: str = "12", seconds: float = 1.0, more: str = "") -> tuple[str, ...]:
    """Return the input of a test picture: coloured bars, and a white box on black that moves to the right."""
    width, height = (int(text) for text in size.split("x"))
    box = max(4, height // 4)
    graph = (
        f"smptebars=s={size}:r={rate}:d={seconds},format=gbrp,drawbox=0:0:iw:{box}:black:fill[a];"
        f"color=white:s={box}x{box}:r={rate}:d={seconds},format=gbrp[b];"
        f"[a][b]overlay=x='{width - box}*t/{seconds}':y=0:format=gbrp:shortest=1{more}"
    )
    return ("-f", "lavfi", "-i", graph)


def sound(seconds: float = 1.0, channels: str = "mono") -> tuple[str, ...]:
    tones = "|".join(["sin(880*PI*t)/4"] * {"mono": 1, "stereo": 2, "5.1": 6}[channels])
    return ("-f", "lavfi", "-i", f"aevalsrc={tones}:c={channels}:s=24000:d={seconds}")


def film(*arguments: str, tolerance: int = 40, looks_like: str | None = None, left: float = 1.0) -> Film:
    steps = ((*arguments, *_MP4, f"{PLACE}/film.mp4"),)
    return Film(steps=steps, tolerance=tolerance, looks_like=looks_like, left=left)


def other(container: str, *arguments: str) -> Film:
    return Film(steps=((*arguments, "-f", container, f"{PLACE}/film.mp4"),))


def then(first: Sequence[str], *arguments: str) -> Film:
    """Make a film `base.mp4`, and from it the film by another run."""
    return Film(steps=((*first, f"{PLACE}/base.mp4"), (*arguments, *_MP4, f"{PLACE}/film.mp4")))


def _bt2020(transfer: str) -> str:
    linear = "zscale=min=gbr:tin=bt709:pin=bt709:rin=full:t=linear:p=bt2020:npl=203,format=gbrpf32le"
    return f",{linear},zscale=min=gbr:tin=linear:pin=bt2020:p=bt2020:t={transfer}:m=bt2020nc:r=limited:npl=203"


def _tags(transfer: str) -> tuple[str, ...]:
    return ("-color_primaries", "bt2020", "-color_trc", transfer, "-colorspace", "bt2020nc")


_BASE = (*picture(), *sound(), *_PLAIN, *_AAC, *_FAST)
_LONG = (*picture(seconds=2), *sound(2), *_PLAIN, "-g", "12", *_AAC, *_FAST)
_SILENT = (*picture(), *_PLAIN, *_FAST)
_BASE_FILE = ("-i", f"{PLACE}/base.mp4")
_COPY = ("-map", "0", "-c", "copy")
_TALL = (*picture("64x96"), *_PLAIN, *_FAST)

_SIZES = {
    "plain": film(*_BASE),
    "silent": film(*_SILENT),
    "portrait": film(*_TALL),
    "square": film(*picture("64x64"), *_PLAIN),
    "odd width": film(*picture("97x64"), *_X264, "-pix_fmt", "yuv444p"),
    "odd height": film(*picture("96x65"), *_X264, "-pix_fmt", "yuv444p"),
    "odd both": film(*picture("97x65"), *_X264, "-pix_fmt", "yuv444p"),
    "cropped to 94x62": film(*picture("94x62"), *_PLAIN),
    "wide": film(*picture("240x48"), *_PLAIN),
    "tall": film(*picture("64x192"), *_PLAIN),
    "wide pixels": film(*picture("64x64", more=",setsar=2"), *_PLAIN),
    "tall pixels": film(*picture("96x64", more=",setsar=1/2"), *_PLAIN),
    "pixels of a DVD": film(*picture("72x58", more=",setsar=16/11"), *_PLAIN),
    "720 lines, untagged": film(*picture("1280x720", rate="6", seconds=0.5), *_PLAIN),
}
_ROTATED = {
    f"turned by {angle}": then(_BASE, "-display_rotation", angle, *_BASE_FILE, *_COPY) for angle in ("90", "180", "270")
} | {
    "turned, with wide pixels": then(
        (*picture("64x64", more=",setsar=2"), *_PLAIN), "-display_rotation", "90", *_BASE_FILE, *_COPY
    ),
    "turned and HEVC": then(
        (*picture(), *_X265, "-pix_fmt", "yuv420p"), "-display_rotation", "90", *_BASE_FILE, *_COPY
    ),
    "mirrored": then(_BASE, "-display_hflip", *_BASE_FILE, *_COPY),
}  # fmt: skip
_COLOURS = {
    "tagged BT.709": film(*picture(more=",scale=out_color_matrix=bt709,format=yuv420p"), *_PLAIN, *_BT709),
    "tagged BT.601": film(
        *picture(more=",scale=out_color_matrix=smpte170m,format=yuv420p"), *_PLAIN,
        *("-color_primaries", "smpte170m", "-color_trc", "smpte170m", "-colorspace", "smpte170m"),
    ),
    "full range": film(*picture(more=",scale=out_range=full,format=yuvj420p"), *_X264, "-color_range", "pc"),
    "RGB": film(*picture(), "-c:v", "libx264rgb", "-preset", "ultrafast", "-crf", "12"),
    "4:2:2": film(*picture(), *_X264, "-pix_fmt", "yuv422p"),
    "4:4:4": film(*picture(), *_X264, "-pix_fmt", "yuv444p"),
    "10 bits, H.264": film(*picture(), *_X264, "-pix_fmt", "yuv420p10le"),
    "10 bits, HEVC": film(*picture(), *_X265, "-pix_fmt", "yuv420p10le"),
    "12 bits, HEVC": film(*picture(), *_X265, "-pix_fmt", "yuv420p12le"),
    "grey": film(*picture(more=",format=gray"), *_X264, "-pix_fmt", "gray"),
    "HDR, PQ": film(*picture(more=_bt2020("smpte2084")), *_X265, "-pix_fmt", "yuv420p10le", *_tags("smpte2084"),
                    looks_like="tagged BT.709", tolerance=70),
    "HDR, HLG": film(*picture(more=_bt2020("arib-std-b67")), *_X265, "-pix_fmt", "yuv420p10le",
                     *_tags("arib-std-b67"), looks_like="tagged BT.709", tolerance=70),
    "HDR, PQ and AV1": film(*picture(more=_bt2020("smpte2084")), "-c:v", "libsvtav1", "-preset", "12", "-crf", "10",
                            "-pix_fmt", "yuv420p10le", *_tags("smpte2084"), looks_like="tagged BT.709", tolerance=80),
    "HDR, PQ and H.264": film(*picture(more=_bt2020("smpte2084")), *_X264, "-pix_fmt", "yuv420p10le",
                              *_tags("smpte2084"), looks_like="tagged BT.709", tolerance=70),
    "wide colours, SDR": film(*picture(more=_bt2020("bt2020-10")), *_X265, "-pix_fmt", "yuv420p10le",
                              *_tags("bt2020-10"), looks_like="tagged BT.709", tolerance=50),
}  # fmt: skip
_RATES = {
    "5 fps": film(*picture(rate="5"), *_PLAIN),
    "23.976 fps": film(*picture(rate="24000/1001"), *sound(), *_PLAIN, *_AAC),
    "60 fps": film(*picture(rate="60"), *_PLAIN),
    "120 fps": film(*picture(rate="120"), *_PLAIN),
    "120 fps, HEVC": film(*picture(rate="120", seconds=0.5), *_X265, "-pix_fmt", "yuv420p"),
    "variable rate": film(*picture(rate="24", more=",select='not(mod(n,5))+lt(n,4)'"), "-fps_mode", "vfr", *_PLAIN),
    "variable rate with sound": film(
        *picture(rate="24", more=",select='not(mod(n,5))+lt(n,4)'"), *sound(), "-fps_mode", "vfr", *_PLAIN, *_AAC
    ),
    "slide show": film(*picture(rate="1", seconds=4), *_PLAIN),
    "one picture": film(*picture(), "-frames:v", "1", *_PLAIN),
    "last picture stays 3 s": film(*picture(more=",setpts='if(eq(N,11),4/TB,PTS)'"), "-fps_mode", "vfr", *_PLAIN),
    "many B-frames": film(*picture(rate="24"), "-c:v", "libx264", "-bf", "6", "-crf", "12", "-pix_fmt", "yuv420p"),
    "open GOP": film(*picture(rate="24"), "-c:v", "libx264", "-g", "8", "-x264-params", "open-gop=1", "-crf", "12",
                     "-pix_fmt", "yuv420p"),
    "interlaced": film(*picture(rate="24"), *_PLAIN, "-flags", "+ilme+ildct", "-x264-params", "tff=1"),
}  # fmt: skip
_SOUNDS = {
    "sound 1.5 s longer": film(*picture(), *sound(2.5), *_PLAIN, *_AAC),
    "sound 3 s longer": film(*picture(), *sound(4), *_PLAIN, *_AAC),
    "sound shorter": film(*picture(), *sound(0.4), *_PLAIN, *_AAC),
    "late picture": film("-itsoffset", "0.5", *picture(), *sound(1.5), *_PLAIN, *_AAC),
    "late sound": film(*picture(), "-itsoffset", "0.5", *sound(0.5), *_PLAIN, *_AAC),
    "stereo": film(*picture(), *sound(channels="stereo"), *_PLAIN, "-c:a", "aac"),
    "5.1": film(*picture(), *sound(channels="5.1"), *_PLAIN, "-c:a", "aac"),
    "Opus": film(*picture(), *sound(), *_PLAIN, "-c:a", "libopus"),
    "MP3": film(*picture(), *sound(), *_PLAIN, "-c:a", "libmp3lame"),
    "two sounds": film(
        *picture(), *sound(), *sound(), *_PLAIN, *_AAC, "-map", "0:v", "-map", "1:a", "-map", "2:a"
    ),
    "two pictures": film(
        *picture(), *picture("64x96"), *sound(), *_PLAIN, *_AAC, "-map", "0:v", "-map", "1:v", "-map", "2:a"
    ),
    "sound before picture": film(*picture(), *sound(), "-map", "1:a", "-map", "0:v", *_PLAIN, *_AAC),
    "a title that looks like facts": then(
        _BASE, *_BASE_FILE, *_COPY, "-metadata", "title=\n[Parsed_showinfo_0 @ 0] fmt:x sar:9/1 s:1x1 i:P"
    ),
}  # fmt: skip
_CONTAINERS = {
    "index at the end": film(*picture(), *sound(), *_PLAIN, *_AAC),
    "fragmented": film(*picture(), *sound(), *_PLAIN, *_AAC, "-movflags", "frag_keyframe+empty_moov+default_base_moof"),
    "fragmented, late index": film(
        *picture(rate="24"), *sound(), "-c:v", "libx264", "-bf", "3", "-pix_fmt", "yuv420p", "-g", "6", *_AAC,
        *("-movflags", "frag_keyframe+delay_moov"),
    ),
    "QuickTime": Film(steps=((*_BASE, "-f", "mov", f"{PLACE}/film.mp4"),)),
    "HEVC": film(*picture(), *sound(), *_X265, "-pix_fmt", "yuv420p", *_AAC),
    "AV1": film(*picture(), "-c:v", "libsvtav1", "-preset", "12", "-crf", "10"),
    "VP9": film(*picture(), "-c:v", "libvpx-vp9", "-deadline", "realtime", "-b:v", "1M", "-pix_fmt", "yuv420p"),
    "MPEG-4 part 2": film(*picture(), "-c:v", "mpeg4", "-q:v", "2"),
    "cut without encoding": then(_LONG, "-ss", "0.7", *_BASE_FILE, "-t", "1", *_COPY),
    "cut at its end": then(_LONG, *_BASE_FILE, "-t", "1.2", *_COPY),
    "cut and turned": then(_LONG, "-display_rotation", "90", "-ss", "0.7", *_BASE_FILE, "-t", "1", *_COPY),
    "cut and fragmented": then(_LONG, "-ss", "1", *_BASE_FILE, *_COPY, "-movflags", "frag_keyframe+empty_moov"),
    "joined": Film(
        steps=(
            (*_BASE, f"{PLACE}/base.mp4"),
            ("-stream_loop", "1", *_BASE_FILE, *_COPY, *_MP4, f"{PLACE}/film.mp4"),
        )
    ),
    "joined of two sizes": Film(
        steps=(
            (*picture(), *_PLAIN, "-bsf:v", "h264_mp4toannexb", "-f", "mpegts", f"{PLACE}/a.ts"),
            (*picture("64x48"), *_PLAIN, "-bsf:v", "h264_mp4toannexb", "-f", "mpegts", f"{PLACE}/b.ts"),
            ("-i", f"concat:{PLACE}/a.ts|{PLACE}/b.ts", "-c", "copy", "-tag:v", "avc3", *_MP4, f"{PLACE}/film.mp4"),
        )
    ),
    "from MPEG-TS": Film(
        steps=(
            (*picture(), *sound(), *_PLAIN, *_AAC, "-f", "mpegts", f"{PLACE}/a.ts"),
            ("-i", f"{PLACE}/a.ts", *_COPY, *_MP4, f"{PLACE}/film.mp4"),
        )
    ),
}  # fmt: skip
# These can't be posted before they are converted.
CONVERTED = {
    "WebM, VP9": other("webm", *picture(), *sound(), "-c:v", "libvpx-vp9", "-deadline", "realtime", "-b:v", "1M",
                       *("-pix_fmt", "yuv420p", "-c:a", "libopus")),
    "WebM, wide pixels": other("webm", *picture("64x64", more=",setsar=2"), "-c:v", "libvpx", "-b:v", "1M",
                               *("-pix_fmt", "yuv420p")),
    "MKV": other("matroska", *_BASE[:-2]),
    "MKV, HEVC": other("matroska", *picture(), *_X265, "-pix_fmt", "yuv420p10le"),
    "MPEG-TS": other("mpegts", *_BASE[:-2]),
    "GIF": other("gif", *picture()),
    "GIF, variable rate": other("gif", *picture(rate="20", more=",select='not(mod(n,5))+lt(n,4)'"), "-fps_mode", "vfr"),
    "animated WebP": other("webp", *picture(), "-c:v", "libwebp_anim", "-quality", "90"),
    "ended early": film(*_LONG, left=0.7),
    "ended early, fragmented": film(*_LONG[:-2], "-movflags", "frag_keyframe+empty_moov+default_base_moof", left=0.7),
    "ended early, turned": Film(
        steps=then(_LONG, "-display_rotation", "90", *_BASE_FILE, *_COPY, *_FAST).steps, left=0.7
    ),
}  # fmt: skip
FILMS: dict[str, Film] = {**_SIZES, **_ROTATED, **_COLOURS, **_RATES, **_SOUNDS, **_CONTAINERS}


async def make(name: str, folder: Path) -> Path:
    """Make a film in a folder of its own. Return its path."""
    place = folder / name.replace(" ", "-").replace(",", "").replace(".", "-").replace(":", "-")
    place.mkdir(parents=True)
    made = FILMS.get(name) or CONVERTED[name]
    for step in made.steps:
        await run(["-y", "-loglevel", "error", *(part.replace(PLACE, str(place)) for part in step)])
    path = place / "film.mp4"
    if made.left < 1.0:
        data = await asyncio.to_thread(path.read_bytes)
        await asyncio.to_thread(path.write_bytes, data[: int(made.left * len(data))])
    return path


async def make_all(folder: Path) -> dict[str, Path | Exception]:
    """Make every film, four at once. A film that can't be made is an exception: its tests say why."""
    slots = asyncio.Semaphore(4)

    async def one(name: str) -> Path:
        async with slots:
            return await make(name, folder)

    names = [*FILMS, *CONVERTED]
    made = await asyncio.gather(*(one(name) for name in names), return_exceptions=True)
    return {name: each for name, each in zip(names, made, strict=True) if isinstance(each, Path | Exception)}


async def _main() -> None:
    with tempfile.TemporaryDirectory() as name:
        for film_name, made in (await make_all(Path(name))).items():
            said = f"{made.stat().st_size:8} bytes" if isinstance(made, Path) else f"FAILED {made}"
            print(f"{film_name:28} {said}")  # noqa: T201


if __name__ == "__main__":
    asyncio.run(_main())
