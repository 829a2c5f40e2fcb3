"""A picture costs a bounded amount of memory, and one that kills its decoder isn't decoded again."""

import asyncio
import io
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pillow_heif
import pytest
from PIL import Image

from bot.sandbox.discord import Channel, LocalMessage, Member, Upload
from bot.sandbox.environment import LocalEnvironment
from bot.sandbox.providers import LocalToAPIs, LocalXAI
from tests.memory.process_tree import MIB, children_of, peak_memory, process_tree

pillow_heif.register_heif_opener()
LIMIT_BYTES = 96 * MIB
TOO_LARGE, TOO_HEAVY = "million pixels. Send a smaller one.", "takes too much memory or time to open."


def photo(width: int, height: int, form: str, *, mode: str = "RGB", **options: object) -> bytes:
    """A picture with noise that lies on its side: turning it upright needs a second copy."""
    picture = Image.effect_noise((width, height), 4).convert(mode)
    exif = picture.getexif()
    exif[0x0112] = 6
    file = io.BytesIO()
    picture.save(file, form, exif=exif.tobytes(), **options)
    return file.getvalue()


def flat(width: int, height: int, form: str, **options: object) -> bytes:
    """A picture of one colour with an alpha channel: a few kilobytes."""
    picture = Image.new("RGBA", (width, height), (200, 30, 60, 120))
    exif = picture.getexif()
    exif[0x0112] = 6
    file = io.BytesIO()
    picture.save(file, form, exif=exif, **options)
    return file.getvalue()


def flat_heic(width: int, height: int) -> bytes:
    """A HEIC of one colour in tiles of 512 pixels, as phones write them."""
    file = io.BytesIO()
    Image.new("RGB", (width, height), (200, 30, 60)).save(file, "HEIF", quality=10, tile_size=512)
    return file.getvalue()


def noise(width: int, height: int) -> bytes:
    """A PNG that doesn't compress: close to the limit of 10 MB."""
    file = io.BytesIO()
    Image.frombytes("RGB", (width, height), os.urandom(3 * width * height)).save(file, "PNG")
    return file.getvalue()


PICTURES: dict[str, tuple[Callable[[], bytes], str | None]] = {
    "phone-50.jpg": (lambda: photo(8160, 6120, "JPEG", quality=12), None),
    "phone-12.jpg": (lambda: photo(4032, 3024, "JPEG", quality=60), None),
    "progressive.jpg": (lambda: photo(4032, 3024, "JPEG", quality=60, progressive=True), None),
    "noise.png": (lambda: noise(1900, 1700), None),
    "flat.png": (lambda: flat(4090, 3060, "PNG"), None),
    "flat.webp": (lambda: flat(2048, 2048, "WEBP", lossless=True), None),
    "phone-12.heic": (lambda: photo(4032, 3024, "HEIF", quality=40, tile_size=512), None),
    "phone-48.heic": (lambda: flat_heic(8064, 6048), TOO_LARGE),
    "photo-6.avif": (lambda: photo(2900, 2100, "AVIF", quality=40, speed=10), None),
    "bomb.webp": (lambda: flat(7071, 7071, "WEBP", lossless=True), TOO_LARGE),
    "bomb.png": (lambda: flat(7071, 7071, "PNG"), TOO_LARGE),
    "progressive-50.jpg": (lambda: photo(8160, 6120, "JPEG", quality=12, progressive=True), TOO_HEAVY),
}


async def generate(member: Member, channel: Channel, upload: Upload) -> None:
    await member.slash(channel, "generate", prompt=f"a boat of {member.name}", image=upload)


def settled(world: LocalEnvironment, sentence: str | None) -> list[LocalMessage]:
    """Return the posted clips, or the refusals."""
    said = [message for message in world.discord.all_messages if message.is_bot]
    return [each for each in said if (each.attachments if sentence is None else sentence in each.content)]


@pytest.mark.parametrize("name", PICTURES)
async def test_four_pictures_at_once_cost_at_most_96_mib(name: str, tmp_path: Path) -> None:
    make, sentence = PICTURES[name]
    upload = Upload(name, make(), "image/" + name.rpartition(".")[2].replace("jpg", "jpeg"))
    async with LocalEnvironment(LocalToAPIs(render_s=30.0), data=tmp_path) as world:
        guild = world.discord.add_guild("Studio")
        channel, members = guild.add_channel("videos"), [guild.add_member(each) for each in ("a", "b", "c", "d")]
        await world.start_bot()
        async with peak_memory(world.bot.pid) as peak:
            await asyncio.gather(*(generate(member, channel, upload) for member in members))
            provider = world.providers[0]
            await world.discord.wait_for(
                lambda: len(provider.tasks if sentence is None else settled(world, sentence)) >= len(members), 60
            )
    assert peak.above_idle_bytes <= LIMIT_BYTES, name


async def test_eight_requests_with_pictures_in_base64_cost_at_most_96_mib(tmp_path: Path) -> None:
    provider, upload = LocalXAI(render_s=30.0), Upload("noise.png", noise(1900, 1700), "image/png")
    async with LocalEnvironment(provider, data=tmp_path) as world:
        guild = world.discord.add_guild("Studio")
        channel, members = guild.add_channel("videos"), [guild.add_member(f"member-{n}") for n in range(8)]
        await world.start_bot()
        async with peak_memory(world.bot.pid) as peak:
            await asyncio.gather(*(generate(member, channel, upload) for member in members))
            await world.discord.wait_for(lambda: len(provider.tasks) == len(members), 60)
    assert peak.above_idle_bytes <= LIMIT_BYTES


async def started_decoder(world: LocalEnvironment, pictures: Path) -> int:
    """Return the process that decodes a picture, once it has begun."""
    await world.discord.wait_for(lambda: list(pictures.glob("*.decoding")))
    return next(iter(children_of(world.bot.pid)))


@pytest.mark.parametrize("killed", ["both", "bot"])
async def test_only_a_picture_that_killed_its_decoder_is_refused_by_the_next_start(killed: str, tmp_path: Path) -> None:
    upload = Upload("slow.png", photo(3500, 2600, "PNG"), "image/png")
    async with LocalEnvironment(LocalToAPIs(render_s=0.1), data=tmp_path) as world:
        guild = world.discord.add_guild("Studio")
        channel, alice = guild.add_channel("videos"), guild.add_member("alice")
        await world.start_bot()
        await generate(alice, channel, upload)
        decoder = await started_decoder(world, tmp_path / "pictures")
        if killed == "both":
            os.kill(decoder, signal.SIGSTOP)
        await world.bot.kill()
        if killed == "both":
            os.kill(decoder, signal.SIGKILL)
        await world.start_bot()
        sentence = TOO_HEAVY if killed == "both" else None
        await world.discord.wait_for(lambda: settled(world, sentence))
        provider = world.providers[0]
        assert len(provider.charges) == (0 if killed == "both" else 1)


async def test_a_picture_whose_decoder_is_killed_is_refused_and_the_bot_lives(tmp_path: Path) -> None:
    upload = Upload("slow.png", photo(3500, 2600, "PNG"), "image/png")
    async with LocalEnvironment(LocalToAPIs(render_s=0.1), data=tmp_path) as world:
        guild = world.discord.add_guild("Studio")
        channel, alice = guild.add_channel("videos"), guild.add_member("alice")
        await world.start_bot()
        await generate(alice, channel, upload)
        os.kill(await started_decoder(world, tmp_path / "pictures"), signal.SIGKILL)
        await world.discord.wait_for(lambda: settled(world, TOO_HEAVY))
        assert world.bot.running
        assert world.providers[0].charges == []


async def test_a_stop_while_a_picture_is_decoded_delays_it_only(tmp_path: Path) -> None:
    upload = Upload("slow.png", photo(3500, 2600, "PNG"), "image/png")
    async with LocalEnvironment(LocalToAPIs(render_s=0.1), data=tmp_path) as world:
        guild = world.discord.add_guild("Studio")
        channel, alice = guild.add_channel("videos"), guild.add_member("alice")
        await world.start_bot()
        await generate(alice, channel, upload)
        await started_decoder(world, tmp_path / "pictures")
        await world.bot.terminate()
        await world.start_bot()
        await world.discord.wait_for(lambda: settled(world, None))
        assert len(process_tree(world.bot.pid)) == 1
