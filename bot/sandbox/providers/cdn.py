"""The CDN of a local provider: signed links that expire, and faults of file servers."""

import asyncio
import gzip
import hashlib
import hmac
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web
from yarl import URL

from bot.sandbox.providers.tasks import LocalTask, Upload

Served = bytes | Path | Callable[[LocalTask], bytes | Path]


@dataclass(kw_only=True)
class CdnFaults:
    """How a file is sent; all may be changed while the server runs."""

    no_length: bool = False  # chunked, without Content-Length
    gzip: bool = False  # with Content-Encoding: gzip, even if not requested
    trickle_bytes_s: float | None = None
    cut_after_bytes: int | None = None  # the full length is promised, then the socket closes
    redirects: int = 0  # so many 302 to this CDN itself come first
    redirect_to: str | None = None  # every request is sent elsewhere
    content_type: str = "video/mp4"


class Cdn:
    """Signs links to videos and serves them."""

    def __init__(self) -> None:
        self.faults = CdnFaults()
        self.tasks: dict[str, LocalTask] = {}
        self.uploads: dict[str, Upload] = {}
        self._secret = secrets.token_bytes(16)

    def sign(self, origin: str, task: LocalTask, life_s: float) -> str:
        """A new link; no two are equal."""
        self.tasks[task.cdn_name] = task
        expires = f"{time.time() + life_s:.6f}"
        return f"{origin}{self._signed(task.cdn_name, expires)}"

    def expire_all(self) -> None:
        """Every link given out so far is dead from now on."""
        self._secret = secrets.token_bytes(16)

    def _signed(self, name: str, expires: str) -> str:
        proof = hmac.new(self._secret, f"{name}|{expires}".encode(), hashlib.sha256).hexdigest()[:32]
        return f"/cdn/{name}/video.mp4?exp={expires}&sig={proof}"

    def is_current(self, link: str) -> bool:
        """Whether a link that was given out has not been made to expire."""
        name, _, query = link.partition("/cdn/")[2].partition("/video.mp4?exp=")
        return self._signed(name, query.partition("&")[0]) == link[link.index("/cdn/") :]

    def admits(self, request: web.Request) -> bool:
        return self.is_valid(request.rel_url)

    def is_valid(self, link: URL) -> bool:
        """Return whether a link has a signature of this CDN and hasn't expired."""
        expires = link.query.get("exp", "")
        expected = self._signed(link.parts[-2], expires).rpartition("sig=")[2]
        return hmac.compare_digest(expected, link.query.get("sig", "")) and time.time() < float(expires)

    async def film(self, request: web.Request, serve: Served | None) -> web.StreamResponse:
        """Answer a film link."""
        task = self.tasks.get(request.match_info["name"])
        if task is None or not self.admits(request):
            text = "<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>"
            return web.Response(status=403, text=text, content_type="application/xml")
        hop = int(request.query.get("hop", "0"))
        if self.faults.redirect_to is not None:
            return web.Response(status=302, headers={"Location": self.faults.redirect_to})
        if hop < self.faults.redirects:
            onward = request.rel_url.update_query(hop=str(hop + 1))
            return web.Response(status=302, headers={"Location": str(onward)})
        return await send(request, await film_bytes(task, serve), self.faults)

    async def picture(self, request: web.Request) -> web.Response:
        """Answer a link to an uploaded picture."""
        upload = self.uploads.get(request.match_info["name"])
        if upload is None:
            return web.Response(status=404, text="no such picture")
        return web.Response(body=upload.data, content_type=upload.mime_type)


async def film_bytes(task: LocalTask, serve: Served | None) -> bytes:
    """The result of a task, or what a test wants served instead."""
    film = serve(task) if callable(serve) else serve
    if film is None:
        film = task.film or b""
    return film if isinstance(film, bytes) else await asyncio.to_thread(film.read_bytes)


async def send(request: web.Request, body: bytes, faults: CdnFaults) -> web.StreamResponse:
    """Send a file with these faults."""
    headers = {"Content-Type": faults.content_type}
    if faults.gzip:
        body = gzip.compress(body, 1)
        headers["Content-Encoding"] = "gzip"
    plain = faults.trickle_bytes_s is None and faults.cut_after_bytes is None and not faults.no_length
    if plain:
        return web.Response(body=body, headers=headers)
    response = web.StreamResponse(headers=headers)
    if not faults.no_length:
        response.content_length = len(body)
    await response.prepare(request)
    piece, pause_s = 65536, 0.0
    if faults.trickle_bytes_s is not None:
        piece, pause_s = max(1, int(faults.trickle_bytes_s / 20)), 0.05
    end = len(body) if faults.cut_after_bytes is None else faults.cut_after_bytes
    for start in range(0, end, piece):
        await response.write(body[start : min(start + piece, end)])
        await asyncio.sleep(pause_s)
    if end < len(body) and request.transport is not None:
        request.transport.close()
        return response
    await response.write_eof()
    return response
