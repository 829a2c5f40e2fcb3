"""What a player shows of a clip: size, times, pictures and sound, read with ffmpeg's own decoding and edit lists."""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from bot.sandbox.ffmpeg import run

CELLS = (12, 8)  # a picture is compared as this many cells of averaged colour
_HD_HEIGHT = 720
_PICTURE = re.compile(
    r"showinfo.*? pts_time:(\S+) +duration: *\S+ duration_time:(\S+) .*?sar:(\d+)/(\d+) s:(\d+)x(\d+)"
)
_SPACE = re.compile(r"showinfo.*?color_range:(\S+) color_space:(\S+) color_primaries:(\S+) color_trc:(\S+)")
_SOUND_HZ = 8000
_READINGS = 5  # ffmpeg's threads write a picture's line in pieces, and another thread's warning may come between them
Cells = Sequence[tuple[int, int, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """`starts_s`: when each picture appears. `ends_s`: when the last one is over. `sound_s`: when the sound is over."""

    width: int
    height: int
    starts_s: Sequence[float]
    ends_s: float
    sound_s: float
    pictures: Sequence[Cells]
    tags: tuple[str, str, str, str]

    @property
    def total_s(self) -> float:
        return max(self.ends_s, self.sound_s)

    def at(self, time_s: float) -> Cells:
        """Return the picture that is shown at a time."""
        index = max((n for n, start_s in enumerate(self.starts_s) if start_s <= time_s + 1e-3), default=0)
        return self.pictures[index]


async def play(clip: Path, folder: Path, matrix: str = "auto") -> Shown:
    """Decode a clip as far as it can be played. Raise ClipError if it can't be.

    Untagged colours are BT.601, as ffmpeg takes them, or BT.709 from 720 lines on.
    """
    raw, wave = folder / "pictures.rgb", folder / "sound.raw"
    exact = f"flags=bicubic+full_chroma_int+full_chroma_inp+accurate_rnd:in_color_matrix={matrix}"
    cells = f"showinfo,scale=iw:ih:{exact},format=rgb24,scale={CELLS[0]}:{CELLS[1]}:flags=area"
    pictures = ["-map", "0:V:0", "-vf", cells, "-fps_mode", "passthrough", "-f", "rawvideo", str(raw)]
    sound = ["-map", "0:a:0?", "-af", "aresample=async=1:first_pts=0", "-ac", "1", "-ar", str(_SOUND_HZ), "-f", "s16le"]
    has_sound = "Audio:" in await run(["-i", str(clip)], may_fail=True)
    command = ["-y", "-nostats", "-i", str(clip), *pictures, *([*sound, str(wave)] if has_sound else [])]
    frame_bytes = 3 * CELLS[0] * CELLS[1]
    for _ in range(_READINGS):
        output = await run(command)
        shown, data = _PICTURE.findall(output), await asyncio.to_thread(raw.read_bytes)
        if len(shown) * frame_bytes == len(data):
            break
    assert len(shown) * frame_bytes == len(data), output
    across, down, width, height = (int(text) for text in shown[0][2:])
    if across > down > 0:
        width = round(width * across / down)
    elif down > across > 0:
        height = round(height * down / across)
    found = _SPACE.search(output)
    tags = (found[1], found[2], found[3], found[4]) if found else ("unknown", "unknown", "unknown", "unknown")
    if tags[1] == "unknown" and height >= _HD_HEIGHT and matrix == "auto":
        return await play(clip, folder, "bt709")
    return Shown(
        width=width, height=height, starts_s=[float(each[0]) for each in shown],
        ends_s=float(shown[-1][0]) + float(shown[-1][1]),
        sound_s=(await asyncio.to_thread(wave.stat)).st_size / 2 / _SOUND_HZ if has_sound else 0.0,
        pictures=[_cells(data[at : at + frame_bytes]) for at in range(0, len(data), frame_bytes)], tags=tags,
    )  # fmt: skip


def still(path: Path) -> tuple[tuple[int, int], Cells]:
    """Return a still picture's size and cells."""
    with Image.open(path) as picture:
        return picture.size, _cells(picture.convert("RGB").resize(CELLS, Image.Resampling.BOX).tobytes())


def _cells(data: bytes) -> Cells:
    return [(data[at], data[at + 1], data[at + 2]) for at in range(0, len(data), 3)]


def difference(one: Cells, other: Cells) -> int:
    """Return the largest difference of a cell, of 255."""
    return max(abs(a - b) for left, right in zip(one, other, strict=True) for a, b in zip(left, right, strict=True))
