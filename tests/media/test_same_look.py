"""A clip looks in every copy as in its source: made films x treatments, judged by what a player shows."""

import asyncio
import functools
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.media.colours import probe
from bot.media.convert import convert, find_container
from bot.media.frames import last_frame, thumbnail
from bot.media.mp4.reader import read_facts
from bot.media.transcode import EncodePlan, choose_treatment, encode, remux, transcode
from tests.media.films import CONVERTED, FILMS, Film, make_all
from tests.media.player import Shown, difference, play, still

LIMIT_BYTES = 10 << 20


class Made:
    """The films of this session, and what a player shows of each."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.paths = asyncio.run(make_all(folder))
        self.shown = functools.cache(self._shown)
        self.transcoded = functools.cache(self._transcoded)

    def path(self, name: str) -> Path:
        path = self.paths[name]
        assert isinstance(path, Path), path
        return path

    def _shown(self, name: str) -> Shown:
        path = self.path(name)
        return asyncio.run(play(path, path.parent))

    def _transcoded(self, name: str) -> tuple[Path, Shown]:
        path = self.path(name)
        copy = path.with_name("transcoded.mp4")
        asyncio.run(transcode(path, copy, read_facts(path), LIMIT_BYTES))
        return copy, asyncio.run(play(copy, path.parent))

    def look(self, name: str) -> Shown:
        """Return the film that this one looks like on an SDR screen."""
        return self.shown(FILMS[name].looks_like or name)


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    yield Made(tmp_path_factory.mktemp("films"))


def assert_same(film: Film, source: Shown, look: Shown, copy: Shown, *, shrunk: bool = False) -> None:
    allowed_s = 0.1
    if not shrunk:
        assert abs(copy.width - source.width) <= 1
        assert abs(copy.height - source.height) <= 1
    assert copy.width / copy.height == pytest.approx(source.width / source.height, rel=0.06)
    assert copy.total_s == pytest.approx(source.total_s, abs=allowed_s)
    assert copy.sound_s == pytest.approx(source.sound_s, abs=allowed_s)
    assert copy.starts_s[0] == pytest.approx(source.starts_s[0], abs=0.05)
    assert copy.starts_s[-1] == pytest.approx(source.starts_s[-1], abs=0.05)
    middle_s = (source.starts_s[0] + source.ends_s) / 2 + 0.001
    copied_s = copy.starts_s[0] + middle_s - source.starts_s[0]
    step = copy.at(copied_s), copy.at(copied_s - 0.01), copy.at(copied_s + 0.01)
    assert difference(copy.pictures[0], look.pictures[0]) <= film.tolerance
    assert min(difference(each, look.at(middle_s)) for each in step) <= film.tolerance
    assert difference(copy.pictures[-1], look.pictures[-1]) <= film.tolerance


@pytest.mark.parametrize("name", FILMS)
def test_the_facts_are_those_that_a_player_shows(name: str, made: Made) -> None:
    facts, source = read_facts(made.path(name)), made.shown(name)
    assert facts.width / facts.height == pytest.approx(source.width / source.height, rel=0.03)
    assert facts.total_s == pytest.approx(source.total_s, abs=0.1)
    assert facts.picture_end_s == pytest.approx(source.ends_s, abs=0.1)
    assert facts.has_audio is (source.sound_s > 0)


@pytest.mark.parametrize("name", FILMS)
def test_what_is_posted_plays_in_every_client_and_looks_like_its_source(name: str, made: Made, tmp_path: Path) -> None:
    """As it is, remuxed or encoded, by what the film needs."""
    path, source = made.path(name), made.shown(name)
    facts, copy = read_facts(path), tmp_path / "copy.mp4"
    match choose_treatment(facts, path.stat().st_size, LIMIT_BYTES):
        case "keep":
            copy, shown = path, source
        case "remux":
            asyncio.run(remux(path, copy, facts))
            shown = asyncio.run(play(copy, tmp_path))
        case "encode":
            copy, shown = made.transcoded(name)
    assert read_facts(copy).plays_inline
    assert_same(FILMS[name], source, made.look(name), shown)
    assert shown.tags[3] not in ("smpte2084", "arib-std-b67")


@pytest.mark.parametrize("name", FILMS)
def test_a_remuxed_film_looks_like_its_source(name: str, made: Made, tmp_path: Path) -> None:
    path, source = made.path(name), made.shown(name)
    asyncio.run(remux(path, tmp_path / "copy.mp4", read_facts(path)))
    shown = asyncio.run(play(tmp_path / "copy.mp4", tmp_path))
    assert_same(FILMS[name], source, source, shown)
    assert shown.tags == source.tags


@pytest.mark.parametrize("name", FILMS)
def test_a_transcoded_film_looks_like_its_source(name: str, made: Made) -> None:
    _, shown = made.transcoded(name)
    source = made.shown(name)
    assert_same(FILMS[name], source, made.look(name), shown)
    assert shown.tags[0] == "tv"
    assert "unknown" not in shown.tags
    assert shown.tags[1] in ("bt709", "smpte170m", "bt470bg")


@pytest.mark.parametrize("name", FILMS)
def test_a_shrunk_film_looks_like_its_source(name: str, made: Made, tmp_path: Path) -> None:
    path, source = made.path(name), made.shown(name)
    facts = read_facts(path)
    short = min(source.width, source.height) * 3 // 4
    plan = EncodePlan(video_bps=400_000, audio_bps=48_000 if facts.has_audio else 0, height=short)

    async def shrink() -> Shown:
        await encode(path, tmp_path / "copy.mp4", facts, await probe(path), plan, LIMIT_BYTES, passes=2)
        return await play(tmp_path / "copy.mp4", tmp_path)

    shown = asyncio.run(shrink())
    assert min(shown.width, shown.height) == short // 2 * 2
    assert_same(FILMS[name], source, made.look(name), shown, shrunk=True)


@pytest.mark.parametrize("name", FILMS)
def test_the_first_and_last_frame_look_as_in_the_film(name: str, made: Made, tmp_path: Path) -> None:
    path, source, look = made.path(name), made.shown(name), made.look(name)

    async def frames() -> None:
        await thumbnail(path, tmp_path / "first.webp", 96)
        await last_frame(path, tmp_path / "last.jpg")

    asyncio.run(frames())
    size, first = still(tmp_path / "first.webp")
    assert max(size) == 96
    assert size[0] / size[1] == pytest.approx(source.width / source.height, rel=0.06)
    assert difference(first, look.pictures[0]) <= FILMS[name].tolerance
    size, last = still(tmp_path / "last.jpg")
    assert size == pytest.approx((source.width, source.height), abs=1)
    assert difference(last, look.pictures[-1]) <= FILMS[name].tolerance


@pytest.mark.parametrize("name", CONVERTED)
def test_a_converted_film_looks_like_its_source(name: str, made: Made, tmp_path: Path) -> None:
    path, source = made.path(name), made.shown(name)
    container = find_container(path)
    assert container is not None
    facts = asyncio.run(convert(path, tmp_path / "copy.mp4", container))
    assert facts.plays_inline
    shown = asyncio.run(play(tmp_path / "copy.mp4", tmp_path))
    assert_same(CONVERTED[name], source, source, shown)
    if name.startswith("ended early"):
        assert 0.5 < shown.ends_s < 2.0
