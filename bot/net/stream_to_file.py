"""Pours a stream into a file, within limits: bytes, pace, disk. Knows no library and nobody who sends."""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Protocol

from bot.jobs.errors import ClipTooBig, ClipUnusable, NoSpace, Unreachable
from bot.ports.provider import FetchLimits

PIECE_BYTES = 1 << 20  # what one packed chunk may become at a time: a bomb is counted while it grows
_WRITE_BYTES = 1 << 19  # what is written at a time
_MOST_PIECES = 512  # in one call: the system has a limit


class StreamDecoder(Protocol):
    """Turns what is sent into what is kept, piece by piece. Raises ValueError where it is not what it should be."""

    def feed(self, chunk: bytes) -> Iterator[bytes]: ...

    def end(self) -> None:
        """Nothing more comes: raise ValueError if something is missing."""


async def write_stream(chunks: AsyncIterator[bytes], into: Path, limits: FetchLimits, unpacker: StreamDecoder) -> None:
    """Write what the stream unpacks to, fsynced.

    Raises ClipUnusable, ClipTooBig, Unreachable (slower than the minimum), NoSpace.
    """
    started, sent, size = time.monotonic(), 0, 0
    held: list[bytes] = []
    waiting = 0
    try:
        with into.open("wb", buffering=0) as file:
            async for chunk in chunks:
                await limits.foreground.wait_idle()
                sent += len(chunk)
                _keep_pace(sent, time.monotonic() - started, limits)
                if sent > 2 * limits.max_bytes + PIECE_BYTES:
                    raise ClipTooBig(limit_mb=limits.max_bytes >> 20)
                for piece in unpacker.feed(chunk):
                    size, waiting = size + len(piece), waiting + len(piece)
                    if size > limits.max_bytes:
                        raise ClipTooBig(limit_mb=limits.max_bytes >> 20)
                    held.append(piece)
                    if waiting >= _WRITE_BYTES:
                        await asyncio.to_thread(_write, file.fileno(), held)
                        held, waiting = [], 0
            unpacker.end()
            await asyncio.to_thread(_finish, file.fileno(), held)
    except ValueError as error:
        raise ClipUnusable from error
    except OSError as error:
        raise NoSpace from error


def _keep_pace(sent: int, elapsed_s: float, limits: FetchLimits) -> None:
    if elapsed_s > limits.grace_s and sent < limits.min_bytes_per_s * elapsed_s:
        raise Unreachable(provider="the file server")


def _write(fileno: int, pieces: list[bytes]) -> None:
    """All of it, without gluing it together first."""
    left = [memoryview(piece) for piece in pieces if piece]
    while left:
        written = os.writev(fileno, left[:_MOST_PIECES])
        while left and written >= len(left[0]):
            written -= len(left.pop(0))
        if written:
            left[0] = left[0][written:]


def _finish(fileno: int, pieces: list[bytes]) -> None:
    _write(fileno, pieces)
    os.fsync(fileno)
