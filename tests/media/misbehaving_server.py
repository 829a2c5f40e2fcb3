"""A file server that violates HTTP in the ways that tests choose."""

import asyncio
import contextlib
import functools
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable

Misbehaviour = Callable[[asyncio.StreamWriter], Awaitable[None]]


async def announces_ten_gigabytes(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\nContent-Length: 10737418240\r\n\r\n" + bytes(65536))


async def sends_endless_body(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\nConnection: close\r\n\r\n")
    while True:
        writer.write(bytes(1 << 20))
        await writer.drain()


@functools.cache
def gzip_bomb() -> bytes:
    """Return 256 MiB of zeros, compressed."""
    packer = zlib.compressobj(wbits=31)
    return b"".join([packer.compress(bytes(1 << 24)) for _ in range(16)]) + packer.flush()


async def sends_gzip_bomb(writer: asyncio.StreamWriter) -> None:
    piece = gzip_bomb()
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\nContent-Encoding: gzip\r\n")
    writer.write(b"Content-Length: %d\r\n\r\n" % len(piece) + piece)


async def sends_slowly(writer: asyncio.StreamWriter) -> None:
    """Send single bytes with pauses, slower than the minimum rate."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\nContent-Length: 100000\r\n\r\n")
    while True:
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.05)


async def sends_invalid_http(writer: asyncio.StreamWriter) -> None:
    writer.write(b"\x16\x03\x01" + bytes(200))


async def sends_too_many_headers(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n" + b"X-More: of the same\r\n" * 100_000 + b"\r\n")


async def closes_early(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\nContent-Length: 100000\r\n\r\n" + bytes(500))


@contextlib.asynccontextmanager
async def misbehaving_server(misbehaviour: Misbehaviour) -> AsyncIterator[int]:
    """Start the server. Yield its port."""
    tasks: set[asyncio.Task[None]] = set()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            tasks.add(task)
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await reader.readuntil(b"\r\n\r\n")
            await misbehaviour(writer)
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
