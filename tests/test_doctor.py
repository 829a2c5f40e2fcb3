"""`python -m bot doctor`: finds problems, spends nothing, and doesn't disturb a running bot."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from bot.sandbox.environment import ROOT, LocalEnvironment
from bot.sandbox.providers import LocalToAPIs


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


async def test_an_unreachable_account_and_a_refused_token_are_named(tmp_path: Path) -> None:
    async with LocalEnvironment(LocalToAPIs(), data=tmp_path) as world:
        code, found = await run_doctor(
            world, RETAKE_ACCOUNTS__TOAPIS__BASE_URL="http://127.0.0.1:9", RETAKE_DISCORD_TOKEN="not.the.token"
        )
        bad = [finding["says"] for finding in found if finding["state"] == "bad"]
        assert code == 1
        assert "Discord refuses the bot token." in bad
        assert "ToAPIs: ToAPIs isn't responding." in bad
