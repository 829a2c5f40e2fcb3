"""Writes a stream to a file within limits of size, rate and disk space."""

import asyncio
import errno
import os
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Protocol

from bot.jobs.provider_errors import ClipTooBig, ClipUnusable, DiskFailed, NoSpace, Unreachable
from bot.ports.provider import FetchLimits

CHUNK_BYTES = 1 << 20  # maximum size of a decoded chunk, so that a decompression bomb is counted while it grows
_WRITE_BYTES = 1 << 18  # buffered before a write
_FULL = (errno.ENOSPC, errno.EDQUOT)
_MAX_BUFFERS = 512  # per writev call: the operating system has a limit


class StreamDecoder(Protocol):
    """Decodes a response body chunk by chunk. Raises ValueError if the body is invalid."""

    def decode(self, chunk: bytes) -> Iterator[bytes]: ...

    def finish(self) -> None:
        """Raise ValueError if the body is incomplete."""


async def write_stream(chunks: AsyncIterator[bytes], into: Path, limits: FetchLimits, decoder: StreamDecoder) -> None:
    """Write the decoded stream to a file and fsync it.

    Raise ClipUnusable, ClipTooBig, Unreachable (slower than the minimum rate) or NoSpace.
    """
    started, received_bytes, size_bytes = time.monotonic(), 0, 0
    buffers: list[bytes] = []
    buffered_bytes = 0
    try:
        with into.open("wb", buffering=0) as file:
            async for chunk in chunks:
                await limits.foreground.wait_idle()
                received_bytes += len(chunk)
                _check_rate(received_bytes, time.monotonic() - started, limits)
                if received_bytes > 2 * limits.max_bytes + CHUNK_BYTES:
                    raise ClipTooBig(limit_mb=limits.max_bytes >> 20)
                for decoded in decoder.decode(chunk):
                    size_bytes, buffered_bytes = size_bytes + len(decoded), buffered_bytes + len(decoded)
                    if size_bytes > limits.max_bytes:
                        raise ClipTooBig(limit_mb=limits.max_bytes >> 20)
                    buffers.append(decoded)
                    if buffered_bytes >= _WRITE_BYTES:
                        await asyncio.to_thread(_write, file.fileno(), buffers)
                        buffers, buffered_bytes = [], 0
            decoder.finish()
            await asyncio.to_thread(_write_and_sync, file.fileno(), buffers)
    except ValueError as error:
        raise ClipUnusable from error
    except OSError as error:
        raise (NoSpace if error.errno in _FULL else DiskFailed) from error


def _check_rate(received_bytes: int, elapsed_s: float, limits: FetchLimits) -> None:
    if elapsed_s > limits.grace_s and received_bytes < limits.min_bytes_per_s * elapsed_s:
        raise Unreachable(provider="the file server")


def _write(fileno: int, buffers: list[bytes]) -> None:
    """Write all buffers without joining them."""
    views = [memoryview(buffer) for buffer in buffers if buffer]
    while views:
        written = os.writev(fileno, views[:_MAX_BUFFERS])
        while views and written >= len(views[0]):
            written -= len(views.pop(0))
        if written:
            views[0] = views[0][written:]


def _write_and_sync(fileno: int, buffers: list[bytes]) -> None:
    _write(fileno, buffers)
    os.fsync(fileno)
