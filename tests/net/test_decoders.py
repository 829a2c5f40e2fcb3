"""Tests of the decoders for downloads: any chunk size, invalid bodies, limits."""

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


def decode_all(decoder: StreamDecoder, body: bytes, chunk_size: int) -> bytes:
    parts = [part for at in range(0, len(body), chunk_size) for part in decoder.decode(body[at : at + chunk_size])]
    decoder.finish()
    return b"".join(parts)


@given(
    clip=st.binary(max_size=900), chunk_size=st.integers(1, 400), prefix=st.sampled_from(["", "data:video/mp4;base64,"])
)
def test_base64_json_is_decoded_in_chunks_of_any_size(clip: bytes, chunk_size: int, prefix: str) -> None:
    if len(clip) < 6:
        clip = b"a clip" + clip
    text = prefix + base64.b64encode(clip).decode()
    body = json.dumps({"prompt": 'says "base64": "no"', "videos": [{"type": "base64", "base64": text, "x": "y"}]})
    assert decode_all(Base64JsonDecoder(), body.encode(), chunk_size) == clip
    assert decode_all(Base64JsonDecoder(), body.replace("/", "\\/").encode(), chunk_size) == clip


@given(data=st.binary(max_size=3000), chunk_size=st.integers(1, 400))
def test_gzip_is_decoded_in_chunks_of_any_size(data: bytes, chunk_size: int) -> None:
    assert decode_all(GZipDecoder(), gzip.compress(data, mtime=0), chunk_size) == data


@pytest.mark.parametrize(
    ("decoder", "body"),
    [
        (GZipDecoder(), b"not gzip at all"),
        (GZipDecoder(), gzip.compress(b"x" * 1000, mtime=0)[:-9]),
        (Base64JsonDecoder(), b'{"status":"completed"}'),
        (Base64JsonDecoder(), b'{"base64":"AAAAAAAA'),
        (Base64JsonDecoder(), b'{"base64":"not base64!!"}'),
    ],
)
async def test_an_invalid_or_truncated_body_is_unusable(decoder: StreamDecoder, body: bytes, tmp_path: Path) -> None:
    with pytest.raises(ClipUnusable):
        await write_stream(stream(body), tmp_path / "clip", LIMITS, decoder)


async def stream(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


async def test_a_decompression_bomb_is_stopped_early(tmp_path: Path) -> None:
    bomb = gzip.compress(b"\0" * 50_000_000, mtime=0)
    with pytest.raises(ClipUnusable):
        await write_stream(stream(bomb), tmp_path / "clip", LIMITS, GZipDecoder())
    assert (tmp_path / "clip").stat().st_size <= LIMITS.max_bytes


async def test_the_text_before_a_base64_value_is_limited(tmp_path: Path) -> None:
    with pytest.raises(ClipUnusable):
        await write_stream(stream(*[b"x" * 100_000] * 20), tmp_path / "clip", LIMITS, Base64JsonDecoder())


async def test_a_write_error_raises_no_space(tmp_path: Path) -> None:
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
def test_an_unusable_response_is_rejected_by_its_headers(
    status: int, headers: dict[str, str], error: type[Exception]
) -> None:
    with pytest.raises(error):
        choose_decoder(status, headers, LIMITS)


def test_the_retry_delay_of_a_file_server_is_kept() -> None:
    with pytest.raises(Unreachable) as caught:
        choose_decoder(503, {"retry-after": "12"}, LIMITS)
    assert caught.value.retry_after_s == 12.0


def test_gzip_is_accepted_only_from_the_own_gateway() -> None:
    assert isinstance(choose_decoder(200, {"content-encoding": "gzip"}, LIMITS, accept_gzip=True), GZipDecoder)
    assert isinstance(choose_decoder(200, {"content-length": "odd"}, LIMITS), IdentityDecoder)
