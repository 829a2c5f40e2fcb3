"""A host with one account of any kind, at its local provider or at a server that is none."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pytest
from aiohttp import web

from bot.catalogue.load import load_catalogue
from bot.catalogue.offers import Offers
from bot.cli.check_account import check_account
from bot.cli.findings import Finding
from bot.net.ssrf_guard import SsrfGuard
from bot.sandbox.providers import (
    LocalComfy,
    LocalComfyV2,
    LocalFal,
    LocalGemini,
    LocalOctopusX,
    LocalOpenAIVideos,
    LocalOpenRouter,
    LocalRunware,
    LocalRunway,
    LocalToAPIs,
    LocalXAI,
)
from bot.sandbox.providers.server import LocalProvider
from bot.settings import load
from tests.providers.models import WORKFLOWS

GATEWAY_MODEL = """
[openai_videos.mine]
title = "Mine"
wire = "{wire}"
family = "mine"
seconds = [8]
price.second_usd = 0.1
price.source = "the host"
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """An account as a host names it, and what its provider offers."""

    local: Callable[[], LocalProvider]
    lists: str = ""  # a model that it lists, by its name in requests
    needs_key: bool = True
    asks_by: str = "GET"  # the method of its free questions
    settings: Mapping[str, str] = field(default_factory=dict)


def _gateway(flavour: Literal["bifrost", "litellm", "openai"], model: str = "sora-2") -> Kind:
    return Kind(local=lambda: LocalOpenAIVideos(flavour), lists=model, needs_key=False)


KINDS: dict[str, Kind] = {
    "toapis": Kind(local=LocalToAPIs),
    "octopusx": Kind(local=LocalOctopusX),
    "octopusx-openai": Kind(local=LocalOctopusX, settings={"protocol": "openai"}),
    "bifrost": _gateway("bifrost", "openai/sora-2"),
    "litellm": _gateway("litellm"),
    "vllm": _gateway("openai"),
    "sglang": _gateway("openai"),
    "plain": _gateway("openai"),
    "xai": Kind(local=LocalXAI, lists="grok-imagine-video-1.5"),
    "openrouter": Kind(local=LocalOpenRouter, lists="minimax/hailuo-3"),
    "fal": Kind(local=LocalFal),
    "runway": Kind(local=LocalRunway, lists="aleph2"),
    "runware": Kind(local=LocalRunware, asks_by="POST"),
    "gemini": Kind(local=LocalGemini, lists="gemini-omni-1.2-flash"),
    "comfy": Kind(
        local=LocalComfy, lists="wan2.2_ti2v_5B_fp16.safetensors", needs_key=False, settings={"price": "free"}
    ),
    "comfy-v2": Kind(local=LocalComfyV2, needs_key=False, settings={"price": "free", "protocol": "v2"}),
}
WORKFLOW = "wan2.2-5b"
GATEWAYS = [name for name, kind in KINDS.items() if not kind.needs_key]
COMFY = ("comfy", "comfy-v2")
LISTING = [name for name, kind in KINDS.items() if kind.lists]


@dataclass(kw_only=True)
class Host:
    """A host with one account, who runs the account's part of `doctor`."""

    name: str
    kind: Kind
    local: LocalProvider
    monkeypatch: pytest.MonkeyPatch
    catalogue: Path

    async def check(self, **changes: str | None) -> list[Finding]:
        """Write the settings, with changes, read them as the bot does, and check the account."""
        account = {"key": self.local.api_key, "base_url": self.local.base_url, **self.kind.settings, **changes}
        if self.name in COMFY:
            account["workflows"] = str(self.catalogue.parent)
        for name in [name for name in os.environ if name.upper().startswith("RETAKE_")]:
            self.monkeypatch.delenv(name)
        self.monkeypatch.setenv("RETAKE_DISCORD_TOKEN", "token-of-the-bot")
        for setting, value in account.items():
            if value is not None:
                self.monkeypatch.setenv(f"RETAKE_ACCOUNTS__{self.name.upper()}__{setting.upper()}", value)
        if not self.kind.needs_key:
            self.monkeypatch.setenv("RETAKE_CATALOGUE", str(self.catalogue))
        settings = load(env_file=None)
        accounts = settings.account_list()
        offers = Offers(load_catalogue(settings.catalogue), accounts)
        assert offers.enabled()
        guard = SsrfGuard([f"127.0.0.1:{self.local.port}"])
        return await check_account(accounts[0], guard, offers)


@asynccontextmanager
async def host_of(name: str, monkeypatch: pytest.MonkeyPatch, folder: Path) -> AsyncIterator[Host]:
    """Start the provider of an account. Require at the end that nothing was paid, and only free questions were sent."""
    kind = KINDS[name]
    catalogue = folder / "catalogue.toml"
    catalogue.write_text(GATEWAY_MODEL.format(wire=kind.lists or "sora-2"))
    if name in COMFY:
        for ending in (".json", ".toml"):
            (folder / WORKFLOW).with_name(WORKFLOW + ending).write_text((WORKFLOWS / (WORKFLOW + ending)).read_text())
    async with kind.local() as local:
        yield Host(name=name, kind=kind, local=local, monkeypatch=monkeypatch, catalogue=catalogue)
        assert local.charges == []
        assert local.complaints == []
        assert len(local.wire.requests("*")) == len(local.wire.requests(f"{kind.asks_by} *"))


@asynccontextmanager
async def serving(answer: Callable[[web.Request], web.Response]) -> AsyncIterator[str]:
    """Serve one answer at every address."""

    async def handle(request: web.Request) -> web.Response:
        return answer(request)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handle)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def silence() -> AsyncIterator[str]:
    """Accept connections and never answer."""
    opened: list[asyncio.StreamWriter] = []

    async def accept(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        opened.append(writer)

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for writer in opened:
            writer.close()


def says(findings: list[Finding]) -> str:
    return "\n".join(f"{finding.state}: {finding.says}" for finding in findings)
