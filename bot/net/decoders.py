"""Unpacks what a file server sends, piece by piece. Knows no library and no provider."""

import base64
import binascii
import re
import zlib
from collections.abc import Iterator, Mapping
from typing import Literal

from bot.i18n import fact
from bot.jobs.errors import ClipTooBig, ClipUnusable, LinkDead, Unreachable
from bot.net.response import read_retry_after
from bot.net.stream_to_file import PIECE_BYTES, StreamDecoder, write_stream
from bot.ports.provider import FetchLimits

__all__ = ["Base64InJson", "Gunzip", "Plain", "StreamDecoder", "decoder_for", "write_stream"]


class Plain:
    """Bytes as they are."""

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        yield chunk

    def end(self) -> None:
        """Any length is whole."""


class Gunzip:
    """A gzip body, never more than a piece of it in memory."""

    def __init__(self) -> None:
        self._stream = zlib.decompressobj(wbits=31)

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        while chunk and not self._stream.eof:
            try:
                yield self._stream.decompress(chunk, PIECE_BYTES)
            except zlib.error as error:
                raise ValueError("not gzip") from error
            chunk = self._stream.unconsumed_tail

    def end(self) -> None:
        if not self._stream.eof:
            raise ValueError("the gzip body ends too early")


class Base64InJson:
    """The first `"base64": "…"` of a JSON text, decoded. Everything around it is passed over unread."""

    _KEY = re.compile(rb'"base64"\s*:\s*"')
    _LONGEST_KEY = 64
    _LONGEST_PREFIX = 200

    def __init__(self) -> None:
        self._held = b""
        self._state: Literal["before", "opening", "inside", "after"] = "before"

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        text, self._held = self._held + chunk, b""
        if self._state == "before":
            text = self._find_key(text)
        if self._state == "opening":
            text = self._skip_prefix(text)
        if self._state == "inside":
            yield self._decode(text)

    def _find_key(self, text: bytes) -> bytes:
        found = self._KEY.search(text)
        if found is None:
            self._held = text[-self._LONGEST_KEY :]
            return b""
        self._state = "opening"
        return text[found.end() :]

    def _skip_prefix(self, text: bytes) -> bytes:
        """Pass over the `data:video/mp4;base64,` that some put before it."""
        head = text[: self._LONGEST_PREFIX]
        if len(head) < 5 or (head.startswith(b"data:") and b"," not in head and len(head) < self._LONGEST_PREFIX):
            self._held = text
            return b""
        self._state = "inside"
        return text.partition(b",")[2] if head.startswith(b"data:") else text

    def _decode(self, text: bytes) -> bytes:
        body, quote, _ = text.partition(b'"')
        cut = b"\\" if body.endswith(b"\\") else b""  # an escape that the next chunk ends
        clean = body.removesuffix(cut).replace(b"\\/", b"/").replace(b"\\n", b"").replace(b"\\r", b"")
        if quote:
            self._state = "after"
        else:
            whole = len(clean) - len(clean) % 4
            clean, self._held = clean[:whole], clean[whole:] + cut
        try:
            return base64.b64decode(clean, validate=True)
        except binascii.Error as error:
            raise ValueError("not base64") from error

    def end(self) -> None:
        if self._state != "after":
            raise ValueError("no whole base64 text in the body")


def decoder_for(
    status: int,
    headers: Mapping[str, str],
    limits: FetchLimits,
    given: StreamDecoder | None = None,
    *,
    packed: bool = False,
) -> StreamDecoder:
    """The unpacker for an answer that is a file, as far as its head tells. Raises LinkDead, Unreachable, ClipUnusable.

    `packed`: a gzip body is fine, asked for or not; only the account's own gateway may do so.
    """
    if status in (401, 403, 404, 410):
        raise LinkDead
    if status != 200:
        wait_s = read_retry_after(headers.get("retry-after"))
        raise Unreachable(provider=fact("the file server"), retry_after_s=wait_s)
    if given is not None:
        return given
    content_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    encoding = headers.get("content-encoding", "identity").strip().lower()
    length = headers.get("content-length", "")
    too_long = length.isascii() and length.isdigit() and int(length[:20]) > limits.max_bytes
    if too_long:
        raise ClipTooBig(limit_mb=limits.max_bytes >> 20)
    if content_type in ("text/html", "application/json"):
        raise ClipUnusable
    if encoding == "gzip" and packed:
        return Gunzip()
    if encoding not in ("identity", ""):
        raise ClipUnusable
    return Plain()
