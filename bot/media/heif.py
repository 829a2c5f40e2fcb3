"""Reads HEIF pictures strip by strip: the whole picture exists as raw bytes only. Imported for HEIF files only."""

from collections.abc import Callable
from pathlib import Path

import pillow_heif
from PIL import Image

from bot.media.picture_scale import colour_conversion, scale


def read_heif(path: Path, check: Callable[[int, int], None]) -> tuple[Image.Image, str, None]:
    """Return a picture, upright and at most at the output size, and the format to save it in.

    `check` is called with its width and height before it is decoded. Raise ValueError, OSError or RuntimeError if it is
    broken.
    """
    pillow_heif.options.DECODE_THREADS = 1
    picture = pillow_heif.open_heif(path, convert_hdr_to_8bit=True, remove_stride=False)
    width, height = picture.size
    check(width, height)
    data, stride, mode = picture.data, picture.stride, picture.mode

    def rows(first: int, last: int) -> Image.Image:
        strip = bytes(memoryview(data)[first * stride : last * stride])
        return Image.frombuffer(mode, (width, last - first), strip, "raw", mode, stride, 1)

    to_srgb = colour_conversion(picture.info.get("icc_profile"), mode)
    clean = scale(rows, (width, height), "RGBA" if picture.has_alpha else "RGB", to_srgb)
    return clean, "PNG" if picture.has_alpha else "JPEG", None
