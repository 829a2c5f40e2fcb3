"""ffmpeg reads back from clips what was requested."""

import asyncio
import hashlib
import os
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from bot.sandbox.ffmpeg import run
from bot.sandbox.test_clips import ClipError, ClipSpec, heavy, padded, probe, render


async def frame(film: Path, at_s: float, to: Path) -> Image.Image:
    await run(["-y", "-ss", str(at_s), "-i", str(film), "-frames:v", "1", str(to)])
    return Image.open(BytesIO(await asyncio.to_thread(to.read_bytes))).convert("RGB")


def light(image: Image.Image, x: int) -> int:
    colour = image.getpixel((x, 60))
    assert isinstance(colour, tuple)
    return sum(map(int, colour))


async def test_a_clip_has_the_length_and_shape_that_was_requested(tmp_path: Path) -> None:
    film = await render(ClipSpec(prompt="a cat", aspect="9:16", seconds=3), cache=tmp_path)
    facts = await probe(film)
    assert (facts.codec, facts.width, facts.height, facts.has_audio) == ("h264", 270, 480, True)
    assert abs(facts.duration_s - 3) < 0.2
    assert facts.title == "a cat"
    assert facts.size_bytes == len(film.read_bytes())


async def test_a_size_in_pixels_is_read_as_a_shape(tmp_path: Path) -> None:
    facts = await probe(await render(ClipSpec(prompt="a", aspect="720x1280", seconds=1), cache=tmp_path))
    assert (facts.width, facts.height) == (270, 480)


async def test_a_prompt_that_looks_like_a_filter_is_only_text(tmp_path: Path) -> None:
    prompt = "it's 50%: [a];drawtext='x'\\n\x00\n-y ✈ 日本 \ud800"
    facts = await probe(await render(ClipSpec(prompt=prompt, seconds=1), cache=tmp_path))
    assert facts.title.startswith("it's 50%: [a];drawtext='x'\\n -y")


async def test_the_same_clip_is_not_rendered_twice(tmp_path: Path) -> None:
    spec = ClipSpec(prompt="once", seconds=1)
    first, second = await asyncio.gather(render(spec, cache=tmp_path), render(spec, cache=tmp_path))
    written = first.stat().st_mtime_ns
    assert first == second == await render(spec, cache=tmp_path)
    assert first.stat().st_mtime_ns == written
    assert len(os.listdir(tmp_path)) == 1  # noqa: PTH208


async def test_two_prompts_are_two_pictures(tmp_path: Path) -> None:
    films = [await render(ClipSpec(prompt=p, seconds=1), cache=tmp_path) for p in ("a cat", "a dog")]
    assert len({hashlib.sha256(f.read_bytes()).digest() for f in films}) == 2


async def test_a_remix_mirrors_its_source_and_names_its_lineage(tmp_path: Path) -> None:
    half = Image.new("RGB", (480, 200), "#ff0000")
    half.paste("#000000", (0, 0, 240, 200))
    half.save(tmp_path / "half.png")
    source = await render(ClipSpec(prompt="half", seconds=1, picture=tmp_path / "half.png"), cache=tmp_path)
    spec = ClipSpec(prompt="turn it", kind="remix", source=source, lineage=("half", "older"))
    remix = await render(spec, cache=tmp_path)
    facts = await probe(remix)
    assert facts.comment == "remix of “half” of “older”"
    assert abs(facts.duration_s - 1) < 0.2
    before, after = [await frame(f, 0.5, tmp_path / "f.png") for f in (source, remix)]
    assert light(before, 50) < 60 < light(before, 430)
    assert light(after, 430) < 60 < light(after, 50)


async def test_an_extension_is_its_source_and_more(tmp_path: Path) -> None:
    source = await render(ClipSpec(prompt="start", seconds=2), cache=tmp_path)
    spec = ClipSpec(prompt="more", kind="extend", source=source, seconds=3, lineage=("start",))
    facts = await probe(await render(spec, cache=tmp_path))
    assert abs(facts.duration_s - 5) < 0.3


async def test_a_clip_can_be_silent(tmp_path: Path) -> None:
    assert not (await probe(await render(ClipSpec(prompt="hush", seconds=1, audio=False), cache=tmp_path))).has_audio


async def test_a_heavy_clip_weighs_about_what_was_asked(tmp_path: Path) -> None:
    facts = await probe(await heavy(3, seconds=2, cache=tmp_path))
    assert 2.2e6 < facts.size_bytes < 4e6
    assert facts.codec == "h264"


async def test_a_padded_clip_has_an_exact_size_and_still_plays(tmp_path: Path) -> None:
    film = await render(ClipSpec(prompt="pad", seconds=1), cache=tmp_path)
    grown = padded(film.read_bytes(), 1_000_000)
    facts = await probe(grown)
    assert (facts.size_bytes, facts.codec) == (1_000_000, "h264")


async def test_what_is_not_a_film_has_no_facts() -> None:
    with pytest.raises(ClipError):
        await probe(b"<html>not a film</html>")
