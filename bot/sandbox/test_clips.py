"""Make small H.264 clips with ffmpeg and read their properties."""

import asyncio
import hashlib
import os
import re
import shutil
import tempfile
import textwrap
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from PIL import Image, ImageDraw, ImageFont

from bot.sandbox.ffmpeg import ClipError, ClipFacts, probe, run, turn

__all__ = ["ClipError", "ClipFacts", "ClipSpec", "cache_folder", "heavy", "padded", "probe", "render"]

CAPTION_SHARE = 0.26  # the strip below the picture; a remix cuts it off and writes its own
RECIPE = "2"  # part of every cache key: raise it when the look changes
GRADIENT = "gradients=s={half}:r={fps}:speed=0.03:n=3:seed={seed}:c0={a}:c1={b}:c2={c}:type="
PATTERNS = (
    *(f"{GRADIENT}{shape},scale={{size}}" for shape in ("linear", "radial", "circular", "spiral")),
    "sierpinski=s={size}:r={fps}:seed={seed}:jump=60,format=gbrp,"
    "lutrgb=r=40+val*{red}:g=30+val*{green}:b=60+val*{blue}",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipSpec:
    """What to film. A remix or extension needs `source`; `lineage` is its ancestors' prompts, nearest first.

    `seconds` is the clip's length, for an extension what is added; None is 8 s, or the source's own length.
    """

    prompt: str
    kind: Literal["create", "remix", "extend"] = "create"
    aspect: str = "16:9"  # also "1280x720"
    seconds: float | None = None
    long_side_px: int = 480
    fps: int = 12
    audio: bool = True
    source: Path | None = None
    picture: Path | None = None  # a still image to start from
    lineage: tuple[str, ...] = ()
    look: str = field(default="", repr=False)  # another look of the same prompt

    @property
    def size(self) -> tuple[int, int]:
        wide, high = (float(n) for n in re.split("[:x]", self.aspect))
        scale = self.long_side_px / max(wide, high)
        return even(wide * scale), even(high * scale)


def even(length: float) -> int:
    return max(2, round(length / 2) * 2)


def one_line(text: str, limit: int = 300) -> str:
    """Printable, unbroken, and safe as a process argument."""
    printable = "".join(c if c.isprintable() else " " for c in text)
    return " ".join(printable.encode("utf-8", "replace").decode().split())[:limit]


def lineage_line(spec: ClipSpec) -> str:
    if not spec.lineage:
        return ""
    names = " of ".join(f"“{textwrap.shorten(one_line(p), 32, placeholder='…')}”" for p in spec.lineage)
    return f"{spec.kind} of {names}"


async def render(spec: ClipSpec, *, cache: Path | None = None) -> Path:
    """The clip for this spec, from the cache if the same one was rendered before."""
    folder = cache_folder(cache)
    return await asyncio.to_thread(_cached, spec, folder, None) or await _rendered(spec, folder)


async def _rendered(spec: ClipSpec, folder: Path) -> Path:
    async with turn():
        if hit := await asyncio.to_thread(_cached, spec, folder, None):
            return hit
        with tempfile.TemporaryDirectory(prefix="retake-film-") as name:
            caption, made = Path(name, "caption.png"), Path(name, "film.mp4")
            await asyncio.to_thread(draw_caption, spec, caption)
            await run(["-y", *_arguments(spec, caption, await _length_s(spec)), str(made)])
            place = await asyncio.to_thread(_cached, spec, folder, made)
    if place is None:
        raise ClipError("the clip vanished")
    return place


def _cached(spec: ClipSpec, folder: Path, made: Path | None) -> Path | None:
    """The clip's place in the cache, once something is there; `made` is moved in."""
    digest = hashlib.sha256(repr((RECIPE, spec)).encode("utf-8", "replace") + spec.look.encode())
    for part in (spec.source, spec.picture):
        digest.update(part.read_bytes() if part is not None else b"-")
    place = folder / f"{digest.hexdigest()[:32]}.mp4"
    if made is not None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        landing = place.with_suffix(f".{os.getpid()}.{id(made)}.part")
        shutil.copyfile(made, landing)
        landing.replace(place)
    return place if place.exists() else None


def cache_folder(chosen: Path | None = None) -> Path:
    """Return the folder that holds clips between runs, one per user of the machine."""
    return chosen or Path(tempfile.gettempdir(), f"retake-films-{os.getuid()}")


def draw_caption(spec: ClipSpec, to: Path) -> None:
    """The strip with the prompt and, for a derived clip, the line that says from what."""
    width, height = spec.size
    strip = even(height * CAPTION_SHARE)
    image = Image.new("RGB", (width, strip), "#101418")
    draw = ImageDraw.Draw(image)
    size = max(8, min(strip // 4, width // 14))
    large, small = ImageFont.load_default(size), ImageFont.load_default(max(7, round(size * 0.8)))
    columns = max(8, int(width / (size * 0.5)))
    y = size * 0.25
    for line in textwrap.wrap(one_line(spec.prompt), columns, max_lines=2, placeholder="…"):
        draw.text((size * 0.5, y), line, font=large, fill="#f2f4f6")
        y += size * 1.2
    if derived := lineage_line(spec):
        line = textwrap.shorten(derived, int(columns * 1.25), placeholder="…")
        draw.text((size * 0.5, strip - size * 1.25), line, font=small, fill="#ffb454")
    image.save(to)


async def _length_s(spec: ClipSpec) -> float:
    """Told to ffmpeg outright: its own "as long as the shortest stream" is a matter of luck."""
    if spec.source is None or (spec.kind == "remix" and spec.seconds is not None):
        return spec.seconds or 8.0
    whole_s = (await probe(spec.source)).duration_s
    return whole_s + (spec.seconds or 6.0) if spec.kind == "extend" else whole_s


def _arguments(spec: ClipSpec, caption: Path, length_s: float) -> list[str]:
    """The whole command: input 0 is the picture, 1 the caption, 2 the tone."""
    tone = 180 + int.from_bytes(hashlib.sha256(one_line(spec.prompt).encode()).digest()[8:10], "big") % 360
    inputs = [*_picture_input(spec), "-i", str(caption)]
    if spec.audio:
        inputs += ["-f", "lavfi", "-i", f"sine=frequency={tone}:sample_rate=24000,volume=0.06"]
    sound = ["-map", "2:a", "-c:a", "aac", "-b:a", "32k"] if spec.audio else []
    names = ["-metadata", f"title={one_line(spec.prompt)}", "-metadata", f"comment={lineage_line(spec)}"]
    codec = ["-c:v", "libx264", "-preset", "ultrafast", "-crf", "30", "-pix_fmt", "yuv420p", "-threads", "2"]
    graph = ["-filter_complex", _graph(spec), "-map", "[out]", "-r", str(spec.fps)]
    return [
        *inputs,
        *graph,
        *sound,
        *codec,
        "-t",
        f"{length_s:.3f}",
        *names,
        "-threads",
        "2",
        "-movflags",
        "+faststart",
    ]


def _picture_input(spec: ClipSpec) -> list[str]:
    if spec.source is not None:
        loop = ["-stream_loop", "-1"] if spec.kind == "remix" and spec.seconds is not None else []
        return [*loop, "-i", str(spec.source)]
    if spec.picture is not None:
        return ["-loop", "1", "-framerate", str(spec.fps), "-i", str(spec.picture)]
    seed = hashlib.sha256((one_line(spec.prompt) + spec.look).encode()).digest()
    width, height = spec.size
    rest = height - even(height * CAPTION_SHARE)
    pattern = PATTERNS[seed[0] % len(PATTERNS)].format(
        size=f"{width}x{rest}",
        half=f"{even(width / 2)}x{even(rest / 2)}",
        fps=spec.fps,
        seed=int.from_bytes(seed[1:4], "big"),
        red=seed[5] / 300,
        green=seed[6] / 300,
        blue=seed[7] / 300,
        a=f"0x{seed[5:8].hex()}",
        b=f"0x{seed[8:11].hex()}",
        c=f"0x{seed[11:14].hex()}",
    )
    return ["-f", "lavfi", "-i", pattern]


def _graph(spec: ClipSpec) -> str:
    width, height = spec.size
    rest = height - even(height * CAPTION_SHARE)
    fill = f"scale={width}:{rest}:force_original_aspect_ratio=increase,crop={width}:{rest},setsar=1"
    under = f"pad={width}:{height}:0:0[full];[full][1:v]overlay=0:{rest}"
    frame = f"fps={spec.fps}"
    if spec.kind == "create" or spec.source is None:
        moving = "hue=H=0.3*sin(t):s=1.1" if spec.picture else "null"
        return f"[0:v]{frame},{fill},{moving},{under}[out]"
    above = f"crop=iw:floor(ih*{1 - CAPTION_SHARE}/2)*2:0:0"
    if spec.kind == "remix":
        return f"[0:v]{frame},{above},{fill},hflip,hue=h=110:s=1.3,{under}[out]"
    added = spec.seconds or 6.0
    whole = f"scale={width}:{height}:force_original_aspect_ratio=increase,crop={width}:{height},setsar=1"
    tail = f"reverse,tpad=stop_mode=clone:stop=-1,trim=duration={added},setpts=PTS-STARTPTS,hue=H=t/3"
    return (
        f"[0:v]{frame},split[a][b];[a]{whole},format=yuv420p[first];"
        f"[b]{above},{fill},{tail},{under},format=yuv420p[then];[first][then]concat=n=2:v=1[out]"
    )


def padded(film: bytes, size_bytes: int) -> bytes:
    """The same film, grown to exactly this size by an empty box: big to carry, trivial to shrink."""
    room = size_bytes - len(film)
    if room < 8:
        raise ValueError("already that big")
    return film + room.to_bytes(4, "big") + b"free" + bytes(room - 8)


async def heavy(megabytes: float, *, seconds: float = 6.0, cache: Path | None = None) -> Path:
    """A clip of about this size, filled with noise: only encoding it again makes it smaller."""
    folder = cache_folder(cache)
    place = folder / f"heavy-{megabytes}-{seconds}.mp4"
    if await asyncio.to_thread(place.exists):
        return place
    await asyncio.to_thread(folder.mkdir, 0o700, True, True)
    rate = f"{int(megabytes * 8000 / seconds)}k"
    picture = "testsrc2=s=640x360:r=24,noise=alls=90:allf=t"
    part = place.with_suffix(f".{os.getpid()}.mp4")
    async with turn():
        await run(
            [
                *("-y", "-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", "sine=frequency=300,volume=0.06"),
                *("-t", str(seconds), "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"),
                *("-b:v", rate, "-minrate", rate, "-maxrate", rate, "-bufsize", rate, "-c:a", "aac"),
                str(part),
            ]
        )
    await asyncio.to_thread(part.replace, place)
    return place
