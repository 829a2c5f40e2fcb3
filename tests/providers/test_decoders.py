"""Unpacking on the way to the disk: whole, in any pieces, and never past the limits."""

import base64
import gzip
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.jobs.provider_errors import ClipUnusable, LinkDead, NoSpace, Unreachable
from bot.net.decoders import Base64JsonDecoder, GZipDecoder, IdentityDecoder, choose_decoder
from bot.net.stream_to_file import StreamDecoder, write_stream
from bot.ports.provider import FetchLimits

LIMITS = FetchLimits(max_bytes=100_000, timeout_s=5.0, min_bytes_per_s=1)


def unpacked(unpacker: StreamDecoder, body: bytes, piece: int) -> bytes:
    parts = [part for at in range(0, len(body), piece) for part in unpacker.decode(body[at : at + piece])]
    unpacker.finish()
    return b"".join(parts)


@given(clip=st.binary(max_size=900), piece=st.integers(1, 400), prefix=st.sampled_from(["", "data:video/mp4;base64,"]))
def test_a_clip_inside_json_comes_out_whole_in_any_pieces(clip: bytes, piece: int, prefix: str) -> None:
    if len(clip) < 6:
        clip = b"a clip" + clip
    text = prefix + base64.b64encode(clip).decode()
    body = json.dumps({"prompt": 'says "base64": "no"', "videos": [{"type": "base64", "base64": text, "x": "y"}]})
    assert unpacked(Base64JsonDecoder(), body.encode(), piece) == clip
    assert unpacked(Base64JsonDecoder(), body.replace("/", "\\/").encode(), piece) == clip


@given(data=st.binary(max_size=3000), piece=st.integers(1, 400))
def test_a_packed_body_comes_out_whole_in_any_pieces(data: bytes, piece: int) -> None:
    assert unpacked(GZipDecoder(), gzip.compress(data), piece) == data


@pytest.mark.parametrize(
    ("unpacker", "body"),
    [
        (GZipDecoder(), b"not gzip at all"),
        (GZipDecoder(), gzip.compress(b"x" * 1000)[:-9]),
        (Base64JsonDecoder(), b'{"status":"completed"}'),
        (Base64JsonDecoder(), b'{"base64":"AAAAAAAA'),
        (Base64JsonDecoder(), b'{"base64":"not base64!!"}'),
    ],
)
async def test_what_is_not_whole_is_no_clip(unpacker: StreamDecoder, body: bytes, tmp_path: Path) -> None:
    with pytest.raises(ClipUnusable):
        await write_stream(stream(body), tmp_path / "clip", LIMITS, unpacker)


async def stream(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


async def test_a_bomb_is_stopped_while_it_grows(tmp_path: Path) -> None:
    bomb = gzip.compress(b"\0" * 50_000_000)
    with pytest.raises(ClipUnusable):
        await write_stream(stream(bomb), tmp_path / "clip", LIMITS, GZipDecoder())
    assert (tmp_path / "clip").stat().st_size <= LIMITS.max_bytes


async def test_words_around_a_clip_are_not_taken_for_ever(tmp_path: Path) -> None:
    with pytest.raises(ClipUnusable):
        await write_stream(stream(*[b"x" * 100_000] * 20), tmp_path / "clip", LIMITS, Base64JsonDecoder())


async def test_no_space_is_said(tmp_path: Path) -> None:
    with pytest.raises(NoSpace):
        await write_stream(stream(b"x"), tmp_path / "no" / "folder", LIMITS, IdentityDecoder())


@pytest.mark.parametrize(
    ("status", "headers", "error"),
    [
        (401, {}, LinkDead), (403, {}, LinkDead), (404, {}, LinkDead), (410, {}, LinkDead),
        (400, {}, Unreachable), (500, {}, Unreachable), (206, {}, Unreachable),
        (200, {"content-type": "text/html; charset=utf-8"}, ClipUnusable),
        (200, {"content-type": "application/json"}, ClipUnusable),
        (200, {"content-length": "100001"}, ClipUnusable),
        (200, {"content-encoding": "gzip"}, ClipUnusable),
        (200, {"content-encoding": "br"}, ClipUnusable),
    ],
)  # fmt: skip
def test_the_head_of_an_answer_tells_what_it_is_not(
    status: int, headers: dict[str, str], error: type[Exception]
) -> None:
    with pytest.raises(error):
        choose_decoder(status, headers, LIMITS)


def test_the_wait_that_a_file_server_asks_for_is_kept() -> None:
    with pytest.raises(Unreachable) as caught:
        choose_decoder(503, {"retry-after": "12"}, LIMITS)
    assert caught.value.retry_after_s == 12.0


def test_only_an_accounts_own_gateway_may_pack() -> None:
    assert isinstance(choose_decoder(200, {"content-encoding": "gzip"}, LIMITS, accept_gzip=True), GZipDecoder)
    assert isinstance(choose_decoder(200, {"content-length": "odd"}, LIMITS), IdentityDecoder)
