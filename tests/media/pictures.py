"""Pictures in every mode that PNG, JPEG, WebP, AVIF and HEIC have, and what a viewer shows of each."""

import io
import struct
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pillow_heif
from PIL import Image, ImageCms

SIDE_PX = 64
Pixel = tuple[int, int, int, int]
_RED, _TEAL, _GREY = (230, 40, 30), (20, 130, 120), (128, 128, 128)
_BIT_DEPTHS = (1, 2, 4, 8, 16)
pillow_heif.register_heif_opener()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A picture as bytes, and the colour with alpha of its left and its right half. `tolerance`: per channel."""

    data: bytes
    left: Pixel
    right: Pixel
    tolerance: int = 2


def encoded(picture: Image.Image, form: str, **options: object) -> bytes:
    file = io.BytesIO()
    picture.save(file, form, **options)
    return file.getvalue()


def halves(mode: str, left: object, right: object) -> Image.Image:
    picture = Image.new(mode, (SIDE_PX, SIDE_PX), left)  # type: ignore[arg-type]
    picture.paste(right, (SIDE_PX // 2, 0, SIDE_PX, SIDE_PX))  # type: ignore[arg-type]
    return picture


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(depth: int, colour: int, left: Sequence[int], right: Sequence[int], *, extra: bytes = b"") -> bytes:
    """Return a PNG of two halves from raw samples. Pillow can't write every bit depth."""
    bits = "".join(f"{sample:0{depth}b}" for half in (left, right) for sample in [*half] * (SIDE_PX // 2))
    row = b"\0" + int(bits, 2).to_bytes(len(bits) // 8, "big")
    header = struct.pack(">IIBBBBB", SIDE_PX, SIDE_PX, depth, colour, 0, 0, 0)
    pixels = zlib.compress(row * SIDE_PX)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def without_adobe_marker(jpeg: bytes) -> bytes:
    at = jpeg.index(b"\xff\xee")
    return jpeg[:at] + jpeg[at + 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big") :]


def _pngs() -> dict[str, Sample]:
    def opaque(grey: int) -> Pixel:
        return (grey, grey, grey, 255)

    palette = chunk(b"PLTE", bytes((*_RED, *_TEAL)))
    clear_right = chunk(b"tRNS", bytes((255, 0)))
    white, black = opaque(255), opaque(0)
    found = {
        f"PNG grey {depth} bits": Sample(data=png(depth, 0, [(1 << depth) - 1], [0]), left=white, right=black)
        for depth in _BIT_DEPTHS
    }
    found |= {
        f"PNG palette {depth} bits": Sample(
            data=png(depth, 3, [0], [1], extra=palette), left=(*_RED, 255), right=(*_TEAL, 255)
        )
        for depth in (1, 2, 4, 8)
    }
    for depth, most in ((8, 255), (16, 65535)):
        mid = most // 2
        key = struct.pack(">H", mid)
        found |= {
            f"PNG grey and alpha {depth} bits": Sample(
                data=png(depth, 4, [mid, most], [most, 0]), left=opaque(127), right=(255, 255, 255, 0)
            ),
            f"PNG RGB {depth} bits": Sample(data=png(depth, 2, [most, 0, mid], [0, most, 0]), left=(255, 0, 127, 255),
                                            right=(0, 255, 0, 255)),
            f"PNG RGBA {depth} bits": Sample(data=png(depth, 6, [most, 0, mid, most], [0, most, 0, mid]),
                                             left=(255, 0, 127, 255), right=(0, 255, 0, 127)),
            f"PNG grey with a transparent grey {depth} bits": Sample(
                data=png(depth, 0, [most], [mid], extra=chunk(b"tRNS", key)), left=white, right=(127, 127, 127, 0)
            ),
        }  # fmt: skip
    found["PNG palette with transparency"] = Sample(
        data=png(8, 3, [0], [1], extra=palette + clear_right), left=(*_RED, 255), right=(*_TEAL, 0)
    )
    found["PNG RGB with a transparent colour"] = Sample(
        data=png(8, 2, _RED, _TEAL, extra=chunk(b"tRNS", struct.pack(">HHH", *_TEAL))),
        left=(*_RED, 255), right=(*_TEAL, 0),
    )  # fmt: skip
    return found


def _jpegs() -> dict[str, Sample]:
    # CMYK 0, 0, 0, 0 is white; without cyan and black, magenta and yellow are red.
    inks = halves("CMYK", (0, 255, 255, 0), (0, 0, 0, 127))
    red, grey = (255, 0, 0, 255), (128, 128, 128, 255)
    adobe = encoded(inks, "JPEG", quality=95)
    # Viewers take the inks as inverted, as Adobe writes them, whether or not the file says so.
    plain = without_adobe_marker(adobe)
    colours = halves("RGB", _RED, _TEAL)
    sides = {"left": (*_RED, 255), "right": (*_TEAL, 255), "tolerance": 6}
    return {
        "JPEG grey": Sample(
            data=encoded(halves("L", 255, 127), "JPEG"), left=(255, 255, 255, 255), right=(127, 127, 127, 255)
        ),
        "JPEG RGB": Sample(data=encoded(colours, "JPEG", quality=95), **sides),  # type: ignore[arg-type]
        "JPEG RGB without subsampling": Sample(data=encoded(colours, "JPEG", quality=95, subsampling=0), **sides),  # type: ignore[arg-type]
        "JPEG progressive": Sample(data=encoded(colours, "JPEG", quality=95, progressive=True), **sides),  # type: ignore[arg-type]
        "JPEG kept as RGB": Sample(data=encoded(colours, "JPEG", quality=95, keep_rgb=True), **sides),  # type: ignore[arg-type]
        "JPEG CMYK, Adobe": Sample(data=adobe, left=red, right=grey, tolerance=6),
        "JPEG CMYK without a marker": Sample(data=plain, left=red, right=grey, tolerance=6),
    }  # fmt: skip


def _others() -> dict[str, Sample]:
    clear, colours = halves("RGBA", (*_RED, 255), (*_TEAL, 100)), halves("RGB", _RED, _TEAL)
    grey = halves("L", 255, 127)
    plain = {"left": (*_RED, 255), "right": (*_TEAL, 255), "tolerance": 8}
    alpha = {"left": (*_RED, 255), "right": (*_TEAL, 100), "tolerance": 8}
    made: dict[str, tuple[Image.Image, str, dict[str, object], dict[str, object]]] = {
        "WebP": (colours, "WEBP", {"quality": 95}, plain),
        "WebP lossless": (colours, "WEBP", {"lossless": True}, plain),
        "WebP with alpha": (clear, "WEBP", {"quality": 95}, alpha),
        "WebP lossless with alpha": (clear, "WEBP", {"lossless": True, "exact": True}, alpha),
        "AVIF": (colours, "AVIF", {"quality": 95}, plain),
        "AVIF with alpha": (clear, "AVIF", {"quality": 95}, alpha),
        "AVIF without subsampling": (colours, "AVIF", {"quality": 95, "subsampling": "4:4:4"}, plain),
        "HEIC": (colours, "HEIF", {"quality": 95}, plain),
        "HEIC with alpha": (clear, "HEIF", {"quality": 95}, alpha),
        "HEIC in tiles": (colours.resize((256, 256)), "HEIF", {"quality": 95, "tile_size": 64}, plain),
        "HEIC grey": (grey, "HEIF", {"quality": 95},
                      {"left": (255, 255, 255, 255), "right": (127, 127, 127, 255), "tolerance": 8}),
    }  # fmt: skip
    return {
        name: Sample(data=encoded(picture, form, **options), **shown)  # type: ignore[arg-type]
        for name, (picture, form, options, shown) in made.items()
    }


def swapped_channels_profile() -> bytes:
    """Return an ICC profile whose red, green and blue are those of sRGB in another order."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    entries = {
        profile[at : at + 4].decode(): at for at in range(132, 132 + 12 * int.from_bytes(profile[128:132], "big"), 12)
    }
    red, blue = entries["rXYZ"], entries["bXYZ"]
    profile[red + 4 : red + 12], profile[blue + 4 : blue + 12] = (
        profile[blue + 4 : blue + 12],
        profile[red + 4 : red + 12],
    )
    return bytes(profile)


def _with_profiles() -> dict[str, Sample]:
    """Pictures with colours of their own. Shown without their profile, red and blue would be swapped."""
    icc, swapped = swapped_channels_profile(), halves("RGB", _RED[::-1], _TEAL[::-1])
    clear = halves("RGBA", (*_RED[::-1], 255), (*_TEAL[::-1], 100))
    shown: dict[str, object] = {"left": (*_RED, 255), "right": (*_TEAL, 255), "tolerance": 8}
    return {
        "PNG with a profile": Sample(data=encoded(swapped, "PNG", icc_profile=icc), **shown),  # type: ignore[arg-type]
        "JPEG with a profile": Sample(data=encoded(swapped, "JPEG", quality=95, icc_profile=icc), **shown),  # type: ignore[arg-type]
        "HEIC with a profile": Sample(data=encoded(swapped, "HEIF", quality=95, icc_profile=icc), **shown),  # type: ignore[arg-type]
        "PNG with alpha and a profile": Sample(
            data=encoded(clear, "PNG", icc_profile=icc), left=(*_RED, 255), right=(*_TEAL, 100), tolerance=8
        ),
        "PNG with an unreadable profile": Sample(
            data=encoded(halves("RGB", _RED, _TEAL), "PNG", icc_profile=bytes(200)),
            left=(*_RED, 255),
            right=(*_TEAL, 255),
        ),
    }  # fmt: skip


MAKERS: tuple[Callable[[], dict[str, Sample]], ...] = (_pngs, _jpegs, _others, _with_profiles)
SAMPLES: dict[str, Sample] = {name: sample for make in MAKERS for name, sample in make().items()}
SAMPLES["gray16.png"] = Sample(
    data=(Path(__file__).parent / "files" / "gray16.png").read_bytes(), left=(40, 40, 40, 255), right=(40, 40, 40, 255)
)
