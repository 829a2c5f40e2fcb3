"""A local S3: moto's server, and before it a proxy with scripted trouble."""

import asyncio
import contextlib
import io
import socket
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import cast

import aiohttp
import obstore
from aiohttp import web
from aiohttp.typedefs import Middleware
from obstore.store import S3Store

from bot.sandbox.fault_injection import FaultInjector

BUCKET = "videos"
START_S = 60.0
_HOP_HEADERS = ("Host", "Transfer-Encoding", "Content-Length", "Connection")


@dataclass(kw_only=True)
class LocalS3:
    """A bucket on this machine. `wire` sees and harms the requests to it."""

    moto: str
    url: str = ""
    wire: FaultInjector = field(default_factory=FaultInjector)

    def env(self) -> dict[str, str]:
        """Return the environment of a bot that uses it."""
        return {
            "RETAKE_STORAGE_URL": f"s3://{BUCKET}/retake",
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ALLOW_HTTP": "true",
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_REGION": "us-east-1",
        }

    @property
    def store(self) -> S3Store:
        """The folder that the bot uses, without the proxy."""
        config = {"access_key_id": "local", "secret_access_key": "local", "region": "us-east-1", "endpoint": self.moto}
        return S3Store(BUCKET, prefix="retake", config=config, client_options={"allow_http": True})  # type: ignore[arg-type]

    async def names(self, folder: str = "") -> list[str]:
        """Return the names of the objects, in order."""
        found = [item["path"] async for page in obstore.list(self.store, prefix=folder or None) for item in page]
        return sorted(found)

    async def cut(self, name: str) -> None:
        """Truncate an object, as a bucket that lost a part of it would."""
        whole = await obstore.get_async(self.store, name)
        content = bytes(await whole.bytes_async())
        await obstore.put_async(self.store, name, content[: len(content) // 2], attributes=whole.attributes)


@contextlib.asynccontextmanager
async def local_s3() -> AsyncIterator[LocalS3]:
    """Run a local S3 with an empty bucket while the block runs."""
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    found = LocalS3(moto=f"http://127.0.0.1:{port}")
    try:
        async with aiohttp.ClientSession(auto_decompress=False) as session:
            await _make_bucket(session, found.moto)
            async with _proxy(found, session):
                yield found
    finally:
        with contextlib.suppress(ProcessLookupError):  # Ctrl-C in a terminal ends it, too
            process.kill()
        await process.wait()


async def _make_bucket(session: aiohttp.ClientSession, moto: str) -> None:
    async with asyncio.timeout(START_S):
        while True:
            with contextlib.suppress(aiohttp.ClientError):
                async with session.put(f"{moto}/{BUCKET}") as answer:
                    if answer.status == 200:
                        return
            await asyncio.sleep(0.1)


@contextlib.asynccontextmanager
async def _proxy(found: LocalS3, session: aiohttp.ClientSession) -> AsyncIterator[None]:
    async def forward(request: web.Request) -> web.StreamResponse:
        headers = {name: value for name, value in request.headers.items() if name not in _HOP_HEADERS}
        body = await request.read()
        url = f"{found.moto}{request.rel_url.raw_path_qs}"
        async with session.request(
            request.method, url, headers=headers, data=io.BytesIO(body) if body else None
        ) as answer:
            kept = {name: value for name, value in answer.headers.items() if name not in _HOP_HEADERS}
            if request.method == "HEAD":
                kept["Content-Length"] = answer.headers.get("Content-Length", "0")
            return web.Response(status=answer.status, headers=kept, body=await answer.read())

    app = web.Application(middlewares=[cast(Middleware, found.wire.middleware())], client_max_size=1 << 30)
    app.router.add_route("*", "/{path:.*}", forward)
    runner = web.AppRunner(app, shutdown_timeout=1.0, handler_cancellation=True)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    found.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield
    finally:
        found.wire.clear()
        await runner.cleanup()


def free_port() -> int:
    """Return a TCP port of 127.0.0.1 that is free now."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
