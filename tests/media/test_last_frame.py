"""Tests of the last frame: a clip that no frame can be read from gives an error, and no paid request."""

import subprocess
from pathlib import Path

import pytest
from PIL import Image

from bot.media.ffmpeg import FfmpegFailed
from bot.media.frames import MAX_FRAME_PIXELS, last_frame
from bot.media.mp4.reader import read_bytes
from bot.sandbox.ffmpeg import ffmpeg
from tests.media.sample_videos import sample_video


async def test_a_clip_without_a_readable_picture_has_no_last_frame(tmp_path: Path) -> None:
    video = sample_video("silent")
    at = video.index(b"mdat") + 4
    broken = video[:at] + bytes(len(video) - at)
    assert read_bytes(broken).codec == "avc1"
    (tmp_path / "clip.mp4").write_bytes(broken)
    with pytest.raises(FfmpegFailed):
        await last_frame(tmp_path / "clip.mp4", tmp_path / "last.jpg")
    assert not (tmp_path / "last.jpg").exists()


async def test_an_earlier_last_frame_is_not_taken_for_this_one(tmp_path: Path) -> None:
    (tmp_path / "last.jpg").write_bytes(b"an earlier picture")
    (tmp_path / "clip.mp4").write_bytes(sample_video("plain"))
    await last_frame(tmp_path / "clip.mp4", tmp_path / "last.jpg")
    with Image.open(tmp_path / "last.jpg") as picture:
        assert picture.size == (128, 72)


def _large(path: Path) -> None:
    source = ["-f", "lavfi", "-i", "color=teal:s=4096x2160:r=2:d=1", "-c:v", "libx264", "-preset", "ultrafast"]
    subprocess.run([ffmpeg(), "-loglevel", "error", "-y", *source, str(path)], check=True)  # noqa: S603


async def test_the_last_frame_of_a_large_clip_is_scaled_down(tmp_path: Path) -> None:
    _large(tmp_path / "clip.mp4")
    await last_frame(tmp_path / "clip.mp4", tmp_path / "last.jpg")
    with Image.open(tmp_path / "last.jpg") as picture:
        width, height = picture.size
    assert width * height == pytest.approx(MAX_FRAME_PIXELS, rel=0.01)
    assert width / height == pytest.approx(4096 / 2160, rel=0.01)
