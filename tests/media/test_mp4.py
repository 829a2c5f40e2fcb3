"""Tests of the mp4 reader with valid, truncated and broken files."""

import struct
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.media.mp4.reader import NotAVideo, VideoFacts, read_bytes, read_facts
from tests.media.fuzz import MAX_READ_S, run_fuzz
from tests.media.sample_videos import KINDS, box, sample_video, with_credentials


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in ("sound only", "long")])
def test_every_kind_of_video_is_read(kind: str, tmp_path: Path) -> None:
    (tmp_path / "video").write_bytes(sample_video(kind))
    facts = read_facts(tmp_path / "video")
    assert facts.duration_s == pytest.approx(1.0, abs=0.1)
    assert (facts.width, facts.height) == ((72, 128) if kind == "portrait" else (128, 72))
    assert facts.fps == pytest.approx(12.0, abs=1.5)
    assert facts.has_audio is (kind in ("plain", "index at the end", "fragmented", "quicktime"))
    assert facts.fragmented is (kind == "fragmented")
    assert facts.faststart is (kind not in ("index at the end", "quicktime", "hevc"))
    inline = ("plain", "index at the end", "silent", "portrait")
    assert facts.plays_inline is (kind in inline)
    assert facts.has_credentials is False


def test_audio_alone_is_not_a_video() -> None:
    with pytest.raises(NotAVideo):
        read_bytes(sample_video("sound only"))


@pytest.mark.parametrize("kind", ["plain", "index at the end", "fragmented", "quicktime"])
def test_a_truncated_video_is_rejected_at_any_length(kind: str) -> None:
    video = sample_video(kind)
    for length in [*range(0, len(video) - 1, 97), len(video) - 1]:
        with pytest.raises(NotAVideo):
            read_bytes(video[:length])


def test_media_without_a_size_is_checked_by_its_samples() -> None:
    video = sample_video("plain")
    at = video.index(b"mdat") - 4
    open_ended = video[:at] + bytes(4) + video[at + 4 :]
    assert read_bytes(open_ended).width == 128
    for length in (len(video) - 1, len(video) - 500, at + 9):
        with pytest.raises(NotAVideo):
            read_bytes(open_ended[:length])


def test_trailing_bytes_are_ignored() -> None:
    assert read_bytes(sample_video("plain") + b"\0\0\0").has_audio
    assert read_bytes(sample_video("plain") + b"\0\1\0\0junk and more").has_audio


def test_content_credentials_are_detected() -> None:
    assert read_bytes(with_credentials(sample_video("plain"))).has_credentials
    assert read_bytes(sample_video("plain") + box(b"jumb", bytes(20))).has_credentials
    assert not read_bytes(sample_video("plain") + box(b"uuid", bytes(40))).has_credentials


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<!doctype html><html><body>Sign in</body></html>" * 40,
        b'{"error": {"message": "expired"}}',
        b"GIF89a" + bytes(200),
        b"\x1a\x45\xdf\xa3" + bytes(200),
        b"#EXTM3U\n#EXT-X-STREAM-INF\nhttp://127.0.0.1/x.ts\n" * 9,
        b"ffconcat version 1.0\nfile /etc/passwd\n" * 9,
        box(b"ftyp", b"isom"),
        box(b"ftyp", b"isom") + box(b"mdat", bytes(100)),
        box(b"ftyp", b"isom") + box(b"moov", bytes(100)) + box(b"mdat", bytes(100)),
        box(b"ftyp", b"isom") + struct.pack(">I4sQ", 1, b"mdat", 1 << 63) + bytes(100),
        box(b"ftyp", b"isom") + struct.pack(">I4sQ", 1, b"moov", 17) + bytes(100),
        box(b"ftyp", b"isom") + box(b"free", b"") * 60_000,
        box(b"ftyp", b"isom") + box(b"moov", box(b"trak", box(b"mdia", b"")) * 60_000) + box(b"mdat", b"x"),
    ],
    ids=lambda body: f"{len(body)} bytes {body[:12]!r}",
)
def test_other_files_are_not_videos(body: bytes) -> None:
    with pytest.raises(NotAVideo):
        read_bytes(body)


def test_a_table_of_four_billion_samples_is_rejected() -> None:
    video = bytearray(sample_video("plain"))
    at = video.index(b"stsz")
    video[at + 12 : at + 16] = (0xFFFFFFFF).to_bytes(4, "big")
    with pytest.raises(NotAVideo):
        read_bytes(bytes(video))
    video[at + 8 : at + 12] = (1).to_bytes(4, "big")  # each of one byte: more than the file has
    with pytest.raises(NotAVideo):
        read_bytes(bytes(video))


def test_an_index_outside_the_media_is_rejected() -> None:
    video = bytearray(sample_video("plain"))
    at = video.index(b"stco")
    video[at + 12 : at + 16] = (len(video) + 5).to_bytes(4, "big")
    with pytest.raises(NotAVideo):
        read_bytes(bytes(video))


@given(st.binary(max_size=400))
@settings(deadline=None)
def test_random_boxes_raise_only_the_expected_exception(noise: bytes) -> None:
    for data in (
        noise,
        box(b"ftyp", b"isom") + noise,
        box(b"ftyp", b"isom") + box(b"moov", noise) + box(b"mdat", b"x"),
    ):
        try:
            assert isinstance(read_bytes(data), VideoFacts)
        except NotAVideo:
            continue


def test_twenty_thousand_broken_videos_neither_crash_nor_hang() -> None:
    results, slowest = run_fuzz(20_000, seed=7)
    assert results.total() == 20_000
    assert results["video"] > 0
    assert results["no video"] > 0
    assert slowest < MAX_READ_S
