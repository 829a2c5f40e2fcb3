"""Webhooks of OpenRouter and Google, which are signed with a secret: through the whole bot and real sockets."""

import contextlib
import json
import logging
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest
from pydantic import SecretStr

from bot.sandbox.providers import LocalGemini, LocalOpenRouter
from bot.sandbox.providers.webhook_calls import GeminiWebhooks, OpenRouterWebhooks
from bot.webhooks import MAX_BODY_BYTES
from tests.harness import BotHarness
from tests.webhook_host import FOX, PUBLIC, call, free_port, open_bot, order

Local = LocalOpenRouter | LocalGemini
EVENTS = ["interaction.completed", "interaction.failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A provider and how its calls look."""

    local: Callable[..., Local]
    model: str
    polls: str
    signature: str  # its header
    unknown: int  # the answer to a genuine call about a task that isn't ours


CASES = {
    "openrouter": Case(
        local=LocalOpenRouter, model="gen-4.5", polls="GET */videos/gen-*", signature="X-OpenRouter-Signature",
        unknown=404,
    ),
    "gemini": Case(
        local=LocalGemini, model="gemini-omni-1.2-flash", polls="GET */interactions/*", signature="webhook-signature",
        unknown=204,
    ),
}  # fmt: skip
every_case = pytest.mark.parametrize("case", CASES.values(), ids=CASES)


@contextlib.asynccontextmanager
async def open_case(
    data: Path, provider: Local, *, public: str = PUBLIC, with_secret: bool = True
) -> AsyncIterator[tuple[BotHarness, str]]:
    """Open a bot as a host sets it up: with the workspace's secret, or that of the registered webhook."""
    port, account = free_port(), dict[str, object]()
    provider.webhooks.proxy = f"http://127.0.0.1:{port}"
    async with open_bot(data, provider, port, f"{public}/hooks", account=account, start=False) as harness:
        if isinstance(provider, LocalGemini):
            await register(provider, f"{public}/hooks/gemini")
        if with_secret:
            harness.account_overrides[provider.name]["webhook_secret"] = SecretStr(provider.webhooks.secret)
        await harness.start()
        yield harness, f"http://127.0.0.1:{port}/hooks/{provider.name}"


async def register(provider: LocalGemini, url: str) -> None:
    """Register a webhook as docs/operations.md shows."""
    headers = {"x-goog-api-key": provider.api_key}
    wanted = {"name": "retake", "uri": url, "subscribed_events": EVENTS}
    address = f"{provider.base_url}/v1beta/webhooks"
    async with aiohttp.ClientSession() as session, session.post(address, json=wanted, headers=headers) as response:
        assert (await response.json())["new_signing_secret"] == provider.webhooks.secret


def event(task_id: str) -> bytes:
    data = {"id": task_id, "status": "completed", "unsigned_urls": ["https://evil.example/other.mp4"]}
    return json.dumps({"type": "interaction.completed", "data": data}).encode()


def other(webhooks: OpenRouterWebhooks | GeminiWebhooks) -> OpenRouterWebhooks | GeminiWebhooks:
    """Return a sender with another secret."""
    made = type(webhooks)()
    made.secret = "whsec_" + "QUJD" * 8
    return made


@every_case
async def test_a_finished_task_is_known_at_once_and_polled_once(tmp_path: Path, case: Case) -> None:
    provider = case.local(render_s=0.5)
    async with open_case(tmp_path, provider) as (harness, _):
        await order(harness, provider, case.model)
        await harness.wait_for_clip(FOX)
        assert provider.webhooks.answers[-1] == 204
        assert len(provider.wire.requests(case.polls)) == 1
        assert len(provider.charges) == 1
        assert provider.complaints == []


@every_case
async def test_calls_that_arent_genuine_change_nothing_and_cost_nothing(tmp_path: Path, case: Case) -> None:
    provider = case.local(render_s=float("inf"))
    async with open_case(tmp_path, provider) as (harness, url):
        task = await order(harness, provider, case.model)
        sender, now, body = provider.webhooks, time.time(), event(task.id)
        genuine = sender.headers(body)
        assert await call(url, {}, body) == 401
        assert await call(url, other(sender).headers(body), body) == 401
        for wrong in ("", "v1,", "t=,v1=", "über", genuine[case.signature][:-1], "," * 1000):
            assert await call(url, {**genuine, case.signature: wrong}, body) == 401
        assert await call(url, genuine, body + b" ") == 401
        assert await call(url, sender.headers(body, at=now - 400), body) == 401
        assert await call(url, sender.headers(body, at=now + 400), body) == 401
        assert await call(url.replace(provider.name, "toapis"), genuine, body) == 404
        assert await call(url, genuine, b"x" * (MAX_BODY_BYTES + 1)) == 413
        assert provider.wire.requests(case.polls) == []
        assert len(provider.charges) == 1


@every_case
@pytest.mark.parametrize("body", [event("unknown"), event("x" * 9000), b"{}", b"", b"\xff", b"[" * 90_000])
async def test_genuine_calls_about_no_task_of_ours_change_nothing(tmp_path: Path, case: Case, body: bytes) -> None:
    provider = case.local(render_s=float("inf"))
    async with open_case(tmp_path, provider) as (harness, url):
        await order(harness, provider, case.model)
        assert await call(url, provider.webhooks.headers(body), body) == case.unknown
        assert provider.wire.requests(case.polls) == []


@every_case
async def test_a_genuine_call_asks_the_provider_and_a_replay_doesnt(tmp_path: Path, case: Case) -> None:
    provider = case.local(render_s=float("inf"))
    async with open_case(tmp_path, provider) as (harness, url):
        task = await order(harness, provider, case.model)
        body = event(task.id)
        genuine = provider.webhooks.headers(body)
        assert await call(url, genuine, body) == 204
        await harness.wait_until(lambda: provider.wire.requests(case.polls) or None)
        assert await call(url, genuine, body) == 409
        assert await call(url, {**genuine, "User-Agent": "another"}, body) == 409
        assert task.state == "running"  # the call said completed, and the provider says that it renders
        assert harness.clips == []
        assert len(provider.wire.requests(case.polls)) == 1
        await provider.finish(task.id)
        await harness.wait_for_clip(FOX)
        assert len(provider.charges) == 1


@every_case
async def test_without_a_secret_no_call_is_taken_or_asked_for(tmp_path: Path, case: Case) -> None:
    provider = case.local(render_s=float("inf"))
    async with open_case(tmp_path, provider, with_secret=False) as (harness, url):
        task = await order(harness, provider, case.model)
        body = event(task.id)
        assert "callback_url" not in task.request
        provider.webhooks.secret = ""
        assert await call(url, provider.webhooks.headers(body), body) == 401
        assert provider.wire.requests(case.polls) == []


async def test_openrouter_is_given_the_address_and_no_other_than_https(tmp_path: Path) -> None:
    for public in (PUBLIC, "http://retake.example"):
        provider = LocalOpenRouter(render_s=float("inf"))
        async with open_case(tmp_path / public.partition(":")[0], provider, public=public) as (harness, _):
            task = await order(harness, provider, "gen-4.5")
            wanted = f"{PUBLIC}/hooks/openrouter" if public == PUBLIC else None
            assert task.request.get("callback_url") == wanted
            assert provider.complaints == []


@every_case
async def test_a_video_that_failed_is_announced_too(tmp_path: Path, case: Case) -> None:
    provider = case.local(render_s=0.5)
    async with open_case(tmp_path, provider) as (harness, _):
        await harness.alice.slash(harness.channel, "generate", prompt="a boat [fail]", model=case.model)
        await harness.wait_for_message("couldn't finish")
        assert provider.webhooks.answers[-1] == 204
        assert len(provider.wire.requests(case.polls)) == 1


@every_case
async def test_the_secret_is_in_no_log_line_and_no_repr(
    tmp_path: Path, case: Case, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    provider = case.local(render_s=0.3)
    async with open_case(tmp_path, provider) as (harness, url):
        await order(harness, provider, case.model)
        await call(url, {}, b"")
        await harness.wait_for_clip(FOX)
        assert provider.webhooks.secret not in repr(harness.settings())
        assert provider.webhooks.secret not in repr(harness.settings().account_list())
        assert provider.webhooks.secret not in caplog.text
