"""A file server and the Discord routes that an upload needs, in a separate process: `media_server.py <clip>`."""

import asyncio
import itertools
import json
import sys
from pathlib import Path

from aiohttp import web

_USER = {"id": "1", "username": "retake", "discriminator": "0", "global_name": None, "avatar": None, "bot": True}
_APP = {
    "id": "1", "name": "retake", "icon": None, "description": "", "bot_public": True, "bot_require_code_grant": False,
    "owner": _USER, "verify_key": "0" * 64, "flags": 0, "team": None,
}  # fmt: skip
_ids = itertools.count(1000)


def json_response(body: object) -> web.Response:
    """Return a JSON response with Discord's content type, which has no charset."""
    return web.Response(body=json.dumps(body).encode(), headers={"Content-Type": "application/json"})


async def receive_upload(request: web.Request) -> web.Response:
    """Read an upload and discard it."""
    async for _ in request.content.iter_chunked(1 << 18):
        pass
    message = {
        "id": str(next(_ids)), "channel_id": request.match_info["channel"], "type": 0, "author": _USER, "content": "",
        "timestamp": "2026-01-01T00:00:00+00:00", "edited_timestamp": None, "tts": False, "mention_everyone": False,
        "mentions": [], "mention_roles": [], "attachments": [], "embeds": [], "pinned": False, "flags": 0,
        "components": [],
    }  # fmt: skip
    return json_response(message)


async def main(clip: Path) -> None:
    async def film(_: web.Request) -> web.FileResponse:
        return web.FileResponse(clip, headers={"Content-Type": "video/mp4"})

    def saying(body: object) -> object:
        async def answer(_: web.Request) -> web.Response:
            return json_response(body)

        return answer

    app = web.Application(client_max_size=1 << 40)
    app.router.add_get("/clip.mp4", film)
    app.router.add_get("/api/v10/users/@me", saying(_USER))  # type: ignore[arg-type]
    app.router.add_get("/api/v10/oauth2/applications/@me", saying(_APP))  # type: ignore[arg-type]
    app.router.add_post("/api/v10/channels/{channel}/messages", receive_upload)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(runner.addresses[0][1], flush=True)  # noqa: T201
    await asyncio.to_thread(sys.stdin.read)  # until the parent closes the pipe
    await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
