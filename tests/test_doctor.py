"""`python -m bot doctor`: finds problems, spends nothing, and doesn't disturb a running bot."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from bot.sandbox.environment import ROOT, LocalEnvironment
from bot.sandbox.providers import LocalFal, LocalOpenRouter, LocalRunware, LocalRunway, LocalToAPIs
from bot.sandbox.providers.server import LocalProvider


async def run_doctor(world: LocalEnvironment, **env: str) -> tuple[int, list[dict[str, Any]]]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "doctor", "--json", cwd=ROOT, env=world.env() | env,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await process.communicate()
    assert err == b""
    return process.returncode or 0, json.loads(out)


async def test_no_problems_are_found_and_nothing_is_spent(tmp_path: Path) -> None:
    provider = LocalToAPIs()
    async with LocalEnvironment(provider, data=tmp_path) as world:
        world.discord.add_guild("Studio")
        code, found = await run_doctor(world)
        says = {finding["says"] for finding in found}
        assert code == 0, found
        assert "Logged in as Retake." in says
        assert "ToAPIs answers as expected; the key is taken." in says
        assert any(line.startswith("Left: ") for line in says)
        assert any("Discord does not know" in line for line in says)  # never synced
        assert provider.charges == []
        await world.start_bot()
        code, found = await run_doctor(world)  # while the bot runs
        assert code == 0
        assert not any("does not know" in finding["says"] for finding in found)


async def test_a_refused_key_an_empty_account_and_a_missing_permission_are_named(tmp_path: Path) -> None:
    provider = LocalToAPIs(balance_usd=0.0)
    async with LocalEnvironment(provider, data=tmp_path) as world:
        guild = world.discord.add_guild("Studio")
        for role in (guild.bot_role, guild.everyone):
            role.revoke("attach_files")
        code, found = await run_doctor(world)
        bad = [finding["says"] for finding in found if finding["state"] == "bad"]
        assert code == 1
        assert "Studio: I need Attach Files." in bad
        assert any(line.startswith("Left: 0") for line in bad)
        code, found = await run_doctor(world, RETAKE_ACCOUNTS__TOAPIS__KEY="sk-wrong-key")
        assert code == 1
        assert any("ToAPIs refuses the key" in finding["says"] for finding in found)
        assert "sk-wrong-key" not in json.dumps(found)


async def test_a_server_where_films_cannot_have_threads_is_named(tmp_path: Path) -> None:
    async with LocalEnvironment(LocalToAPIs(), data=tmp_path) as world:
        guild = world.discord.add_guild("Studio")
        says = "Studio: without Create Public Threads, the shots of a film are posted in the channel."
        _, found = await run_doctor(world)
        assert says not in [finding["says"] for finding in found]
        for role in (guild.bot_role, guild.everyone):
            role.revoke("create_public_threads")
        _, found = await run_doctor(world)
        assert says in [finding["says"] for finding in found if finding["state"] != "bad"]


async def test_openrouters_key_is_checked_and_its_limit_named(tmp_path: Path) -> None:
    """Its list of models is public, so the route about the key tells whether it is taken."""
    provider = LocalOpenRouter()
    provider.key_limit_usd = 5.0
    async with LocalEnvironment(provider, data=tmp_path) as world:
        world.discord.add_guild("Studio")
        code, found = await run_doctor(world)
        says = {finding["says"] for finding in found}
        assert code == 0, found
        assert "OpenRouter answers as expected; the key is taken." in says
        assert "Left: 5 (US dollars of this key's limit)." in says
        code, found = await run_doctor(world, RETAKE_ACCOUNTS__OPENROUTER__KEY="sk-or-wrong")
        assert code == 1
        assert any("OpenRouter refuses the key" in finding["says"] for finding in found)
        assert provider.charges == []


async def test_an_unreachable_account_and_a_refused_token_are_named(tmp_path: Path) -> None:
    async with LocalEnvironment(LocalToAPIs(), data=tmp_path) as world:
        code, found = await run_doctor(
            world, RETAKE_ACCOUNTS__TOAPIS__BASE_URL="http://127.0.0.1:9", RETAKE_DISCORD_TOKEN="not.the.token"
        )
        bad = [finding["says"] for finding in found if finding["state"] == "bad"]
        assert code == 1
        assert any("Discord refuses the bot token" in line and "click Reset Token" in line for line in bad)
        assert any("ToAPIs can't be reached: 127.0.0.1:9 refuses connections: nothing listens" in line for line in bad)
        assert any("RETAKE_ACCOUNTS__TOAPIS__BASE_URL" in line for line in bad)
        assert not any("None" in finding["says"] for finding in found)


async def test_names_that_do_not_resolve_are_named(tmp_path: Path) -> None:
    async with LocalEnvironment(LocalToAPIs(), data=tmp_path) as world:
        code, found = await run_doctor(
            world,
            RETAKE_ACCOUNTS__TOAPIS__BASE_URL="http://provider.invalid",
            RETAKE_DISCORD_API="http://discord.invalid/api",
        )
    bad = [finding["says"] for finding in found if finding["state"] == "bad"]
    assert code == 1
    assert any(line.startswith("Discord can't be reached: The name discord.invalid ") for line in bad)
    assert any(line.startswith("ToAPIs can't be reached: The name provider.invalid ") for line in bad)


async def test_the_start_says_why_discord_cannot_be_reached_and_ends_with_78_for_a_token(tmp_path: Path) -> None:
    async with LocalEnvironment(LocalToAPIs(), data=tmp_path, env={"RETAKE_DISCORD_TOKEN": "not.the.token"}) as world:
        await world.bot.start()
        assert await world.bot.exited() == 78
        assert "Discord refuses the bot token: it was mistyped or has been reset since." in world.bot.words()
    lost = {"RETAKE_DISCORD_API": "http://discord.invalid/api"}
    async with LocalEnvironment(LocalToAPIs(), data=tmp_path, env=lost) as world:
        await world.bot.start()
        while "Discord can't be reached: The name discord.invalid " not in world.bot.words():
            assert world.bot.running, world.bot.words()
            await asyncio.sleep(0.1)
    assert "Traceback" not in world.bot.words()


async def test_fal_is_asked_about_the_key_without_a_request(tmp_path: Path) -> None:
    provider = LocalFal()
    async with LocalEnvironment(provider, data=tmp_path) as world:
        world.discord.add_guild("Studio")
        code, found = await run_doctor(world)
        assert code == 0, found
        assert "fal answers as expected; the key is taken." in {finding["says"] for finding in found}
        code, found = await run_doctor(world, RETAKE_ACCOUNTS__FAL__KEY="another")
        assert code == 1
        assert any(finding["says"].startswith("fal refuses the key.") for finding in found)
        assert provider.charges == []


@pytest.mark.parametrize(
    ("provider", "title", "left"),
    [(LocalRunway(), "Runway", "10000 (credits)"), (LocalRunware(), "Runware", "100 (US dollars)")],
    ids=["runway", "runware"],
)
async def test_what_is_left_is_named(tmp_path: Path, provider: LocalProvider, title: str, left: str) -> None:
    async with LocalEnvironment(provider, data=tmp_path) as world:
        world.discord.add_guild("Studio")
        code, found = await run_doctor(world)
        assert code == 0, found
        says = {finding["says"] for finding in found}
        assert says >= {f"{title} answers as expected; the key is taken.", f"Left: {left}."}
        code, found = await run_doctor(world, **{f"RETAKE_ACCOUNTS__{title.upper()}__KEY": "another"})
        assert code == 1
        assert any(finding["says"].startswith(f"{title} refuses the key.") for finding in found)
        assert provider.charges == []
        assert provider.complaints == []


async def test_what_a_providers_list_changes_is_named(tmp_path: Path) -> None:
    provider = LocalOpenRouter()
    provider.retired_models.add(next(name for name in provider.models if name.endswith("/gen-4.5")))
    async with LocalEnvironment(provider, data=tmp_path) as world:
        world.discord.add_guild("Studio")
        _, found = await run_doctor(world)
        (about,) = [finding for finding in found if finding["what"] == "models of openrouter"]
        assert about["state"] == "look"
        assert "no longer listed, so disabled: gen-4.5" in about["says"]
        assert "new, disabled until a server enables them: veo-3.1-fast" in about["says"]
        provider.models = {}
        _, found = await run_doctor(world)
        (about,) = [finding for finding in found if finding["what"] == "models of openrouter"]
        assert about["says"] == "OpenRouter gives no list of its models; the catalogue's are used."
        assert provider.charges == []
