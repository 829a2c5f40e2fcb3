"""Sanitizes members' pictures: detects the format by content, rotates, strips metadata and limits the size."""

import os
from pathlib import Path
from typing import Literal

from PIL import Image, ImageOps, UnidentifiedImageError

MAX_PIXELS = 50_000_000  # the size of a phone's photo; decoding it briefly takes 200 MB
MAX_SIDE_PX = 4096  # more than any provider uses
_FORMATS = ("PNG", "JPEG", "WEBP")
_MIMES = {"PNG": "image/png", "JPEG": "image/jpeg"}
_JPEG_QUALITY = 92


class UnreadableImage(Exception):
    """The picture can't be used."""

    def __init__(self, reason: Literal["format", "pixels", "animated", "broken"]) -> None:
        self.reason = reason
        super().__init__(reason)


def sanitize_image(path: Path) -> str:
    """Decode a picture and replace the file with a new PNG or JPEG. Return its MIME type.

    Removes all metadata about the sender's camera, location and software.
    Raise UnreadableImage and delete the file if it isn't a usable picture.
    """
    try:
        return _sanitize(path)
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
        path.unlink(missing_ok=True)  # Pillow raises any of these for broken files
        raise UnreadableImage("broken") from error


def _sanitize(path: Path) -> str:
    temporary = path.with_name(path.name + ".part")
    with Image.open(path, formats=_FORMATS) as picture:
        if picture.width * picture.height > MAX_PIXELS:
            raise UnreadableImage("pixels")
        if getattr(picture, "is_animated", False) and picture.format != "MPO":
            raise UnreadableImage("animated")
        file_format = "PNG" if picture.has_transparency_data or picture.format == "PNG" else "JPEG"
        picture.draft("RGB", (MAX_SIDE_PX, MAX_SIDE_PX))  # decodes a large JPEG at a reduced size
        upright = ImageOps.exif_transpose(picture)
        clean = upright.convert("RGBA" if upright.has_transparency_data else "RGB")
    clean.thumbnail((MAX_SIDE_PX, MAX_SIDE_PX), Image.Resampling.LANCZOS)
    clean.info.clear()
    try:
        with temporary.open("wb") as file:
            if file_format == "JPEG":
                clean.save(file, "JPEG", quality=_JPEG_QUALITY)
            else:
                clean.save(file, "PNG")
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    return _MIMES[file_format]
