"""Serve one file at every path, in a separate process. `python -m tests.bench.file_server <clip>` prints the port."""

import asyncio
import sys
from pathlib import Path

from aiohttp import web


async def main(film: Path) -> None:
    async def send(_: web.Request) -> web.FileResponse:
        return web.FileResponse(film, headers={"Content-Type": "video/mp4"})

    app = web.Application()
    app.router.add_get("/{path:.*}", send)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    sys.stdout.write(f"{runner.addresses[0][1]}\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.read)  # until the parent closes the pipe
    await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
