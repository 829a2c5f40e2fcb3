"""Replaces a picture with a plain PNG or JPEG, in little memory. Runs in a process of its own, under rlimit_exec.py.

`main` prints one line: the MIME type, width and height, or the reason why the picture can't be used and, if there is
one, the limit. The file `<picture>.decoding` exists, locked, while the picture is decoded. If it exists and isn't
locked, the decoder was killed.
"""

import contextlib
import errno
import fcntl
import importlib
import math
import os
import resource
import signal
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from PIL import Image, ImageFile, JpegImagePlugin, PngImagePlugin, UnidentifiedImageError

from bot.media.picture_scale import colour_conversion, scale

MAX_JPEG_PIXELS = 50_000_000  # a phone's photo; libjpeg decodes it at a half, a quarter or an eighth of its size
MAX_PNG_PIXELS = 12_600_000  # only decodes at full size, at 4 bytes a pixel
MAX_WEBP_PIXELS = 4_200_000  # Pillow takes 16 bytes a pixel: the animation's two canvases, the frame and the picture
MAX_HEIF_PIXELS = 12_600_000  # a phone's photo: its planes take 1.5 bytes a pixel, and the strips come from 3 more
MAX_AVIF_PIXELS = 6_300_000  # Pillow takes 9 bytes a pixel: the planes, two copies as RGB, and the picture
MAX_OUTPUT_BYTES = 3_000_000  # a request holds it about eight times: as base64, as JSON, hashed and sent
_DECODED_BYTES = 4 * MAX_PNG_PIXELS
_WEBP_BYTES = 72 << 20
_MEMORY_BYTES = 76 << 20  # of address space, in addition to that of the interpreter and Pillow
_JPEG_QUALITY = 92
_FORMATS = ("PNG", "JPEG", "WEBP", "AVIF")
_HEIF_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"mif1"})
_BRAND_BYTES = 64
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


# The picture at most at the output size, the format to save it in, and how to turn it.
Reader = Callable[[Path], tuple[Image.Image, str, Image.Transpose | None]]


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
        _check_pixels(*picture.size, MAX_AVIF_PIXELS if picture.format == "AVIF" else MAX_PNG_PIXELS)
        return
    _check_pixels(*picture.size, MAX_JPEG_PIXELS)
    # The coefficients of a progressive JPEG stay in memory, 2 bytes each, for the whole picture.
    sampling = [(across, down) for _, across, down, _ in picture.layer]
    most = max(across for across, _ in sampling) * max(down for _, down in sampling)
    samples = pixels * sum(across * down for across, down in sampling) // most
    kept = 2 * samples if picture.info.get("progressive") else 0
    for divisor in (1, 2, 4, 8):
        if kept + 4 * pixels // divisor**2 <= _DECODED_BYTES:
            picture.draft(picture.mode, (picture.width // divisor, picture.height // divisor))
            return
    raise Refused("memory")


def _brands(path: Path) -> frozenset[bytes]:
    """Return the brands of a HEIF or AVIF file; none for other files. Source: ISO/IEC 23008-12, 10.2."""
    with path.open("rb") as file:
        head = file.read(_BRAND_BYTES)
    if head[4:8] != b"ftyp":
        return frozenset()
    end = min(int.from_bytes(head[:4], "big"), len(head))
    return frozenset({head[8:12], *(head[at : at + 4] for at in range(16, end, 4))})


def _reader_of(path: Path) -> Reader:
    """Return the function that reads this picture. Load what it needs, before the limit of memory applies."""
    brands = _brands(path)
    if b"avif" in brands:
        vars(importlib.import_module("PIL.AvifImagePlugin"))["DEFAULT_MAX_THREADS"] = 1
    elif not _HEIF_BRANDS.isdisjoint(brands):
        heif = importlib.import_module("bot.media.heif")
        return partial(heif.read_heif, check=partial(_check_pixels, limit=MAX_HEIF_PIXELS))
    return _read


def _read(path: Path) -> tuple[Image.Image, str, Image.Transpose | None]:
    """Return a picture of any other format, at most at the output size, the format to save it in, and how to turn it.

    The caller turns it: here the source would still be in memory.
    """
    with Image.open(path, formats=_FORMATS) as picture:
        if getattr(picture, "is_animated", False) and picture.format != "MPO":
            raise Refused("animated")
        _check(picture)
        transparent = picture.has_transparency_data
        file_format = "PNG" if transparent or picture.format == "PNG" else "JPEG"
        turn = _UPRIGHT.get(picture.getexif().get(_ORIENTATION, 1))
        to_srgb = colour_conversion(picture.info.get("icc_profile"), picture.mode)
        picture.load()
        vars(picture).pop("_decoder", None)  # WebP: frees the canvases, which Pillow keeps for a next frame
        mode, width = "RGBA" if transparent else "RGB", picture.width
        clean = scale(lambda first, last: picture.crop((0, first, width, last)), picture.size, mode, to_srgb)
    return clean, file_format, turn


def decode(path: Path, read: Reader) -> str:
    """Replace the file. Return its MIME type, width and height, or raise Refused or any error of Pillow."""
    _check_webp(path)
    clean, file_format, turn = read(path)
    if turn is not None:
        clean = clean.transpose(turn)
    clean.info.clear()
    temporary = path.with_name(path.name + ".part")
    try:
        while (size_bytes := _save(clean, file_format, temporary)) > MAX_OUTPUT_BYTES:
            if file_format == "PNG" and clean.mode == "RGB":
                file_format = "JPEG"
                continue
            shrink = 0.9 * math.sqrt(MAX_OUTPUT_BYTES / size_bytes)
            clean = clean.resize((max(1, int(clean.width * shrink)), max(1, int(clean.height * shrink))))
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    return f"{Image.MIME[file_format]} {clean.width} {clean.height}"


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


def _decode_and_explain(path: Path) -> str:
    Image.MAX_IMAGE_PIXELS = None  # checked here, by format
    PngImagePlugin.MAX_TEXT_MEMORY = PngImagePlugin.MAX_TEXT_CHUNK
    read = _reader_of(path)
    _limit_memory()
    try:
        with _mark(path.with_name(path.name + ".decoding")):
            return decode(path, read)
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


def main(path: str) -> None:
    """Decode a picture and print the line. Limits the memory of this process.

    A service manager sends SIGTERM to the bot's children too. The bot then ends this process itself and removes the
    mark; a killed decoder would look as if the picture had been too much for it.
    """
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sys.stdout.write(_decode_and_explain(Path(path)))
