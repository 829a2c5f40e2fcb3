"""A TCP proxy on 127.0.0.1 that can go dark: what is sent then arrives nowhere, and no connection ends by that."""

import asyncio
from types import TracebackType
from typing import Self

CHUNK_BYTES = 65_536


class DarkProxy:
    """Passes connections on to a port, or to a socket of PostgreSQL. `dark`: holds everything back, both ways."""

    def __init__(self, socket_path: str) -> None:
        self._socket_path = socket_path
        self._is_light = asyncio.Event()
        self._is_light.set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        self.end_connections()
        await self._server.wait_closed()

    @property
    def port(self) -> int:
        assert self._server is not None
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    def go_dark(self) -> None:
        self._is_light.clear()

    def go_light(self) -> None:
        """Let new connections through. Those from before the dark are reset, as a firewall that forgot them does."""
        self.end_connections()
        self._is_light.set()

    def end_connections(self) -> None:
        for task in self._tasks:
            task.cancel()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            await self._is_light.wait()
            far_reader, far_writer = await asyncio.open_unix_connection(self._socket_path)
            try:
                async with asyncio.TaskGroup() as group:
                    group.create_task(self._pass_on(reader, far_writer))
                    group.create_task(self._pass_on(far_reader, writer))
            finally:
                far_writer.close()
        except (OSError, asyncio.CancelledError, ExceptionGroup):
            writer.transport.abort()
        finally:
            self._tasks.discard(task)

    async def _pass_on(self, source: asyncio.StreamReader, into: asyncio.StreamWriter) -> None:
        while data := await source.read(CHUNK_BYTES):
            await self._is_light.wait()
            into.write(data)
            await into.drain()
        raise ConnectionResetError
