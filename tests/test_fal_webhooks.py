"""fal's webhooks through the whole bot and real sockets: genuine, forged, replayed, unknown, late, too long."""

import contextlib
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bot.sandbox.providers import LocalFal
from bot.sandbox.providers.tasks import LocalTask
from bot.webhooks import MAX_BODY_BYTES
from tests import webhook_host
from tests.harness import BotHarness
from tests.webhook_host import FOX, free_port

BODY = b'{"status": "OK", "payload": {"video": {"url": "https://evil.example/other.mp4"}}}'
MODEL = "grok-imagine-video"


@contextlib.asynccontextmanager
async def open_bot(data: Path, provider: LocalFal) -> AsyncIterator[tuple[BotHarness, str]]:
    port = free_port()
    url = f"http://127.0.0.1:{port}/hooks"
    async with webhook_host.open_bot(data, provider, port, url) as harness:
        yield harness, f"{url}/fal"


async def order(harness: BotHarness, provider: LocalFal) -> LocalTask:
    return await webhook_host.order(harness, provider, MODEL, seconds=6)


async def call(url: str, headers: dict[str, str], body: bytes = BODY) -> int:
    return await webhook_host.call(url, headers, body)


async def test_a_finished_task_is_known_at_once_and_polled_once(tmp_path: Path) -> None:
    provider = LocalFal(render_s=0.5)
    async with open_bot(tmp_path, provider) as (harness, _):
        task = await order(harness, provider)
        await harness.wait_for_clip(FOX)
        assert provider.webhooks.answers[-1] == 204
        assert len(provider.wire.requests("GET */status")) == 1
        assert task.state == "completed"
        assert len(provider.charges) == 1
        assert provider.complaints == []


async def test_calls_that_arent_genuine_change_nothing_and_cost_nothing(tmp_path: Path) -> None:
    provider = LocalFal(render_s=float("inf"))
    async with open_bot(tmp_path, provider) as (harness, url):
        task = await order(harness, provider)
        sender, now = provider.webhooks, time.time()
        genuine = sender.headers(task.id, BODY)
        forged = {**genuine, "X-Fal-Webhook-Signature": Ed25519PrivateKey.generate().sign(BODY).hex()}
        assert await call(url, {}) == 401
        assert await call(url, forged) == 401
        assert await call(url, {**genuine, "X-Fal-Webhook-Signature": "zz"}) == 401
        assert await call(url, genuine, BODY + b" ") == 401
        assert await call(url, {**genuine, "X-Fal-Webhook-User-Id": "über"}) == 401
        assert await call(url, {**genuine, "X-Fal-Webhook-Request-Id": "another"}) == 401
        assert await call(url, sender.headers(task.id, BODY, at=now - 400)) == 401
        assert await call(url, sender.headers(task.id, BODY, at=now + 400)) == 401
        assert await call(url, sender.headers("unknown-task", BODY)) == 404
        assert await call(url.replace("/fal", "/toapis"), genuine) == 404
        assert await call(url.replace("/hooks/fal", "/other"), genuine) == 404
        assert await call(url, genuine, b"x" * (MAX_BODY_BYTES + 1)) == 413
        assert provider.wire.requests("GET */status") == []
        assert len(provider.charges) == 1


async def test_a_genuine_call_asks_the_provider_and_a_replay_doesnt(tmp_path: Path) -> None:
    provider = LocalFal(render_s=float("inf"))
    async with open_bot(tmp_path, provider) as (harness, url):
        task = await order(harness, provider)
        genuine = provider.webhooks.headers(task.id, BODY)
        assert await call(url, genuine) == 204
        await harness.wait_until(lambda: provider.wire.requests("GET */status") or None)
        assert await call(url, genuine) == 409
        assert await call(url, {**genuine, "User-Agent": "another"}) == 409
        assert task.state == "running"  # its content said OK, and the provider says that it renders
        assert harness.clips == []
        assert len(provider.wire.requests("GET */status")) == 1
        await provider.finish(task.id)
        await harness.wait_for_clip(FOX)
        assert len(provider.charges) == 1


async def test_too_many_calls_are_refused(tmp_path: Path) -> None:
    provider = LocalFal(render_s=float("inf"))
    async with open_bot(tmp_path, provider) as (harness, url):
        await order(harness, provider)
        answers = {await call(url, {}) for _ in range(100)}
        assert answers == {401, 429}


@pytest.mark.parametrize("body", [b"", b"[]", b"\xff"])
async def test_the_content_is_never_read(tmp_path: Path, body: bytes) -> None:
    provider = LocalFal(render_s=float("inf"))
    async with open_bot(tmp_path, provider) as (harness, url):
        task = await order(harness, provider)
        assert await call(url, provider.webhooks.headers(task.id, body), body) == 204
