"""An account checks itself, keeps its key to itself and its pace."""

import asyncio
import time

import pytest

from bot.jobs.job import Kind
from bot.jobs.provider_errors import Refused
from bot.net.ssrf_guard import SsrfGuard
from bot.ports.provider import Task
from bot.providers import Account, build_provider
from tests.providers.echo import RecordingServer, order


def test_what_is_left_open_is_filled_in() -> None:
    one = Account(name="toapis", kind="toapis", key="k")
    two = Account(name="toapis-2", kind="toapis", key="k", base_url="https://toapis.cn/")
    three = Account(name="bifrost", kind="openai_videos", base_url="http://localhost:8080/v1", flavour="bifrost")
    assert (one.title, one.base_url, one.endpoint) == ("ToAPIs", "https://toapis.com", "https://toapis.com")
    assert (two.title, two.base_url) == ("ToAPIs (toapis-2)", "https://toapis.cn")
    assert (three.title, three.endpoint) == ("Bifrost", "http://localhost:8080")
    assert Account(name="xai", kind="xai").endpoint == "https://api.x.ai"
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
def test_a_mistake_is_named_without_the_key(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="account") as caught:
        Account(**{"name": "one", "kind": "toapis", "key": "sk-secret", **wrong})  # type: ignore[arg-type]
    assert "sk-secr" not in str(caught.value)


def test_a_key_is_in_no_text() -> None:
    account = Account(name="toapis", kind="toapis", key="sk-secret")
    assert "sk-secret" not in repr(account) + str(account) + repr(build_provider(account, SsrfGuard()))


async def test_requests_keep_to_the_accounts_pace() -> None:
    async with RecordingServer([(200, {"id": "x", "status": "queued"})]) as echo:
        account = Account(name="toapis", kind="toapis", key="k", base_url=echo.base_url, requests_per_s=20.0)
        provider = build_provider(account, SsrfGuard())
        began = time.monotonic()
        await asyncio.gather(*(provider.check(Task(task_id="t", protocol="", endpoint="")) for _ in range(5)))
        took_s = time.monotonic() - began
        await provider.close()
    assert len(echo.requests) == 5
    assert 0.19 <= took_s < 2.0


async def test_a_key_of_any_look_is_cut_out_of_what_a_provider_repeats() -> None:
    answer = {"error": {"message": "no luck with plainwords99 today", "code": "plainwords99"}}
    wish = order(Kind.GENERATE, "toapis/grok-video-3")
    async with RecordingServer([(400, answer)]) as echo:
        provider = echo.provider("toapis", key="plainwords99")
        draft = await provider.draft(wish)
        with pytest.raises(Refused) as caught:
            await provider.submit(draft)
        await provider.close()
    assert caught.value.facts["reason"] == "no luck with [key] today"
