"""What `doctor` says about an account of every kind: its key, its address and its models."""

from pathlib import Path

import pytest
from aiohttp import web

from bot.cli.check_account import WRONG_KEY
from bot.sandbox.providers import LocalComfy, LocalComfyV2, LocalOpenAIVideos
from bot.sandbox.providers.litellm import LiteLLM
from bot.settings import SettingsError
from tests.account_host import GATEWAYS, KINDS, LISTING, host_of, says, serving, silence


@pytest.mark.parametrize("name", KINDS)
async def test_the_right_key_is_taken(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    async with host_of(name, monkeypatch, tmp_path) as host:
        found = await host.check()
        assert found[0].state == "ok", says(found)
        assert found[0].says.endswith(" answers as expected; the key is taken.")
        assert "doesn't list" not in says(found)
        assert not [finding for finding in found if finding.state == "bad"]


@pytest.mark.parametrize("name", KINDS)
async def test_a_wrong_key_is_refused(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    async with host_of(name, monkeypatch, tmp_path) as host:
        (found,) = await host.check(key="sk-of-somebody-else")
        assert found.state == "bad"
        assert "refuses the key. Check RETAKE_ACCOUNTS__" in found.says, found.says
        assert "sk-of-somebody-else" not in found.says


@pytest.mark.parametrize("name", KINDS)
async def test_a_missing_key_is_asked_for(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    async with host_of(name, monkeypatch, tmp_path) as host:
        setting = f"RETAKE_ACCOUNTS__{name.upper()}__KEY"
        if host.kind.needs_key:
            with pytest.raises(SettingsError) as refused:
                await host.check(key=None)
            assert setting in str(refused.value)
            return
        (found,) = await host.check(key=None)
        assert found.state == "bad"
        assert setting in found.says, found.says
        assert "refuses the key" not in found.says


@pytest.mark.parametrize("name", KINDS)
async def test_no_answer_is_told_from_a_refusal(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    async with host_of(name, monkeypatch, tmp_path) as host:
        host.local.down = "drop"
        (found,) = await host.check()
        assert (found.state, "can't be reached" in found.says) == ("bad", True), found.says
        host.local.down = True
        (found,) = await host.check()
        assert (found.state, "HTTP 503" in found.says) == ("bad", True), found.says


@pytest.mark.parametrize("name", KINDS)
async def test_a_model_that_is_not_there_is_named(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Where the provider lists its models. Elsewhere nothing is claimed."""
    async with host_of(name, monkeypatch, tmp_path) as host:
        if isinstance(host.local, LocalOpenAIVideos) and isinstance(host.local.flavour, LiteLLM):
            del host.local.flavour.models[host.kind.lists]  # it lists what its own configuration names
        host.local.retired_models.add(host.kind.lists or "grok-video-3")
        found = await host.check()
        assert found[0].says.endswith(" answers as expected; the key is taken."), says(found)
        missing = [finding for finding in found if "doesn't list" in finding.says or "no longer listed" in finding.says]
        assert len(missing) == (name in LISTING), says(found)
        for finding in missing:
            assert host.kind.lists.rpartition("/")[2] in finding.says
            assert finding.state == ("bad" if name in GATEWAYS else "look")  # the host's own has no other model


@pytest.mark.parametrize("name", GATEWAYS)
async def test_a_gateway_that_checks_no_key_is_not_taken_for_one(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    async with host_of(name, monkeypatch, tmp_path) as host:
        assert isinstance(host.local, LocalOpenAIVideos | LocalComfy | LocalComfyV2)
        host.local.auth = False
        found = await host.check(key="sk-any")
        assert (found[0].state, "answers a wrong key as well" in found[0].says) == ("look", True), says(found)
        found = await host.check(key=None)
        lists = bool(host.kind.lists)
        assert (found[0].state == "ok", "asks for no key" in found[0].says) == (lists, lists), says(found)
        assert WRONG_KEY not in says(found)


@pytest.mark.parametrize("name", KINDS)
async def test_a_web_page_is_not_taken_for_an_api(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def page(_: web.Request) -> web.Response:
        return web.Response(text="<h1>Welcome</h1>", content_type="text/html")

    async with host_of(name, monkeypatch, tmp_path) as host, serving(page) as url:
        found = await host.check(base_url=url)
        assert (found[0].state == "ok", "BASE_URL" in found[0].says) == (False, True), says(found)


@pytest.mark.parametrize("name", KINDS)
async def test_not_found_everywhere_proves_no_key(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An address of another server that answers 404 to every request."""

    def not_found(_: web.Request) -> web.Response:
        return web.json_response({"error": {"message": "Not Found"}}, status=404)

    async with host_of(name, monkeypatch, tmp_path) as host, serving(not_found) as url:
        found = await host.check(base_url=url)
        assert found[0].state != "ok", says(found)
        if not host.kind.needs_key:
            found = await host.check(base_url=url, key=None)
            assert found[0].state != "ok", says(found)


async def test_a_gateway_without_a_list_of_models_is_asked_for_a_task(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def answer(request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != "Bearer sk-right":
            return web.json_response({"error": "Unauthorized"}, status=401)
        return web.json_response({"detail": "Not Found"}, status=404)

    async with host_of("sglang", monkeypatch, tmp_path) as host, serving(answer) as url:
        found, _ = await host.check(base_url=url, key="sk-right")
        assert (found.state, found.says) == ("ok", "SGLang answers as expected; the key is taken.")
        (found,) = await host.check(base_url=url, key="sk-wrong")
        assert (found.state, "refuses the key" in found.says) == ("bad", True)


@pytest.mark.parametrize("name", KINDS)
async def test_a_provider_that_never_answers_does_not_hold_it_up(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("bot.cli.check_account.TIME_LIMIT_S", 0.3)
    async with host_of(name, monkeypatch, tmp_path) as host, silence() as url:
        (found,) = await host.check(base_url=url)
        assert (found.state, "doesn't answer within" in found.says) == ("bad", True), found.says


@pytest.mark.parametrize(("listed", "there"), [("*", True), ("openai/*", False), ("sora-*", True)])
async def test_a_listed_pattern_stands_for_the_models_that_match_it(
    listed: str, there: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """LiteLLM lists the patterns of its configuration."""
    async with host_of("litellm", monkeypatch, tmp_path) as host:
        assert isinstance(host.local, LocalOpenAIVideos)
        host.local.flavour.models = {listed: "openai"}  # type: ignore[misc]
        found = await host.check()
        assert ("doesn't list" not in says(found)) == there, says(found)
