"""Tests of transcoding: copies fit the limit and keep duration, audio and quality."""

import asyncio
import os
import sys
import time
from pathlib import Path

import pytest

from bot.media.ffmpeg import FfmpegFailed, run
from bot.media.mp4.reader import VideoFacts, read_facts
from bot.media.rlimit_exec import __file__ as RLIMIT_EXEC
from bot.media.transcode import CannotTranscode, choose_treatment, plan_encode, transcode
from tests.media.sample_videos import sample_video
from tests.media.transcode_cases import SMALL, Case, transcode_case

MIB = 1 << 20


def make_facts(
    seconds: float = 10.0, width: int = 1920, height: int = 1080, *, audio: bool = True, fps: float = 30.0,
    codec: str = "avc1", faststart: bool = True, provenance: bool = False, brand: str = "isom",
) -> VideoFacts:  # fmt: skip
    return VideoFacts(
        duration_s=seconds, total_s=seconds, width=width, height=height, has_audio=audio, codec=codec, fps=fps,
        audio_codec="mp4a" if audio else "", faststart=faststart, has_credentials=provenance, brand=brand,
    )  # fmt: skip


@pytest.mark.parametrize("case", SMALL, ids=lambda case: case.name)
async def test_a_transcoded_video_meets_its_limits(case: Case, tmp_path: Path) -> None:
    out = await transcode_case(case, tmp_path)
    assert out.is_valid(), out
    assert out.ssim > 0.6


@pytest.mark.parametrize(
    ("film_facts", "size", "limit", "needs"),
    [
        (make_facts(), 5 * MIB, 10 * MIB, "keep"),
        (make_facts(), 11 * MIB, 10 * MIB, "encode"),
        (make_facts(faststart=False), 5 * MIB, 10 * MIB, "remux"),
        (make_facts(faststart=False, provenance=True), 5 * MIB, 10 * MIB, "keep"),
        (make_facts(brand="qt  "), 5 * MIB, 10 * MIB, "remux"),
        (make_facts(codec="hvc1"), 5 * MIB, 10 * MIB, "encode"),
        (make_facts(codec="av01", provenance=True), 5 * MIB, 10 * MIB, "encode"),
    ],
)
def test_the_cheapest_sufficient_treatment_is_chosen(film_facts: VideoFacts, size: int, limit: int, needs: str) -> None:
    assert choose_treatment(film_facts, size, limit) == needs


@pytest.mark.parametrize(
    ("film_facts", "limit", "height"),
    [
        (make_facts(10), 10 * MIB, 1080),
        (make_facts(60), 10 * MIB, 720),
        (make_facts(60, 1080, 1920), 10 * MIB, 720),
        (make_facts(180), 10 * MIB, 480),
        (make_facts(300), 10 * MIB, 360),
        (make_facts(10, 320, 240), 10 * MIB, 240),
        (make_facts(10, 3840, 2160), 50 * MIB, 2160),
    ],
)
def test_the_height_is_reduced_for_low_bit_rates(film_facts: VideoFacts, limit: int, height: int) -> None:
    assert plan_encode(film_facts, 100 * MIB, limit).height == height


@pytest.mark.parametrize("seconds", [600, 3600, 20 * 3600])
def test_nothing_below_360p_is_encoded(seconds: float) -> None:
    with pytest.raises(CannotTranscode):
        plan_encode(make_facts(seconds), 100 * MIB, 10 * MIB)


async def test_an_undecodable_video_cannot_be_transcoded(tmp_path: Path) -> None:
    video = sample_video("plain")
    at = video.index(b"mdat") + 4
    broken = video[:at] + os.urandom(len(video) - at)
    (tmp_path / "video").write_bytes(broken)
    with pytest.raises(CannotTranscode):
        await transcode(tmp_path / "video", tmp_path / "copy", read_facts(tmp_path / "video"), 100_000)


async def test_a_playlist_named_mp4_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret.mp4").write_bytes(sample_video("plain"))
    for text in ("ffconcat version 1.0\nfile secret.mp4\n", "#EXTM3U\n#EXTINF:1,\nsecret.mp4\n#EXT-X-ENDLIST\n"):
        (tmp_path / "video.mp4").write_text(text)
        with pytest.raises(FfmpegFailed):
            await run(["-i", str(tmp_path / "video.mp4"), "-f", "null", "-"], timeout_s=20.0)


async def test_ffmpeg_opens_no_network_address(tmp_path: Path) -> None:
    from bot.net.ssrf_guard import canary

    async with canary() as (port, connections):
        for scheme in ("http", "tcp", "rtmp", "concat:http", "subfile,,:http"):
            with pytest.raises(FfmpegFailed):
                await run(["-i", f"{scheme}://127.0.0.1:{port}/video.mp4", "-f", "null", "-"], timeout_s=20.0)
        assert list(connections) == []


async def test_a_run_is_killed_after_its_timeout(tmp_path: Path) -> None:
    (tmp_path / "video").write_bytes(sample_video("plain"))
    started = time.monotonic()
    with pytest.raises(FfmpegFailed, match="too long"):
        endless = ["-stream_loop", "-1", "-i", str(tmp_path / "video"), "-f", "null", "-"]
        await run(endless, timeout_s=0.5)
    assert time.monotonic() - started < 10.0


async def test_the_size_of_outputs_is_limited(tmp_path: Path) -> None:
    (tmp_path / "video").write_bytes(sample_video("plain"))
    endless = ["-stream_loop", "-1", "-i", str(tmp_path / "video"), "-c", "copy", "-f", "mpegts", str(tmp_path / "out")]
    with pytest.raises(FfmpegFailed):
        await run(endless, timeout_s=20.0, file_bytes=1 << 20)
    assert (tmp_path / "out").stat().st_size <= 1 << 20


async def test_the_wrapper_lowers_the_priority_and_sets_limits() -> None:
    script = "import os, resource as r; print(os.nice(0), r.getrlimit(r.RLIMIT_CPU)[0], r.getrlimit(r.RLIMIT_FSIZE)[0])"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", "-S", RLIMIT_EXEC, "7", str(4 << 30), "12345", sys.executable, "-c", script),
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await process.communicate()
    nice, cpu, size = output.split()
    assert int(nice) >= 10
    assert (int(cpu), int(size)) == (7, 12345)
