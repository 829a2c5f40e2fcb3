"""The part that all pretend providers share: server, task table, money, films. Production never imports it."""

import secrets
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, Literal, Self, Unpack

from aiohttp import web
from aiohttp.typedefs import Middleware

from bot.sandbox.fault_injection import FaultInjector, Handler, drop
from bot.sandbox.providers.cdn import Cdn, Served
from bot.sandbox.providers.fields import FilePart
from bot.sandbox.providers.task_backend import BackendOptions, TaskBackend
from bot.sandbox.providers.tasks import CONTRACT_BROKEN, LocalTask, Refused, Upload

SECRET_HEADERS = ("Authorization", "x-bf-vk", "x-api-key", "api-key", "x-goog-api-key", "x-litellm-api-key")


class LocalProvider(TaskBackend, ABC):
    """A provider on 127.0.0.1; see `Desk` for what it accepts and for most of its knobs."""

    prefix = ""  # part of base_url

    def __init__(self, *, api_key: str | None = None, **options: Unpack[BackendOptions]) -> None:
        super().__init__(**options)
        self.api_key = api_key or f"sk-local-{secrets.token_hex(8)}"
        self.down: bool | Literal["drop"] = False
        self.errors_as_200 = False
        self.link_life_s = 24 * 3600.0
        self.fresh_links = True
        self.serve_instead: Served | None = None  # in place of every film
        self.cdn = Cdn()
        self.cdn_origin: str | None = None  # e.g. the same port under another host name
        self.wire = FaultInjector()
        self.port = 0
        self._runner: web.AppRunner | None = None

    # Implemented by each provider.

    @abstractmethod
    def routes(self) -> Sequence[web.RouteDef]: ...

    @abstractmethod
    def refusal(self, refused: Refused) -> web.Response: ...

    def keys_in(self, request: web.Request) -> list[str]:
        """The keys that the request carries."""
        scheme, _, key = request.headers.get("Authorization", "").partition(" ")
        return [key] if scheme.lower() == "bearer" else []

    # Life.

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def base_url(self) -> str:
        return self.origin + self.prefix

    async def start(self, port: int = 0) -> Self:
        """Listen; `port=p.port` brings a stopped provider back where it was, with all its tasks."""
        through: Any = self.wire.middleware()
        app = web.Application(middlewares=[through, self._guard()], client_max_size=64 << 20)
        app.add_routes(
            [
                web.get("/cdn/pictures/{name}", self.cdn.picture),
                web.get("/cdn/{name}/video.mp4", self._cdn_film),
                *self.routes(),
            ]
        )
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port).start()
        self.port = int(self._runner.addresses[0][1])
        self._resume_work()
        return self

    async def stop(self) -> None:
        """Stop listening and rendering; the tables stay readable."""
        await self._stop_work()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def __aenter__(self) -> Self:
        return await self.start()

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    def _guard(self) -> Middleware:
        @web.middleware
        async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
            try:
                return await self._admit(request, handler)
            except Refused as refused:
                return self._refuse(request, refused)
            except (web.HTTPNotFound, web.HTTPMethodNotAllowed):
                return self._refuse(request, Refused("no_such_route", "Invalid URL"))

        return guard

    async def _admit(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path.startswith("/cdn/"):
            values = (*request.headers.values(), request.path_qs)
            if any(h in request.headers for h in SECRET_HEADERS) or any(self.api_key in v for v in values):
                self.complaints.append("key leaked to the CDN")
            return await handler(request)
        if self.down:
            if self.down == "drop":
                drop(request)
            return web.Response(status=503, text="<h1>503 Service Unavailable</h1>", content_type="text/html")
        if self.api_key not in self.keys_in(request):
            raise Refused("unauthorized", "Invalid API key")
        return await handler(request)

    def _refuse(self, request: web.Request, refused: Refused) -> web.Response:
        if refused.reason in CONTRACT_BROKEN:
            self.complaints.append(f"{request.method} {request.path}: {refused.message}")
        response = self.refusal(refused)
        if self.errors_as_200:
            response.set_status(200)
        return response

    async def _cdn_film(self, request: web.Request) -> web.StreamResponse:
        return await self.cdn.film(request, self.serve_instead)

    def link(self, task: LocalTask) -> str:
        """The link to a finished film: a fresh signature at each call, or the first one for ever."""
        if task.link is None or self.fresh_links:
            task.link = self.cdn.sign(self.cdn_origin or self.origin, task, self.link_life_s)
        return task.link

    def keep_picture(self, part: FilePart, name: str = "") -> Upload:
        """Store an uploaded picture or video and give it a public address, which ends with `name` or a random one."""
        name = name or secrets.token_hex(8)
        url = f"{self.cdn_origin or self.origin}/cdn/pictures/{name}"
        upload = Upload(id=f"upload_{name}", url=url, filename=part.filename, mime_type=part.mime_type, data=part.data)
        self.uploads.append(upload)
        self.cdn.uploads[name] = upload
        return upload
