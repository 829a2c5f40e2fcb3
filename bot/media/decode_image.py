"""Replaces a picture with a plain PNG or JPEG, in little memory. Run as a script under rlimit_exec.py, not imported.

`decode_image.py <picture>` prints one line: the MIME type, or the reason why the picture can't be used and, if there
is one, the limit. The file `<picture>.decoding` exists, locked, while the picture is decoded. If it exists and isn't
locked, the decoder was killed.
"""

import contextlib
import errno
import fcntl
import math
import os
import resource
import sys
from collections.abc import Iterator
from pathlib import Path

from PIL import Image, ImageFile, JpegImagePlugin, PngImagePlugin, UnidentifiedImageError

MAX_JPEG_PIXELS = 50_000_000  # a phone's photo; libjpeg decodes it at a half, a quarter or an eighth of its size
MAX_PNG_PIXELS = 12_600_000  # only decodes at full size, at 4 bytes a pixel
MAX_WEBP_PIXELS = 4_200_000  # Pillow takes 16 bytes a pixel: the animation's two canvases, the frame and the picture
MAX_OUTPUT_PIXELS = 4_200_000
MAX_OUTPUT_BYTES = 3_000_000  # a request holds it about eight times: as base64, as JSON, hashed and sent
MAX_SIDE_PX = 4096  # more than any provider uses
_DECODED_BYTES = 4 * MAX_PNG_PIXELS
_WEBP_BYTES = 72 << 20
_MEMORY_BYTES = 76 << 20  # of address space, in addition to that of the interpreter and Pillow
_ROWS = 64
_JPEG_QUALITY = 92
_FORMATS = ("PNG", "JPEG", "WEBP")
_DISK_ERRORS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EMFILE, errno.ENFILE, errno.EACCES, errno.EIO})
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_ORIENTATION = 0x0112


class Refused(Exception):
    """The picture can't be used. The text is the line to print."""


def _check_pixels(width: int, height: int, limit: int) -> None:
    if width * height > limit:
        raise Refused(f"pixels {limit // 1_000_000}")


def _check_webp(path: Path) -> None:
    """Check the size that a WebP file's header states: opening the file allocates memory for it."""
    with path.open("rb") as file:
        head = file.read(30)
    if head[:4] != b"RIFF" or head[8:12] != b"WEBP" or len(head) < 30:
        return
    match head[12:16]:
        case b"VP8X":
            size = 1 + int.from_bytes(head[24:27], "little"), 1 + int.from_bytes(head[27:30], "little")
        case b"VP8L":
            bits = int.from_bytes(head[21:25], "little")
            size = 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
        case b"VP8 ":
            size = int.from_bytes(head[26:28], "little") & 0x3FFF, int.from_bytes(head[28:30], "little") & 0x3FFF
        case _:
            raise Refused("broken")
    _check_pixels(*size, MAX_WEBP_PIXELS)
    if 16 * size[0] * size[1] + 2 * path.stat().st_size > _WEBP_BYTES:
        raise Refused("memory")


def _check(picture: ImageFile.ImageFile) -> None:
    """Raise Refused if decoding would take too much memory. Choose a smaller scale for a large JPEG."""
    pixels = picture.width * picture.height
    if not isinstance(picture, JpegImagePlugin.JpegImageFile):
        _check_pixels(*picture.size, MAX_PNG_PIXELS)
        return
    _check_pixels(*picture.size, MAX_JPEG_PIXELS)
    # The coefficients of a progressive JPEG stay in memory, 2 bytes each, for the whole picture.
    sampling = [(across, down) for _, across, down, _ in picture.layer]
    most = max(across for across, _ in sampling) * max(down for _, down in sampling)
    samples = pixels * sum(across * down for across, down in sampling) // most
    kept = 2 * samples if picture.info.get("progressive") else 0
    for scale in (1, 2, 4, 8):
        if kept + 4 * pixels // scale**2 <= _DECODED_BYTES:
            picture.draft(picture.mode, (picture.width // scale, picture.height // scale))
            return
    raise Refused("memory")


def _plain(strip: Image.Image, mode: str) -> Image.Image:
    if strip.mode.startswith("I"):  # 16 bits: converting to 8 would clip instead of scale
        strip = strip.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    return strip if strip.mode == mode else strip.convert(mode)


def _scale(picture: Image.Image, mode: str) -> Image.Image:
    """Return the picture in this mode and at most at the output size. Works in strips, to keep no second copy."""
    shrink = min(1.0, MAX_SIDE_PX / max(picture.size), math.sqrt(MAX_OUTPUT_PIXELS / (picture.width * picture.height)))
    width, height = max(1, round(picture.width * shrink)), max(1, round(picture.height * shrink))
    scaled = Image.new(mode, (width, height))
    step = picture.height / height
    margin = math.ceil(3 * step) + 1  # the rows that Lanczos reads beyond a strip
    for top in range(0, height, _ROWS):
        bottom = min(top + _ROWS, height)
        first = max(0, math.floor(top * step) - margin)
        last = min(picture.height, math.ceil(bottom * step) + margin)
        strip = _plain(picture.crop((0, first, picture.width, last)), mode)
        box = (0, top * step - first, picture.width, min(bottom * step - first, last - first))
        scaled.paste(strip.resize((width, bottom - top), Image.Resampling.LANCZOS, box), (0, top))
    return scaled


def decode(path: Path) -> str:
    """Replace the file. Return its MIME type, or raise Refused or any error of Pillow."""
    _check_webp(path)
    with Image.open(path, formats=_FORMATS) as picture:
        if getattr(picture, "is_animated", False) and picture.format != "MPO":
            raise Refused("animated")
        _check(picture)
        transparent = picture.has_transparency_data and not picture.mode.startswith("I")
        file_format = "PNG" if transparent or picture.format == "PNG" else "JPEG"
        turn = _UPRIGHT.get(picture.getexif().get(_ORIENTATION, 1))
        picture.load()
        vars(picture).pop("_decoder", None)  # WebP: frees the canvases, which Pillow keeps for a next frame
        clean = _scale(picture, "RGBA" if transparent else "RGB")
    del picture
    if turn is not None:
        clean = clean.transpose(turn)
    clean.info.clear()
    temporary = path.with_name(path.name + ".part")
    try:
        while (size_bytes := _save(clean, file_format, temporary)) > MAX_OUTPUT_BYTES:
            if file_format == "PNG" and not transparent:
                file_format = "JPEG"
                continue
            shrink = 0.9 * math.sqrt(MAX_OUTPUT_BYTES / size_bytes)
            clean = clean.resize((max(1, int(clean.width * shrink)), max(1, int(clean.height * shrink))))
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    return Image.MIME[file_format]


def _save(picture: Image.Image, file_format: str, into: Path) -> int:
    """Write and fsync the file. Return its size in bytes."""
    with into.open("wb") as file:
        picture.save(file, file_format, **({"quality": _JPEG_QUALITY} if file_format == "JPEG" else {}))
        file.flush()
        os.fsync(file.fileno())
        return file.tell()


@contextlib.contextmanager
def _mark(mark: Path) -> Iterator[None]:
    """Keep the mark on disk, and locked, while the block runs. It stays if the process is killed."""
    handle = os.open(mark, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
    fcntl.flock(handle, fcntl.LOCK_EX)
    folder = os.open(mark.parent, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)
    try:
        yield
    finally:
        mark.unlink(missing_ok=True)
        os.close(handle)


def _limit_memory() -> None:
    """Lower the limit to what is in use now and the memory for one picture."""
    with contextlib.suppress(OSError, ValueError):  # no /proc: the limit of rlimit_exec.py stays
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        limit = pages * resource.getpagesize() + _MEMORY_BYTES
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def main(path: Path) -> str:
    Image.MAX_IMAGE_PIXELS = None  # checked here, by format
    PngImagePlugin.MAX_TEXT_MEMORY = PngImagePlugin.MAX_TEXT_CHUNK
    _limit_memory()
    try:
        with _mark(path.with_name(path.name + ".decoding")):
            return decode(path)
    except Refused as refused:
        return str(refused)
    except UnidentifiedImageError:
        return "format"
    except MemoryError:
        return "memory"
    except Exception as error:  # noqa: BLE001
        # Pillow raises almost any exception for broken files.
        if isinstance(error, OSError) and error.errno == errno.EFBIG:
            return "memory"
        return "disk" if isinstance(error, OSError) and error.errno in _DISK_ERRORS else "broken"


if __name__ == "__main__":
    sys.stdout.write(main(Path(sys.argv[1])))
