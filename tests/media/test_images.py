"""Tests of picture sanitizing, and of the error messages for unusable pictures."""

import io
import os
import struct
import zlib
from pathlib import Path

import pytest
from PIL import Image

from bot.media.images import UnreadableImage, sanitize_image
from bot.sandbox.discord import Upload
from tests.harness import open_harness

GPS = 0x8825


def encode(picture: Image.Image, form: str, **options: object) -> bytes:
    file = io.BytesIO()
    picture.save(file, form, **options)
    return file.getvalue()


def animated(form: str) -> bytes:
    frames = [Image.new("RGB", (64, 64), colour) for colour in ("red", "green", "blue")]
    return encode(frames[0], form, save_all=True, append_images=frames[1:], duration=100)


def png_bomb(side_px: int) -> bytes:
    """Return a PNG of a few kilobytes that decodes to gigabytes."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", side_px, side_px, 8, 2, 0, 0, 0))
    packer = zlib.compressobj(9)
    rows = b"".join(packer.compress(bytes(1 + 3 * side_px)) for _ in range(min(side_px, 200))) + packer.flush()
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def with_exif() -> bytes:
    picture = Image.new("RGB", (60, 30), "red")
    picture.paste("blue", (0, 0, 30, 30))
    exif = picture.getexif()
    exif[0x0112] = 6  # rotated by 90 degrees
    exif[0x010F] = "A camera with a serial number"
    exif.get_ifd(GPS)[2] = (52.0, 31.0, 12.0)
    return encode(picture, "JPEG", exif=exif, quality=95)


HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(400)
UNUSABLE = {
    "notes.txt": (b"hello, this is only text", "broken", "isn't a picture that I can use."),
    "notes.png": (b"hello, this is only text", "broken", "isn't a picture that I can use."),
    "phone.heic": (HEIC, "format", "isn't a picture that I can use."),
    "dance.gif": (animated("GIF"), "format", "isn't a picture that I can use."),
    "dance.webp": (animated("WEBP"), "animated", "is animated. Send a still PNG, JPEG or WebP."),
    "dance.png": (animated("PNG"), "animated", "is animated. Send a still PNG, JPEG or WebP."),
    "bomb.png": (png_bomb(10_000), "pixels", "has more than 12 million pixels. Send a smaller one."),
    "megabomb.png": (png_bomb(60_000), "pixels", "has more than 12 million pixels. Send a smaller one."),
    "cut.jpg": (encode(Image.effect_noise((300, 300), 50), "JPEG")[:-900], "broken", "isn't a picture that I can use."),
    "drawing.svg": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "format", "isn't a picture that I can use."),
    "scan.tiff": (encode(Image.new("RGB", (64, 64)), "TIFF"), "format", "isn't a picture that I can use."),
    "empty.png": (b"", "format", "isn't a picture that I can use."),
}


@pytest.mark.parametrize("name", UNUSABLE)
async def test_an_unusable_picture_is_classified_and_deleted(name: str, tmp_path: Path) -> None:
    body, reason, _ = UNUSABLE[name]
    (tmp_path / "picture").write_bytes(body)
    with pytest.raises(UnreadableImage) as refused:
        await sanitize_image(tmp_path / "picture")
    assert refused.value.reason in ((reason,) if reason in ("pixels", "animated") else ("broken", "format"))
    assert os.listdir(tmp_path) == []  # noqa: PTH208


@pytest.mark.parametrize("name", [name for name in UNUSABLE if name not in ("empty.png", "megabomb.png")])
async def test_an_unusable_picture_is_explained_before_money_is_spent(name: str, tmp_path: Path) -> None:
    body, _, sentence = UNUSABLE[name]
    content_types = {"gif": "image/gif", "jpg": "image/jpeg", "webp": "image/webp", "txt": "text/plain"}
    async with open_harness(tmp_path) as studio:
        upload = Upload(name, body, content_types.get(name.rpartition(".")[2], "image/png"))
        await studio.alice.slash(studio.channel, "generate", prompt="a boat at sea", image=upload)
        message = await studio.wait_for_message(sentence)
        assert message.content.startswith(name.rpartition(".")[0])
        assert studio.provider.charges == []
        assert list((tmp_path / "pictures").iterdir()) == []


async def test_a_picture_is_rotated_and_its_metadata_removed(tmp_path: Path) -> None:
    path = tmp_path / "picture"
    path.write_bytes(with_exif())
    assert (await sanitize_image(path)).mime == "image/jpeg"
    with Image.open(path) as picture:
        assert picture.size == (30, 60)  # rotated upright
        red, _, blue = picture.convert("RGB").getpixel((15, 10))  # type: ignore[misc]
        assert blue > red
        assert not picture.getexif()
    assert b"serial number" not in path.read_bytes()
    assert b"Exif" not in path.read_bytes()


@pytest.mark.parametrize(
    ("picture", "form", "mime", "mode"),
    [
        (Image.new("RGBA", (20, 10), (1, 2, 3, 4)), "PNG", "image/png", "RGBA"),
        (Image.new("RGBA", (20, 10), (1, 2, 3, 4)), "WEBP", "image/png", "RGBA"),
        (Image.new("RGB", (20, 10), "red"), "WEBP", "image/jpeg", "RGB"),
        (Image.new("CMYK", (20, 10)), "JPEG", "image/jpeg", "RGB"),
        (Image.new("L", (20, 10)), "JPEG", "image/jpeg", "RGB"),
        (Image.new("P", (20, 10)), "PNG", "image/png", "RGB"),
        (Image.new("1", (20, 10)), "PNG", "image/png", "RGB"),
    ],
    ids=lambda value: str(value) if isinstance(value, str) else value.mode,
)
async def test_every_format_becomes_a_png_or_a_jpeg(
    picture: Image.Image, form: str, mime: str, mode: str, tmp_path: Path
) -> None:
    path = tmp_path / "picture"
    path.write_bytes(encode(picture, form))
    assert (await sanitize_image(path)).mime == mime
    with Image.open(path) as plain:
        assert (plain.mode, plain.size) == (mode, (20, 10))


async def test_a_large_picture_is_scaled_down(tmp_path: Path) -> None:
    path = tmp_path / "picture"
    path.write_bytes(encode(Image.new("RGB", (6000, 3000), "teal"), "JPEG"))
    await sanitize_image(path)
    with Image.open(path) as plain:
        assert plain.size == (2898, 1449)


async def test_a_picture_of_16_bits_is_scaled_to_8(tmp_path: Path) -> None:
    path = tmp_path / "picture"
    ramp = Image.new("I;16", (256, 1))
    ramp.putdata([257 * grey for grey in range(256)])
    path.write_bytes(encode(ramp, "PNG"))
    assert (await sanitize_image(path)).mime == "image/png"
    with Image.open(path) as plain:
        assert [plain.convert("L").getpixel((x, 0)) for x in range(256)] == list(range(256))
