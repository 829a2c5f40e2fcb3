"""CPU time of a poll: Retake's client, bare aiohttp and httpx with its defaults, with 500 concurrent requests."""

import asyncio
import contextlib
import statistics
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable

import aiohttp
import httpx
from aiohttp import web

from bot.net.client import ProviderHttpClient
from bot.net.ssrf_guard import SsrfGuard
from tests.bench.measurement import Measurement

CONCURRENCY = 500
REQUESTS = 3000
HTTPX_REQUESTS = 750  # for httpx with its defaults: these alone take ten seconds

ROUNDS = 3
TASK = {
    "id": "video_x1",
    "object": "generation.task",
    "status": "in_progress",
    "progress": 40,
    "created_at": 1768380224,
}

Request = Callable[[], Awaitable[None]]


def serve() -> None:
    """Run the server in a separate process: print the port and serve until stdin is closed."""

    async def answer(_: web.Request) -> web.Response:
        await asyncio.sleep(0.05)  # keeps concurrent requests open at the same time
        return web.json_response(TASK)

    async def run() -> None:
        app = web.Application()
        app.router.add_get("/v1/videos/generations/{id}", answer)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0, backlog=1024).start()
        sys.stdout.write(f"{runner.addresses[0][1]}\n")
        sys.stdout.flush()
        await asyncio.to_thread(sys.stdin.read)
        await runner.cleanup()

    asyncio.run(run())


@contextlib.asynccontextmanager
async def server() -> AsyncIterator[str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", "from tests.bench.poll_cpu import serve; serve()",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    if process.stdout is None or process.stdin is None:
        raise RuntimeError("the process has no pipes")
    port = int(await process.stdout.readline())
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.stdin.close()
        await process.wait()


async def cpu_us(ask: Request, requests: int = REQUESTS) -> float:
    """Return this process's CPU time per request in microseconds."""
    left = iter(range(requests))

    async def worker() -> None:
        for _ in left:
            await ask()

    began = time.process_time()
    await asyncio.gather(*(worker() for _ in range(CONCURRENCY)))
    return (time.process_time() - began) / requests * 1e6


async def ours(base: str) -> float:
    http = ProviderHttpClient(title="bench", base_url=base, headers={"Authorization": "Bearer x"}, guard=SsrfGuard())

    async def ask() -> None:
        answer = await http.request("GET", "/v1/videos/generations/video_x1")
        if answer.status != 200:
            raise RuntimeError("unexpected status")

    try:
        return await cpu_us(ask)
    finally:
        await http.close()


async def bare(base: str) -> float:
    url = f"{base}/v1/videos/generations/video_x1"
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=CONCURRENCY)) as session:

        async def ask() -> None:
            async with session.get(url) as answer:
                await answer.read()

        return await cpu_us(ask)


async def default_httpx(base: str) -> float:
    url = f"{base}/v1/videos/generations/video_x1"
    async with httpx.AsyncClient(timeout=60.0) as client:

        async def ask() -> None:
            await client.get(url)

        return await cpu_us(ask, HTTPX_REQUESTS)


async def measure() -> list[Measurement]:
    async with server() as base:
        rounds = [(await ours(base), await bare(base)) for _ in range(ROUNDS)]
        usual = await default_httpx(base)
    own, floor = (statistics.median(values) for values in zip(*rounds, strict=True))
    return [
        Measurement(
            name="poll.cpu_vs_bare_aiohttp", value=own / floor, unit="x",
            against=f"bare aiohttp, {floor:.0f} µs per request (Retake {own:.0f})", ratio=own / floor,
        ),
        Measurement(
            name="poll.cpu_vs_default_httpx", value=own / usual, unit="x",
            against=f"httpx with its defaults, {usual:.0f} µs per request", ratio=own / usual,
        ),
    ]  # fmt: skip
