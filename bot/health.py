"""Health and metrics endpoints on 127.0.0.1: /healthz, /readyz and /metrics. No personal data."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable

from aiohttp import web

from bot.metrics import CONTENT_TYPE, Metrics
from bot.readiness import Readiness

log = logging.getLogger("retake.health")

HOST = "127.0.0.1"
LOOK_EVERY_S = 0.5
BACKLOG = 4  # without free file descriptors, asyncio fails to accept this many times a second
_OWN_NAMES = frozenset({"127.0.0.1", "localhost"})
_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@contextlib.asynccontextmanager
async def serving(port: int | None, metrics: Metrics, readiness: Readiness) -> AsyncIterator[None]:
    """Serve the endpoints while the block runs. Without a port, do nothing; a port in use is logged only."""
    if port is None:
        yield
        return
    runner = web.AppRunner(_page(metrics, readiness), access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    watching = asyncio.create_task(watch_loop(metrics), name="loop lag")
    try:
        await web.TCPSite(runner, HOST, port, backlog=BACKLOG).start()
        log.info("health page on 127.0.0.1:%d", port)
    except OSError as error:
        # Kept alive: the bot and its paid jobs.
        log.error("health port %d cannot be used", port, extra={"why": error.strerror or str(error)})
    try:
        yield
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        await runner.cleanup()


async def watch_loop(metrics: Metrics, every_s: float = LOOK_EVERY_S) -> None:
    """Measure the lag of the event loop until cancelled."""
    loop = asyncio.get_running_loop()
    while True:
        before = loop.time()
        await asyncio.sleep(every_s)
        metrics.lagged(loop.time() - before - every_s)


def _page(metrics: Metrics, readiness: Readiness) -> web.Application:
    async def healthz(_: web.Request) -> web.Response:
        return web.json_response({"alive": True})

    async def readyz(_: web.Request) -> web.Response:
        parts = await readiness.parts()
        says = [part.says for part in parts if part.says]
        by_part = {part.name: not part.says for part in parts}
        body = {"ready": not says, **by_part, "not_ready": says, "remarks": readiness.remarks()}
        return web.json_response(body, status=503 if says else 200)

    async def numbers(_: web.Request) -> web.Response:
        return web.Response(body=await metrics.text(), headers={"Content-Type": CONTENT_TYPE})

    page = web.Application(middlewares=[_only_by_own_name])
    page.add_routes([web.get("/healthz", healthz), web.get("/readyz", readyz), web.get("/metrics", numbers)])
    return page


@web.middleware
async def _only_by_own_name(request: web.Request, handler: _Handler) -> web.StreamResponse:
    """Reject other Host headers (DNS rebinding)."""
    if request.host.rpartition(":")[0] not in _OWN_NAMES and request.host not in _OWN_NAMES:
        return web.Response(status=403, text="Ask for 127.0.0.1 or localhost.\n")
    return await handler(request)
