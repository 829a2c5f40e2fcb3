"""The page's web server on 127.0.0.1: static files, clips, uploads and the socket. Decides nothing."""

import re
from importlib import resources
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from bot.sandbox.demo_guild import DemoGuild
from bot.sandbox.discord import Upload
from bot.sandbox.discord.rest.cdn import ranged
from bot.sandbox.discord.state.blobs import plain_name
from bot.sandbox.environment import LocalEnvironment
from bot.sandbox.web.commands import Uploads
from bot.sandbox.web.fault_switches import FaultSwitches
from bot.sandbox.web.inspector import ClusterView, Inspector
from bot.sandbox.web.origin_check import FILE_POLICY, armour, guarding
from bot.sandbox.web.session import MOST_BYTES, Session

PORT = 8642
STATIC = resources.files("bot.sandbox.web") / "static"
NAME = re.compile(r"^[a-z]+\.(js|css|svg)$")
TYPES = {"js": "text/javascript", "css": "text/css", "svg": "image/svg+xml"}
INLINE = re.compile(r"^(video/(mp4|webm)|image/(png|jpeg|gif|webp)|audio/(mpeg|ogg|wav|mp4))$")
MOST_UPLOAD_BYTES = 64 << 20


class Page:
    """Serves one world to the browsers of this machine. `cluster`: the bot is several processes."""

    def __init__(self, world: LocalEnvironment, stage: DemoGuild, cluster: ClusterView | None = None) -> None:
        self._world, self._stage = world, stage
        self._uploads, self._inspector = Uploads(), Inspector(world, cluster)
        self._processes = cluster.processes if cluster is not None else None
        self.fault_switches = FaultSwitches(world, stage.guild, has_one_bot=cluster is None)
        self.port = 0
        self._runner: web.AppRunner | None = None
        self._sockets: set[web.WebSocketResponse] = set()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self, port: int = 0) -> Self:
        """Listen. OSError when the port is taken."""
        guard: Any = guarding(lambda: self.port)
        app = web.Application(middlewares=[guard], client_max_size=MOST_UPLOAD_BYTES)
        app.on_response_prepare.append(armour)
        app.add_routes(
            [
                web.get("/", self._index),
                web.get("/static/{name}", self._static),
                web.get("/files/{id:\\d+}/{name}", self._file),
                web.post("/uploads", self._upload),
                web.get("/socket", self._socket),
            ]
        )
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port).start()
        self.port = int(self._runner.addresses[0][1])
        return self

    async def stop(self) -> None:
        for socket in tuple(self._sockets):
            await socket.close(code=1001)
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def __aenter__(self) -> Self:
        return self if self._runner is not None else await self.start()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def _index(self, _: web.Request) -> web.Response:
        return web.Response(text=(STATIC / "index.html").read_text(), content_type="text/html")

    async def _static(self, request: web.Request) -> web.Response:
        """Read files at each request, so that changes show after a reload."""
        name = request.match_info["name"]
        found = NAME.match(name)
        if found is None or not (STATIC / name).is_file():
            raise web.HTTPNotFound
        return web.Response(text=(STATIC / name).read_text(), content_type=TYPES[found[1]])

    async def _file(self, request: web.Request) -> web.Response:
        """An attachment, with ranges. Only pictures, clips and sounds open in place; the rest is saved."""
        attachment = self._world.discord.world.attachments.get(int(request.match_info["id"]))
        if attachment is None:
            raise web.HTTPNotFound
        response = ranged(request.headers.get("Range"), attachment)
        del response.headers["Access-Control-Allow-Origin"]
        response.headers["Content-Security-Policy"] = FILE_POLICY
        if not INLINE.match(attachment.content_type or ""):
            response.headers["Content-Type"] = "application/octet-stream"
            response.headers["Content-Disposition"] = f'attachment; filename="{attachment.filename}"'
        return response

    async def _upload(self, request: web.Request) -> web.Response:
        name = plain_name(request.query.get("name", "file"))[:100] or "file"
        upload = Upload(name, await request.read(), request.query.get("type") or None)
        return web.json_response({"ticket": self._uploads.add(upload)})

    async def _socket(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(max_msg_size=MOST_BYTES, heartbeat=20.0)
        await socket.prepare(request)
        wanted = request.query.get("as", "")
        member = self._stage.guild.member(int(wanted)) if wanted.isdecimal() else None
        if member is None or member.user.bot:
            member = self._stage.alice
        self._sockets.add(socket)
        try:
            session = Session(
                self._world.discord, member, self._uploads, self._inspector, self.fault_switches, self._processes
            )
            await session.serve(socket)
        finally:
            self._sockets.discard(socket)
        return socket
