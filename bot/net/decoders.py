"""Decoders for downloaded response bodies: identity, gzip, and base64 inside JSON."""

import base64
import binascii
import re
import zlib
from collections.abc import Iterator, Mapping
from typing import Literal

from bot.i18n import fact
from bot.jobs.provider_errors import ClipTooBig, ClipUnusable, LinkDead, Unreachable
from bot.net.response import read_retry_after
from bot.net.stream_to_file import CHUNK_BYTES, StreamDecoder
from bot.ports.provider import FetchLimits


class IdentityDecoder:
    """Passes the body through unchanged."""

    def decode(self, chunk: bytes) -> Iterator[bytes]:
        yield chunk

    def finish(self) -> None:
        """Accept any length."""


class GZipDecoder:
    """Decompresses a gzip body with bounded memory."""

    def __init__(self) -> None:
        self._decompressor = zlib.decompressobj(wbits=31)

    def decode(self, chunk: bytes) -> Iterator[bytes]:
        while chunk and not self._decompressor.eof:
            try:
                yield self._decompressor.decompress(chunk, CHUNK_BYTES)
            except zlib.error as error:
                raise ValueError("not gzip") from error
            chunk = self._decompressor.unconsumed_tail

    def finish(self) -> None:
        if not self._decompressor.eof:
            raise ValueError("the gzip body is truncated")


class Base64JsonDecoder:
    """Decodes the first `"base64": "…"` value of a JSON body. Skips the rest without parsing it."""

    _KEY = re.compile(rb'"base64"\s*:\s*"')
    _MAX_KEY_LENGTH = 64
    _MAX_PREFIX_LENGTH = 200

    def __init__(self) -> None:
        self._buffer = b""
        self._state: Literal["before", "prefix", "inside", "after"] = "before"

    def decode(self, chunk: bytes) -> Iterator[bytes]:
        text, self._buffer = self._buffer + chunk, b""
        if self._state == "before":
            text = self._find_key(text)
        if self._state == "prefix":
            text = self._skip_prefix(text)
        if self._state == "inside":
            yield self._decode_base64(text)

    def _find_key(self, text: bytes) -> bytes:
        match = self._KEY.search(text)
        if match is None:
            self._buffer = text[-self._MAX_KEY_LENGTH :]
            return b""
        self._state = "prefix"
        return text[match.end() :]

    def _skip_prefix(self, text: bytes) -> bytes:
        """Skip a leading `data:video/mp4;base64,`, which some gateways add."""
        head = text[: self._MAX_PREFIX_LENGTH]
        if len(head) < 5 or (head.startswith(b"data:") and b"," not in head and len(head) < self._MAX_PREFIX_LENGTH):
            self._buffer = text
            return b""
        self._state = "inside"
        return text.partition(b",")[2] if head.startswith(b"data:") else text

    def _decode_base64(self, text: bytes) -> bytes:
        body, quote, _ = text.partition(b'"')
        escape = b"\\" if body.endswith(b"\\") else b""  # the next chunk completes the escape sequence
        encoded = body.removesuffix(escape).replace(b"\\/", b"/").replace(b"\\n", b"").replace(b"\\r", b"")
        if quote:
            self._state = "after"
        else:
            length = len(encoded) - len(encoded) % 4
            encoded, self._buffer = encoded[:length], encoded[length:] + escape
        try:
            return base64.b64decode(encoded, validate=True)
        except binascii.Error as error:
            raise ValueError("not base64") from error

    def finish(self) -> None:
        if self._state != "after":
            raise ValueError("the body has no complete base64 value")


def choose_decoder(
    status: int,
    headers: Mapping[str, str],
    limits: FetchLimits,
    override: StreamDecoder | None = None,
    *,
    accept_gzip: bool = False,
) -> StreamDecoder:
    """Return the decoder for a file response, from its status and headers.

    `accept_gzip`: accept a gzip body although we didn't request one; only for the account's own gateway.
    Raise LinkDead, Unreachable, ClipTooBig or ClipUnusable.
    """
    if status in (401, 403, 404, 410):
        raise LinkDead(status=status)
    if status != 200:
        retry_after_s = read_retry_after(headers.get("retry-after"))
        raise Unreachable(provider=fact("the file server"), retry_after_s=retry_after_s)
    if override is not None:
        return override
    content_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    encoding = headers.get("content-encoding", "identity").strip().lower()
    length = headers.get("content-length", "")
    too_long = length.isascii() and length.isdigit() and int(length[:20]) > limits.max_bytes
    if too_long:
        raise ClipTooBig(limit_mb=limits.max_bytes >> 20)
    if content_type in ("text/html", "application/json"):
        raise ClipUnusable
    if encoding == "gzip" and accept_gzip:
        return GZipDecoder()
    if encoding not in ("identity", ""):
        raise ClipUnusable
    return IdentityDecoder()
