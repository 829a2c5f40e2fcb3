"""The web server around a world: REST, gateway and CDN on one local port. Knows HTTP; decides nothing."""

import re

from aiohttp import web
from aiohttp.typedefs import Middleware

from bot.sandbox.discord.errors import ApiError
from bot.sandbox.discord.gateway.connections import Gateway
from bot.sandbox.discord.rest.attachments import AttachmentRoutes
from bot.sandbox.discord.rest.cdn import Cdn
from bot.sandbox.discord.rest.channels import ChannelRoutes
from bot.sandbox.discord.rest.commands import CommandRoutes
from bot.sandbox.discord.rest.guilds import GuildRoutes
from bot.sandbox.discord.rest.interactions import InteractionRoutes
from bot.sandbox.discord.rest.invalid_requests import InvalidRequests
from bot.sandbox.discord.rest.messages import MessageRoutes
from bot.sandbox.discord.rest.rate_limits import RateLimitDecision, RateLimits
from bot.sandbox.discord.rest.routing import Handler, Route, answer
from bot.sandbox.discord.state.credentials import Credentials
from bot.sandbox.discord.state.world import World
from bot.sandbox.fault_injection import FaultInjector
from bot.sandbox.fault_injection import Handler as WireHandler

API = re.compile(r"^/api(/v\d+)?")
MAJORS = ("channel", "guild", "token")
PREFIXES = ("/api/v10", "/api/v9", "/api")


class Server:
    """Serves the REST API, the gateway and the CDN on 127.0.0.1."""

    def __init__(
        self,
        world: World,
        gateway: Gateway,
        limits: RateLimits,
        invalid: InvalidRequests,
        wire: FaultInjector,
        credentials: Credentials,
        shards: int,
    ) -> None:
        self.world, self.gateway, self.limits, self._invalid = world, gateway, limits, invalid
        self._credentials = credentials
        self.app = web.Application(middlewares=[_watched(wire)], client_max_size=1 << 30)
        self._runner: web.AppRunner | None = None
        routes = [
            *MessageRoutes(world, limits).routes(),
            *AttachmentRoutes(world).routes(),
            *ChannelRoutes(world).routes(),
            *GuildRoutes(world, gateway, shards).routes(),
            *CommandRoutes(world).routes(),
            *InteractionRoutes(world).routes(),
        ]
        for route in routes:
            for prefix in PREFIXES:
                self.app.router.add_route(route.method, prefix + route.path, self._guarded(route))
        cdn = Cdn(world)
        self.app.router.add_get("/gw/", gateway.handle)
        for folder in ("attachments", "ephemeral-attachments"):
            self.app.router.add_get(f"/{folder}/{{channel}}/{{attachment:\\d+}}/{{name}}", cdn.file)
        for folder in ("embed", "avatars", "icons"):
            self.app.router.add_get(f"/{folder}/{{rest:.*}}", cdn.picture)
        self.app.router.add_route("*", "/{rest:.*}", _unknown)

    async def start(self, port: int) -> int:
        """Listen; returns the port."""
        self._runner = web.AppRunner(self.app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port)
        await site.start()
        return int(self._runner.addresses[0][1])

    async def stop(self) -> None:
        await self.gateway.close()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    def _guarded(self, route: Route) -> Handler:
        """A route behind the ban, its token, its rate limit and the error answers."""

        async def handler(request: web.Request) -> web.Response:
            page = self._invalid.page()
            if page is not None:
                return await _drained(request, page)
            response = await self._answered(route, request)
            self._invalid.record(response.status, response.headers)
            return response

        return handler

    async def _answered(self, route: Route, request: web.Request) -> web.Response:
        if route.token and not self._authorized(request):
            return await _drained(request, answer({"message": "401: Unauthorized", "code": 0}, 401))
        decision = self.limits.take_whole() if route.token else None
        if decision is None and route.rule:
            major = next((request.match_info[m] for m in MAJORS if m in request.match_info), "")
            decision = self.limits.take(route.rule, major)
        if decision is not None and decision.retry_after_s is not None:
            return await _drained(request, _too_many(decision))
        headers = {} if decision is None else decision.headers()
        try:
            response = await route.handler(request)
        except ApiError as error:
            return await _drained(request, answer(error.body(), error.status, headers | error.headers))
        response.headers.update(headers)
        return response

    def _authorized(self, request: web.Request) -> bool:
        sent = request.headers.get("Authorization", "")
        return sent.startswith("Bot ") and self._credentials.accepts(sent)


def _watched(wire: FaultInjector) -> Middleware:
    """The wire's ledger and faults, in the shape that aiohttp's types want."""
    through = wire.middleware()

    @web.middleware
    async def middleware(request: web.Request, handler: WireHandler) -> web.StreamResponse:
        return await through(request, handler)

    return middleware


def _too_many(decision: RateLimitDecision) -> web.Response:
    body = {
        "message": "You are being rate limited.",
        "retry_after": round(decision.retry_after_s or 0.0, 3),
        "global": decision.scope == "global",
    }
    return answer(body, 429, decision.headers())


async def _drained(request: web.Request, response: web.Response) -> web.Response:
    """Read the rest of an upload, so that the response reaches a client that is still sending."""
    async for _ in request.content.iter_any():
        pass
    return response


async def _unknown(request: web.Request) -> web.Response:
    return await _drained(request, answer({"message": "404: Not Found", "code": 0}, 404))
