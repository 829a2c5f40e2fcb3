"""Tests of joined clips: one size, one rate, sound throughout, and every part in its place."""

from pathlib import Path

import pytest

from bot.media import join as joining
from bot.media.ffmpeg import FfmpegFailed
from bot.media.join import TooLongToJoin, join
from bot.sandbox.ffmpeg import run
from tests.media.player import Cells, play
from tests.media.sample_videos import sample_video

RED, BLUE = (200, 30, 30), (30, 30, 200)
_H264 = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-movflags", "+faststart"]


async def film(
    path: Path, colour: str, *, size: str = "128x72", rate: int = 12, seconds: float = 1.0, sound: bool = False
) -> Path:
    """Write a clip of one colour."""
    picture = ["-f", "lavfi", "-i", f"color={colour}:s={size}:r={rate}"]
    tone = ["-f", "lavfi", "-i", "sine=frequency=300:sample_rate=24000"] if sound else []
    await run(["-y", *picture, *tone, "-t", f"{seconds:g}", *_H264, str(path)])
    return path


def is_coloured(cell: tuple[int, int, int], colour: tuple[int, int, int]) -> bool:
    return all(abs(have - want) < 40 for have, want in zip(cell, colour, strict=True))


def middle(cells: Cells) -> tuple[int, int, int]:
    return cells[len(cells) // 2 + 6]


async def test_the_parts_follow_one_another_in_one_size_and_rate(tmp_path: Path) -> None:
    red = await film(tmp_path / "red.mp4", "0xc81e1e")
    blue = await film(tmp_path / "blue.mp4", "0x1e1ec8", size="256x144", rate=24, seconds=2.0)
    facts = await join([red, blue], tmp_path / "out.mp4")
    assert (facts.width, facts.height, round(facts.fps)) == (128, 72, 24)
    assert facts.duration_s == pytest.approx(3.0, abs=0.1)
    assert facts.plays_inline
    assert facts.faststart
    shown = await play(tmp_path / "out.mp4", tmp_path)
    assert all(is_coloured(cell, RED) for cell in shown.at(0.5))
    assert all(is_coloured(cell, BLUE) for cell in shown.at(2.5))


async def test_another_shape_gets_black_bars(tmp_path: Path) -> None:
    red = await film(tmp_path / "red.mp4", "0xc81e1e")
    tall = await film(tmp_path / "tall.mp4", "0x1e1ec8", size="72x128")
    facts = await join([red, tall], tmp_path / "out.mp4")
    assert (facts.width, facts.height) == (128, 72)
    shown = (await play(tmp_path / "out.mp4", tmp_path)).at(1.5)
    assert is_coloured(middle(shown), BLUE)
    assert is_coloured(shown[0], (0, 0, 0))


@pytest.mark.parametrize("first", [True, False], ids=["sound first", "sound last"])
async def test_sound_is_kept_and_the_rest_is_silent(tmp_path: Path, first: bool) -> None:
    loud = await film(tmp_path / "loud.mp4", "red", sound=True)
    mute = await film(tmp_path / "mute.mp4", "blue", seconds=2.0)
    facts = await join([loud, mute] if first else [mute, loud], tmp_path / "out.mp4")
    assert facts.has_audio
    shown = await play(tmp_path / "out.mp4", tmp_path)
    assert shown.sound_s == pytest.approx(3.0, abs=0.15)
    said = await run(["-i", str(tmp_path / "out.mp4"), "-af", "silencedetect=n=-50dB:d=0.5", "-f", "null", "-"])
    assert said.count("silence_start") == 1
    assert ("silence_start: 0" in said) is not first


async def test_without_any_sound_there_is_none(tmp_path: Path) -> None:
    mute = await film(tmp_path / "mute.mp4", "blue")
    assert not (await join([mute, mute], tmp_path / "out.mp4")).has_audio


@pytest.mark.parametrize("kind", ["index at the end", "quicktime", "hevc", "4:4:4", "mpeg-4 part 2", "portrait"])
async def test_every_kind_of_clip_can_be_joined(tmp_path: Path, kind: str) -> None:
    (tmp_path / "one.mp4").write_bytes(sample_video(kind))
    (tmp_path / "two.mp4").write_bytes(sample_video("plain"))
    facts = await join([tmp_path / "one.mp4", tmp_path / "two.mp4"], tmp_path / "out.mp4")
    assert facts.plays_inline
    assert facts.duration_s == pytest.approx(2.0, abs=0.2)


async def test_a_broken_part_is_an_error_and_no_shorter_clip(tmp_path: Path) -> None:
    video = sample_video("silent")
    at = video.index(b"mdat") + 4
    (tmp_path / "broken.mp4").write_bytes(video[:at] + bytes(len(video) - at))
    (tmp_path / "page.mp4").write_bytes(b"<!doctype html>")
    whole = await film(tmp_path / "whole.mp4", "red")
    for bad in ("broken.mp4", "page.mp4"):
        with pytest.raises(FfmpegFailed):
            await join([whole, tmp_path / bad], tmp_path / "out.mp4")


async def test_a_part_may_not_be_a_playlist_of_other_files(tmp_path: Path) -> None:
    whole = await film(tmp_path / "whole.mp4", "red")
    (tmp_path / "list.mp4").write_text(f"ffconcat version 1.0\nfile '{whole}'\n")
    with pytest.raises(FfmpegFailed):
        await join([whole, tmp_path / "list.mp4"], tmp_path / "out.mp4")


async def test_more_than_ten_minutes_are_not_encoded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(joining, "MAX_JOINED_S", 1.5)
    red = await film(tmp_path / "red.mp4", "red")
    with pytest.raises(TooLongToJoin):
        await join([red, red], tmp_path / "out.mp4")
    assert not (tmp_path / "out.mp4").exists()


@pytest.mark.parametrize("sound", [True, False])
async def test_a_clip_is_used_from_a_later_second_on(tmp_path: Path, sound: bool) -> None:
    red = await film(tmp_path / "red.mp4", "0xc81e1e", sound=sound)
    blue = await film(tmp_path / "blue.mp4", "0x1e1ec8", seconds=2.0, sound=sound)
    await join([red, blue], tmp_path / "both.mp4")
    facts = await join([red, tmp_path / "both.mp4"], tmp_path / "out.mp4", starts=[0.0, 1.0])
    assert facts.duration_s == pytest.approx(3.0, abs=0.15)
    shown = await play(tmp_path / "out.mp4", tmp_path)
    assert all(is_coloured(cell, RED) for cell in shown.at(0.5))
    assert all(is_coloured(cell, BLUE) for cell in shown.at(1.3))
    assert shown.sound_s == pytest.approx(3.0 if sound else 0.0, abs=0.15)


async def test_clips_crossfade_and_the_film_is_shorter_by_what_they_overlap(tmp_path: Path) -> None:
    red = await film(tmp_path / "red.mp4", "0xc81e1e", seconds=2.0)
    blue = await film(tmp_path / "blue.mp4", "0x1e1ec8", size="256x144", rate=24, seconds=2.0)
    facts = await join([red, blue, red], tmp_path / "out.mp4", fades=[0.0, 0.5, 0.5])
    assert facts.duration_s == pytest.approx(5.0, abs=0.1)
    shown = await play(tmp_path / "out.mp4", tmp_path)
    for at, colour in (
        (1.3, RED),
        (1.75, (115, 30, 115)),
        (2.3, BLUE),
        (2.8, BLUE),
        (3.25, (115, 30, 115)),
        (3.8, RED),
    ):
        assert all(is_coloured(cell, colour) for cell in shown.at(at)), at


@pytest.mark.parametrize("loud_at", [0, 1, 2])
async def test_the_sound_of_a_crossfade_is_kept_and_as_long_as_the_picture(tmp_path: Path, loud_at: int) -> None:
    loud = await film(tmp_path / "loud.mp4", "red", seconds=2.0, sound=True)
    mute = await film(tmp_path / "mute.mp4", "blue", seconds=2.0)
    clips = [loud if place == loud_at else mute for place in range(3)]
    facts = await join(clips, tmp_path / "out.mp4", fades=[0.0, 0.5, 0.5])
    assert facts.has_audio
    assert (await play(tmp_path / "out.mp4", tmp_path)).sound_s == pytest.approx(5.0, abs=0.15)
    said = await run(["-i", str(tmp_path / "out.mp4"), "-af", "silencedetect=n=-50dB:d=0.5", "-f", "null", "-"])
    assert said.count("silence_start") == (2 if loud_at == 1 else 1)


async def test_a_crossfade_is_at_most_half_of_a_short_clip(tmp_path: Path) -> None:
    blink = await film(tmp_path / "blink.mp4", "0x1e1ec8", seconds=0.5, sound=True)
    red = await film(tmp_path / "red.mp4", "0xc81e1e", seconds=2.0)
    facts = await join([red, blink, red], tmp_path / "out.mp4", fades=[0.0, 0.5, 0.5])
    assert facts.duration_s == pytest.approx(4.0, abs=0.1)


async def test_eight_clips_crossfade_from_a_later_second_on(tmp_path: Path) -> None:
    clips = [await film(tmp_path / f"{n}.mp4", "0x1e1ec8" if n % 2 else "0xc81e1e", seconds=2.0) for n in range(8)]
    facts = await join(clips, tmp_path / "out.mp4", starts=[1.0] * 8, fades=[0.0, *[0.5] * 7])
    assert facts.duration_s == pytest.approx(4.5, abs=0.1)
