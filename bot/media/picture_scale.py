"""Converts a decoded picture to 8-bit sRGB and scales it down, strip by strip, in little memory."""

import io
import math
from collections.abc import Callable

from PIL import Image, ImageChops, ImageCms

MAX_OUTPUT_PIXELS = 4_200_000
MAX_SIDE_PX = 4096  # more than any provider uses
_ROWS = 64


def colour_conversion(profile: bytes | None, mode: str) -> ImageCms.ImageCmsTransform | None:
    """Return the conversion from a picture's own colours to sRGB, or None if it has no profile that can be used."""
    if not profile or mode not in ("RGB", "RGBA", "P", "CMYK"):
        return None
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        colours = "CMYK" if mode == "CMYK" else "RGB"
        return ImageCms.buildTransform(source, ImageCms.createProfile("sRGB"), colours, "RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):
        return None


def _plain(strip: Image.Image, mode: str, to_srgb: ImageCms.ImageCmsTransform | None) -> Image.Image:
    """Return a strip in RGB or RGBA."""
    if strip.mode.startswith("I"):  # 16 bits: converting to 8 would clip instead of scale
        return _plain_16_bits(strip.convert("I"), mode, strip.info.get("transparency"))
    if to_srgb is not None:
        alpha = strip.convert("RGBA").getchannel("A") if mode == "RGBA" else None
        strip = to_srgb.apply(strip if strip.mode == to_srgb.input_mode else strip.convert(to_srgb.input_mode))
        if alpha is not None:
            strip.putalpha(alpha)
    return strip if strip.mode == mode else strip.convert(mode)


def _plain_16_bits(strip: Image.Image, mode: str, transparent: object) -> Image.Image:
    plain = strip.point(lambda value: value * (1 / 256)).convert("L").convert(mode)
    if isinstance(transparent, int):
        above = strip.point(lambda value: value * 1 - transparent).convert("L")
        below = strip.point(lambda value: value * -1 + transparent).convert("L")
        plain.putalpha(ImageChops.add(above, below).point(lambda value: 255 if value else 0))
    return plain


def scale(
    rows: Callable[[int, int], Image.Image],
    size: tuple[int, int],
    mode: str,
    to_srgb: ImageCms.ImageCmsTransform | None,
) -> Image.Image:
    """Return the picture in this mode and at most at the output size. Works in strips, to keep no second copy."""
    shrink = min(1.0, MAX_SIDE_PX / max(size), math.sqrt(MAX_OUTPUT_PIXELS / (size[0] * size[1])))
    width, height = max(1, round(size[0] * shrink)), max(1, round(size[1] * shrink))
    scaled = Image.new(mode, (width, height))
    step = size[1] / height
    margin = math.ceil(3 * step) + 1  # the rows that Lanczos reads beyond a strip
    for top in range(0, height, _ROWS):
        bottom = min(top + _ROWS, height)
        first = max(0, math.floor(top * step) - margin)
        last = min(size[1], math.ceil(bottom * step) + margin)
        strip = _plain(rows(first, last), mode, to_srgb)
        box = (0, top * step - first, size[0], min(bottom * step - first, last - first))
        scaled.paste(strip.resize((width, bottom - top), Image.Resampling.LANCZOS, box), (0, top))
    return scaled
