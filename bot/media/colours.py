"""Finds out how a player shows a clip's picture, and builds the ffmpeg filters that keep it so in a copy."""

import re
from dataclasses import dataclass
from pathlib import Path

from bot.media.ffmpeg import FfmpegFailed, run

PROBE_TIMEOUT_S = 30.0
PROBE_MEMORY_BYTES = 1 << 30  # of address space; a frame of an 8K clip takes 400 MiB of RAM
_HDR = frozenset({"smpte2084", "arib-std-b67"})  # PQ and HLG
_KEPT_MATRICES = frozenset({"bt709", "smpte170m", "bt470bg"})
_HD_HEIGHT = 720  # players take untagged colours for BT.709 from this height on, and for BT.601 below
_WHITE_NITS = 203  # of an HDR picture, shown as SDR white. Source: ITU-R BT.2408
# Up to 60 % of white as it is, and 1000 nits as white.
_TONE_MAP = f"tonemap=mobius:desat=0:param=0.6:peak={1000 / _WHITE_NITS:.2f}"
_MAX_SIDE_PX = 16_384
_FRAME = re.compile(r"^\[Parsed_showinfo_0 @ .*? fmt:(\S+) .*?sar:(\d+)/(\d+) s:(\d+)x(\d+) ", re.M)
_COLOURS = re.compile(
    r"^\[Parsed_showinfo_0 @ [^]]*\] *color_range:(\S+) color_space:(\S+) color_primaries:(\S+) color_trc:(\S+)", re.M
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How a player shows the picture: its size in square pixels, upright, and the colours by ffmpeg's names."""

    width: int
    height: int
    pixel_format: str = "yuv420p"
    full_range: bool | None = None
    matrix: str = "unknown"
    primaries: str = "unknown"
    transfer: str = "unknown"

    @property
    def is_hdr(self) -> bool:
        return self.transfer in _HDR

    @property
    def is_wide(self) -> bool:
        """Return whether an SDR screen can't show the colours as they are stored."""
        return self.is_hdr or self.primaries == "bt2020"

    @property
    def source_matrix(self) -> str:
        """Return the matrix that players use, which they guess if the clip doesn't state it."""
        if self.matrix != "unknown":
            return self.matrix
        if self.is_wide:
            return "bt2020nc"
        return "bt709" if self.height >= _HD_HEIGHT else "smpte170m"

    @property
    def copy_matrix(self) -> str:
        return self.source_matrix if self.source_matrix in _KEPT_MATRICES and not self.is_wide else "bt709"

    def fitted(self, short_px: int) -> tuple[int, int]:
        """Return the size with this short side, in even numbers: 4:2:0 needs them."""
        short, long = sorted((self.width, self.height))
        across = max(2, round(long * short_px / short / 2) * 2)
        down = max(2, short_px // 2 * 2)
        return (across, down) if self.width >= self.height else (down, across)


async def probe(clip: Path, container: str = "mov") -> Look:
    """Read how the first picture is shown. Raise FfmpegFailed."""
    only_first = ["-map", "0:V:0", "-frames:v", "1", "-vf", "showinfo", "-f", "null", "-"]
    output = await run(
        ["-threads", "1", "-i", str(clip), *only_first],
        timeout_s=PROBE_TIMEOUT_S, container=container, memory_bytes=PROBE_MEMORY_BYTES,
    )  # fmt: skip
    frame, colours = _FRAME.search(output), _COLOURS.search(output)
    if frame is None:
        raise FfmpegFailed("it has no picture")
    across, down, width, height = (int(text) for text in frame.groups()[1:])
    if across > down > 0:
        width = round(width * across / down)
    elif down > across > 0:
        height = round(height * down / across)
    if not (0 < width <= _MAX_SIDE_PX and 0 < height <= _MAX_SIDE_PX):
        raise FfmpegFailed("its picture has no usable size")
    colour_range, matrix, primaries, transfer = colours.groups() if colours else ("unknown",) * 4
    return Look(
        width=width, height=height, pixel_format=frame[1], matrix=matrix, primaries=primaries, transfer=transfer,
        full_range={"pc": True, "tv": False}.get(colour_range),
    )  # fmt: skip


def video_filters(look: Look, size: tuple[int, int], *, matrix: str | None = None) -> str:
    """Return the filters for 8-bit 4:2:0 SDR of this size, with colours that are what their tags say.

    `matrix` is the one to convert to, so that all parts of a clip have the same; by default it's kept if it can be.
    """
    width, height = size
    matrix = matrix or look.copy_matrix
    if look.is_wide:
        chain = [f"scale={width}:{height}:flags=bicubic", *_to_bt709(look), "format=yuv420p"]
        primaries, transfer = "bt709", "bt709"
    else:
        chain = [
            f"scale={width}:{height}:flags=bicubic{_input_colours(look)}:out_color_matrix={matrix}:out_range=limited",
            "format=yuv420p",
        ]
        primaries = matrix if look.primaries == "unknown" else look.primaries
        transfer = ("bt709" if matrix == "bt709" else "smpte170m") if look.transfer == "unknown" else look.transfer
    tags = f"setparams=range=limited:color_primaries={primaries}:color_trc={transfer}:colorspace={matrix}"
    return ",".join([*chain, "setsar=1", tags])


def picture_filters(look: Look, size: tuple[int, int], *, jpeg: bool) -> str:
    """Return the filters for a still picture of this size, in sRGB."""
    width, height = size
    chain = [f"scale={width}:{height}:flags=bicubic"]
    if look.is_wide:
        chain += [*_to_bt709(look), "format=yuv444p", "scale=in_color_matrix=bt709:in_range=limited"]
    else:
        chain[0] += _input_colours(look)
    # A JPEG has no tag for its matrix: it is BT.601 and uses the full range.
    last = ["scale=out_color_matrix=smpte170m:out_range=full", "format=yuvj420p"] if jpeg else []
    return ",".join([*chain, "format=rgb24", *last, "setsar=1"])


def _input_colours(look: Look) -> str:
    matrix = "" if look.source_matrix in ("gbr", "unknown") else f":in_color_matrix={_scale_name(look.source_matrix)}"
    return matrix + {True: ":in_range=full", False: ":in_range=limited", None: ""}[look.full_range]


def _scale_name(matrix: str) -> str:
    """Return the name that the scale filter has for a matrix, or `auto`."""
    known = {"bt2020nc": "bt2020", "bt2020c": "bt2020", "fcc": "fcc", "smpte240m": "smpte240m"}
    return matrix if matrix in _KEPT_MATRICES else known.get(matrix, "auto")


def _to_bt709(look: Look) -> list[str]:
    """Return the filters that map HDR or wide colours to those of an SDR screen."""
    transfer = look.transfer if look.transfer != "unknown" else "bt709"
    primaries = look.primaries if look.primaries != "unknown" else "bt2020"
    source = f"min={look.source_matrix}:pin={primaries}:tin={transfer}:rin={'full' if look.full_range else 'limited'}"
    tone_map = [_TONE_MAP] if look.is_hdr else []
    return [
        f"zscale={source}:t=linear:npl={_WHITE_NITS}",
        "format=gbrpf32le",
        "zscale=p=bt709",
        *tone_map,
        "zscale=t=bt709:m=bt709:r=limited",
    ]
