"""A server that records requests and returns prepared responses."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

from aiohttp import web

from bot.jobs.job import Kind
from bot.net.ssrf_guard import SsrfGuard
from bot.ports.provider import Provider, ProviderOrder, Source, Task
from bot.providers import Account, build_provider
from tests.providers.models import model_of


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedRequest:
    """A complete request."""

    method: str
    path: str  # still percent-encoded
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> object:
        return json.loads(self.body)


@dataclass
class RecordingServer:
    """Returns `responses`, as (status, body), in order, and then repeats the last one."""

    responses: Sequence[tuple[int, object]] = ((200, {}),)
    requests: list[RecordedRequest] = field(default_factory=list)
    headers: Mapping[str, str] = field(default_factory=dict)  # of every response
    port: int = 0
    _runner: web.AppRunner | None = None

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=64 << 20)
        app.router.add_route("*", "/{tail:.*}", self._respond)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.port = int(self._runner.addresses[0][1])
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _respond(self, request: web.Request) -> web.Response:
        body = await request.read()
        status, response = self.responses[min(len(self.requests), len(self.responses) - 1)]
        self.requests.append(
            RecordedRequest(
                method=request.method, path=request.rel_url.raw_path_qs, headers=dict(request.headers), body=body
            )
        )
        if isinstance(response, bytes):
            return web.Response(status=status, body=response, headers=self.headers)
        return web.json_response(response, status=status, headers=self.headers)

    def provider(self, kind: str, *, allow: Sequence[str] = (), **options: object) -> Provider:
        values = {"name": kind, "kind": kind, "base_url": self.base_url, "key": "the-key", **options}
        account = Account(**values)  # type: ignore[arg-type]
        return build_provider(account, SsrfGuard([f"127.0.0.1:{self.port}", *allow]))


def make_order(kind: Kind, model: str, **changes: object) -> ProviderOrder:
    """Return an order for a model, which is named as `kind/key`."""
    values: dict[str, object] = {"job_id": "j", "kind": kind, "prompt": "a prompt", "model": model_of(model)}
    return ProviderOrder(**{**values, **changes})  # type: ignore[arg-type]


def make_source(task_id: str, protocol: str, endpoint: str = "", **spare_ids: str) -> Source:
    """Return a finished video as the source of a remix."""
    task = Task(task_id=task_id, protocol=protocol, endpoint=endpoint, spare_ids=spare_ids)
    return Source(task=task, account="a", model="m", family="f", aspect="16:9", seconds=10, resolution=None, clip=None)
