"""Tests of provider accounts: validation, secrecy of the key, rate limit."""

import asyncio
import time

import pytest

from bot.jobs.job import Kind
from bot.jobs.provider_errors import Refused
from bot.net.ssrf_guard import SsrfGuard
from bot.ports.provider import Task
from bot.providers import Account, build_provider
from tests.providers.recording_server import RecordingServer, make_order


def test_defaults_are_filled_in() -> None:
    one = Account(name="toapis", kind="toapis", key="k")
    two = Account(name="toapis-2", kind="toapis", key="k", base_url="https://toapis.cn/")
    three = Account(name="bifrost", kind="openai_videos", base_url="http://localhost:8080/v1", flavour="bifrost")
    assert (one.title, one.base_url, one.endpoint) == ("ToAPIs", "https://toapis.com", "https://toapis.com")
    assert (two.title, two.base_url) == ("ToAPIs (toapis-2)", "https://toapis.cn")
    assert (three.title, three.endpoint) == ("Bifrost", "http://localhost:8080")
    assert Account(name="xai", kind="xai").endpoint == "https://api.x.ai"
    assert Account(name="openrouter", kind="openrouter").endpoint == "https://openrouter.ai/api"
    assert Account(name="octopusx", kind="octopusx").protocol == "unified"


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "sora"},
        {"name": ""},
        {"name": "a@b"},
        {"name": "a b"},
        {"flavour": "bifrost"},
        {"protocol": "openai"},
        {"key": "a key"},
        {"key": "sk-secret\n"},
        {"key": "sk-secrét"},
        {"base_url": "toapis.com"},
        {"base_url": "ftp://toapis.com"},
        {"base_url": "https://user:sk-secret@toapis.com"},
        {"base_url": "https://toapis.com/?x=1"},
        {"base_url": "https://["},
        {"requests_per_s": 0},
        {"jobs_at_once": 0},
        {"paid_timeout_s": 0},
        {"kind": "openai_videos"},
    ],
)
def test_an_invalid_account_is_reported_without_its_key(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="account") as caught:
        Account(**{"name": "one", "kind": "toapis", "key": "sk-secret", **wrong})  # type: ignore[arg-type]
    assert "sk-secr" not in str(caught.value)


def test_no_representation_contains_the_key() -> None:
    account = Account(name="toapis", kind="toapis", key="sk-secret")
    assert "sk-secret" not in repr(account) + str(account) + repr(build_provider(account, SsrfGuard()))


async def test_requests_respect_the_rate_limit_of_the_account() -> None:
    async with RecordingServer([(200, {"id": "x", "status": "queued"})]) as server:
        account = Account(name="toapis", kind="toapis", key="k", base_url=server.base_url, requests_per_s=20.0)
        provider = build_provider(account, SsrfGuard())
        started = time.monotonic()
        await asyncio.gather(*(provider.check(Task(task_id="t", protocol="", endpoint="")) for _ in range(5)))
        elapsed_s = time.monotonic() - started
        await provider.close()
    assert len(server.requests) == 5
    assert 0.19 <= elapsed_s < 2.0


async def test_a_key_of_any_format_is_removed_from_echoed_errors() -> None:
    response = {"error": {"message": "no luck with plainwords99 today", "code": "plainwords99"}}
    order = make_order(Kind.GENERATE, "toapis/grok-video-3")
    async with RecordingServer([(400, response)]) as server:
        provider = server.provider("toapis", key="plainwords99")
        draft = await provider.draft(order)
        with pytest.raises(Refused) as caught:
            await provider.submit(draft)
        await provider.close()
    assert caught.value.facts["reason"] == "no luck with [key] today"
