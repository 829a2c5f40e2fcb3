"""What both local servers share: a ledger of the requests they saw, and scripted trouble on the wire."""

import asyncio
import fnmatch
import json
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Rewrite = Callable[[web.Request, web.StreamResponse], web.StreamResponse]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedRequest:
    """A recorded request. `status` is None if the socket was dropped without a response."""

    at: float  # time.time()
    method: str
    path: str  # as sent, still percent-encoded
    headers: Mapping[str, str]
    body: bytes  # the first 64 KiB
    status: int | None


@dataclass(kw_only=True)
class Fault:
    """Scripted trouble for requests whose `"METHOD /path"` matches `route` (fnmatch: `*` crosses slashes).

    `when="before"`: the request has no effect; `"after"`: it has its effect and the answer is lost or replaced.
    `drop=True` closes the socket without an answer; else `status`, `body` and `headers` are the answer;
    with `status=None` and `drop=False` the request is only delayed by `delay_s` and then answered as ever.
    `skip` requests pass unharmed first; then `times` of them are hit (None: all).
    """

    route: str
    when: Literal["before", "after"] = "before"
    status: int | None = None
    body: bytes | str | Mapping[str, object] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    drop: bool = False
    delay_s: float = 0.0
    skip: int = 0
    times: int | None = 1
    hits: int = 0

    def matches(self, route: str) -> bool:
        """Whether this request is hit; counts it."""
        if not fnmatch.fnmatchcase(route, self.route) or self.times == 0:
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        if self.times is not None:
            self.times -= 1
        self.hits += 1
        return True

    def answer(self) -> web.Response:
        body, content_type = self.body, "application/json"
        if body is None:
            body = {"message": f"scripted {self.status}", "code": 0}
        if isinstance(body, str):
            content_type = "text/html"
            body = body.encode()
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"Content-Type": content_type, **self.headers}
        return web.Response(status=self.status or 500, body=raw, headers=headers)


class FaultInjector:
    """A server's view of its traffic: `seen` is the ledger, `faults` the trouble to come.

    `rewrite` may replace an answer after its request took effect.
    """

    def __init__(self) -> None:
        self.rewrite: Rewrite | None = None
        self.seen: list[RecordedRequest] = []
        self.faults: list[Fault] = []

    def fail(self, fault: Fault) -> Fault:
        """Script a fault; returns it, so that a test may read its `hits` or take it away with `mend`."""
        self.faults.append(fault)
        return fault

    def clear(self, fault: Fault | None = None) -> None:
        """Take one fault away, or all of them."""
        self.faults = [f for f in self.faults if fault is not None and f is not fault]

    def requests(self, route: str) -> list[RecordedRequest]:
        """The requests seen on a route (fnmatch over `"METHOD /path"`), oldest first."""
        return [s for s in self.seen if fnmatch.fnmatchcase(f"{s.method} {s.path.split('?')[0]}", route)]

    def middleware(self) -> Callable[[web.Request, Handler], Awaitable[web.StreamResponse]]:
        @web.middleware
        async def through(request: web.Request, handler: Handler) -> web.StreamResponse:
            route = f"{request.method} {request.rel_url.raw_path}"
            fault = next((f for f in self.faults if f.matches(route)), None)
            body = b"" if request.content_type.startswith("multipart/") else (await request.read())[:65536]
            status: int | None = None
            try:
                response = await self._served(request, handler, fault)
                if self.rewrite is not None:
                    response = self.rewrite(request, response)
                status = response.status
            except web.HTTPException as answer:
                status = answer.status
                raise
            finally:
                self.seen.append(
                    RecordedRequest(
                        at=time.time(),
                        method=request.method,
                        path=request.rel_url.raw_path_qs,
                        headers=dict(request.headers),
                        body=body,
                        status=status,
                    )
                )
            return response

        return through

    async def _served(self, request: web.Request, handler: Handler, fault: Fault | None) -> web.StreamResponse:
        if fault is None:
            return await handler(request)
        if fault.when == "before":
            await asyncio.sleep(fault.delay_s)
            if fault.drop:
                drop(request)
            if fault.status is not None:
                return fault.answer()
            return await handler(request)
        response = await handler(request)
        await asyncio.sleep(fault.delay_s)
        if fault.drop:
            drop(request)
        return response if fault.status is None else fault.answer()


def drop(request: web.Request) -> None:
    """Close the connection without a word."""
    if request.transport is not None:
        request.transport.abort()
    raise web.HTTPInternalServerError(text="dropped")
