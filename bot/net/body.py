"""Reads response bodies up to a limit. A gzip body is decompressed in bounded steps; other encodings are refused."""

from collections.abc import AsyncIterator

from bot.net.decoders import GZipDecoder, IdentityDecoder
from bot.net.stream_to_file import StreamDecoder


class UnreadableBody(Exception):
    """The body is in an encoding that we didn't ask for and don't read, or it is damaged."""


async def read_body(chunks: AsyncIterator[bytes], encoding: str, max_bytes: int) -> tuple[bytes, bool]:
    """Return the decoded body up to the limit, and whether it was longer. Raise UnreadableBody.

    `chunks`: the raw body. `encoding`: the response's Content-Encoding. Every request asks for `identity`, but some
    gateways compress all the same.
    """
    decoder, body, received = _decoder_for(encoding), bytearray(), False
    try:
        async for chunk in chunks:
            received = received or bool(chunk)
            for decoded in decoder.decode(chunk):
                body += decoded
                if len(body) > max_bytes:
                    return bytes(body[:max_bytes]), True
        if received:
            decoder.finish()
    except ValueError as error:
        raise UnreadableBody(str(error)) from error
    return bytes(body), False


def _decoder_for(encoding: str) -> StreamDecoder:
    match encoding.strip().lower():
        case "" | "identity":
            return IdentityDecoder()
        case "gzip" | "x-gzip":
            return GZipDecoder()
        case other:
            raise UnreadableBody(other[:50])
