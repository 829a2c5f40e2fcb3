"""A picture is judged by its content, in every mode that its format has, and goes out as a viewer shows it."""

from pathlib import Path

import pytest
from PIL import Image

from bot.media.images import UnreadableImage, sanitize_image
from bot.sandbox.discord import Upload
from tests.harness import open_harness
from tests.media.pictures import SAMPLES, SIDE_PX, encoded, halves


def assert_close(found: object, expected: tuple[int, int, int, int], tolerance: int) -> None:
    assert isinstance(found, tuple)
    assert len(found) == 4
    if expected[3]:  # what is transparent has no colour
        assert max(abs(a - b) for a, b in zip(found, expected, strict=True)) <= tolerance, (found, expected)
    else:
        assert found[3] <= tolerance, found


@pytest.mark.parametrize("name", SAMPLES)
async def test_a_picture_goes_out_as_a_viewer_shows_it(name: str, tmp_path: Path) -> None:
    sample, path = SAMPLES[name], tmp_path / "picture"
    path.write_bytes(sample.data)
    assert (await sanitize_image(path)).mime in ("image/png", "image/jpeg")
    with Image.open(path, formats=("PNG", "JPEG")) as picture:
        side, shown = picture.width, picture.convert("RGBA")
        assert picture.mode in ("RGB", "RGBA")
        at = side * 5 // 32  # x = 10 of 64; 16-bit greys rise from row to row, not from column to column
        row = 40 * side // (256 if name == "gray16.png" else SIDE_PX)
    assert_close(shown.getpixel((at, row)), sample.left, sample.tolerance)
    assert_close(shown.getpixel((side - 1 - at, row)), sample.right, sample.tolerance)


async def test_a_16_bit_ramp_keeps_all_its_greys(tmp_path: Path) -> None:
    path = tmp_path / "picture"
    path.write_bytes(SAMPLES["gray16.png"].data)
    await sanitize_image(path)
    with Image.open(path) as picture:
        colours = picture.convert("L").getcolors()
    assert colours is not None
    assert len(colours) == 256


@pytest.mark.parametrize("orientation", range(1, 9))
async def test_a_heic_is_turned_upright_once(orientation: int, tmp_path: Path) -> None:
    picture = halves("RGB", "red", "blue").crop((0, 0, 64, 32))
    exif = picture.getexif()
    exif[0x0112] = orientation
    path = tmp_path / "picture"
    path.write_bytes(encoded(picture, "HEIF", quality=95, exif=exif.tobytes()))
    await sanitize_image(path)
    with Image.open(path) as shown:
        assert shown.size == ((64, 32) if orientation < 5 else (32, 64))
        red, _, blue = shown.convert("RGB").getpixel((2, 2))  # type: ignore[misc]
    assert (red > blue) is (orientation in (1, 4, 5, 6)), "the red half comes first"


async def test_a_heic_of_48_megapixels_is_refused_by_its_size(tmp_path: Path) -> None:
    path = tmp_path / "picture"
    path.write_bytes(encoded(Image.new("RGB", (8064, 6048), "teal"), "HEIF", quality=10, tile_size=512))
    with pytest.raises(UnreadableImage) as refused:
        await sanitize_image(path)
    assert (refused.value.reason, refused.value.limit_mp) == ("pixels", 12)


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("photo.jpg", "image/jpg"),
        ("photo", None),
        ("photo.jpg", "application/octet-stream"),
        ("photo.png", "image/png; charset=binary"),
        ("photo.heic", "image/heic"),
    ],
)
async def test_the_label_of_a_picture_does_not_matter(name: str, label: str | None, tmp_path: Path) -> None:
    data = SAMPLES["HEIC" if name.endswith("heic") else "JPEG RGB"].data
    async with open_harness(tmp_path) as studio:
        await studio.alice.slash(studio.channel, "generate", prompt="a boat at sea", image=Upload(name, data, label))
        await studio.wait_for_clip("a boat at sea")
        (upload,) = studio.provider.cdn.uploads.values()
        assert upload.mime_type == "image/jpeg"


async def test_an_expired_link_is_signed_again(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as studio:
        assert studio.app is not None
        for provider in studio.app._providers.values():
            provider.jobs_at_once = 0
        upload = Upload("photo.jpg", SAMPLES["JPEG RGB"].data, "image/jpeg")
        order = await studio.alice.slash(studio.channel, "generate", prompt="a boat at sea", image=upload)
        await order.answer()
        studio.discord.world.clock.advance(25 * 3600.0)
        for provider in studio.app._providers.values():
            provider.jobs_at_once = 1
        await studio.bob.slash(studio.channel, "generate", prompt="another boat")  # frees the queue
        await studio.wait_for_clip("a boat at sea")
        assert len(studio.provider.cdn.uploads) == 1


async def test_a_picture_that_discord_no_longer_has_is_told_as_such(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as studio:
        assert studio.app is not None
        for provider in studio.app._providers.values():
            provider.jobs_at_once = 0
        upload = Upload("photo.jpg", SAMPLES["JPEG RGB"].data, "image/jpeg")
        order = await studio.alice.slash(studio.channel, "generate", prompt="a boat at sea", image=upload)
        await order.answer()
        studio.discord.world.attachments.clear()
        for provider in studio.app._providers.values():
            provider.jobs_at_once = 1
        await studio.bob.slash(studio.channel, "generate", prompt="another boat")
        await studio.wait_for_message("Discord no longer has photo.jpg. Attach it to a new request.")
        assert len(studio.provider.charges) <= 1  # the other boat
