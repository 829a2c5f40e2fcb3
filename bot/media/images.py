"""Members' pictures made plain: looked at by content, upright, without EXIF, of a bearable size. Knows no job."""

import os
from pathlib import Path
from typing import Literal

from PIL import Image, ImageOps, UnidentifiedImageError

MOST_PIXELS = 50_000_000  # what a phone takes; decoded that is 200 MB for a moment
LONGEST_SIDE_PX = 4096  # more than any provider looks at
_FORMATS = ("PNG", "JPEG", "WEBP")
_MIMES = {"PNG": "image/png", "JPEG": "image/jpeg"}
_JPEG_QUALITY = 92


class UnreadableImage(Exception):
    """`why` is what is wrong with it."""

    def __init__(self, why: Literal["format", "pixels", "moves", "broken"]) -> None:
        self.why = why
        super().__init__(why)


def sanitize_image(path: Path) -> str:
    """Decode a picture and write it anew in its place, as PNG or JPEG; its MIME type.

    What is not a picture fails here, and nothing of the sender's camera, place or software survives.
    Raises NotAPicture, and the file is gone then.
    """
    try:
        return _sanitized(path)
    except UnreadableImage:
        path.unlink(missing_ok=True)
        raise
    except UnidentifiedImageError as error:
        path.unlink(missing_ok=True)
        raise UnreadableImage("format") from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning, MemoryError) as error:
        path.unlink(missing_ok=True)
        raise UnreadableImage("pixels") from error
    except (OSError, ValueError, SyntaxError, EOFError, IndexError, KeyError, TypeError, Warning) as error:
        path.unlink(missing_ok=True)  # what Pillow's readers raise for broken files
        raise UnreadableImage("broken") from error


def _sanitized(path: Path) -> str:
    part = path.with_name(path.name + ".part")
    with Image.open(path, formats=_FORMATS) as picture:
        if picture.width * picture.height > MOST_PIXELS:
            raise UnreadableImage("pixels")
        if getattr(picture, "is_animated", False) and picture.format != "MPO":
            raise UnreadableImage("moves")
        kind = "PNG" if picture.has_transparency_data or picture.format == "PNG" else "JPEG"
        picture.draft("RGB", (LONGEST_SIDE_PX, LONGEST_SIDE_PX))  # a large JPEG is decoded small at once
        upright = ImageOps.exif_transpose(picture)
        clean = upright.convert("RGBA" if upright.has_transparency_data else "RGB")
    clean.thumbnail((LONGEST_SIDE_PX, LONGEST_SIDE_PX), Image.Resampling.LANCZOS)
    clean.info.clear()
    try:
        with part.open("wb") as file:
            if kind == "JPEG":
                clean.save(file, "JPEG", quality=_JPEG_QUALITY)
            else:
                clean.save(file, "PNG")
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return _MIMES[kind]
