"""The CDN: uploaded files by signed address, with ranges, and a picture for everything else. Changes nothing."""

import re

from aiohttp import web

from bot.sandbox.discord.state.attachments import Attachment
from bot.sandbox.discord.state.world import World

RANGE = re.compile(r"^bytes=(\d*)-(\d*)$")
GONE = "This content is no longer available."
DOT = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><circle cx="8" cy="8" r="8" fill="#5865f2"/></svg>'


class Cdn:
    """Serves what the world keeps."""

    def __init__(self, world: World) -> None:
        self.world = world

    async def file(self, request: web.Request) -> web.Response:
        """An attachment. 404 for an address that is unsigned, outdated or unknown; 206 and 416 for ranges."""
        found = self.world.attachments.get(int(request.match_info["attachment"]))
        expires = request.query.get("ex", "0")
        signed = request.query.get("hm") == self.world.signature(request.path, expires)
        if found is None or not signed or int(expires, 16) < self.world.clock.now():
            return web.Response(status=404, text=GONE)
        return ranged(request.headers.get("Range"), found)

    async def picture(self, _: web.Request) -> web.Response:
        return web.Response(body=DOT, content_type="image/svg+xml")


def ranged(wanted: str | None, file: Attachment) -> web.Response:
    """Return a file, or the requested range."""
    headers = {"Content-Type": file.content_type or "application/octet-stream", "Accept-Ranges": "bytes"}
    headers["Content-Disposition"] = f'inline; filename="{file.filename}"'
    headers["Access-Control-Allow-Origin"] = "*"
    found = RANGE.match(wanted or "")
    if found is None or found.groups() == ("", ""):
        return web.Response(body=file.blob.read(), headers=headers)
    first, last = found.groups()
    start = int(first) if first else max(0, file.size - int(last))
    end = min(int(last), file.size - 1) if first and last else file.size - 1
    if start > end:
        headers["Content-Range"] = f"bytes */{file.size}"
        return web.Response(status=416, headers=headers)
    headers["Content-Range"] = f"bytes {start}-{end}/{file.size}"
    return web.Response(status=206, body=file.blob.read(start, end + 1), headers=headers)
