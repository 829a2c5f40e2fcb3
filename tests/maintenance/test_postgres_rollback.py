"""A PostgreSQL database that went back, under the real process: nothing is paid, it's said, and `adopt` goes on."""

import asyncio
import json
import shutil
import subprocess
import sys
from pathlib import Path

import aiohttp

from bot.jobs.rejections import OrdersHeld
from bot.sandbox.environment import LocalEnvironment
from bot.sandbox.postgres import LocalPostgres
from bot.sandbox.providers import LocalToAPIs
from bot.store.epoch_file import EpochFile
from tests.maintenance.test_rollback import LONGER_THAN_A_POLL_S, SPENT, free_port

REFUSED = str(OrdersHeld.__doc__)
WHAT = "The PostgreSQL database was put back to an earlier state (missing intents to pay or post: 2)"


def copy_folder(folder: Path, into: Path) -> None:
    subprocess.run(["cp", "-a", str(folder), str(into)], check=True)  # noqa: S603, S607


async def command(world: LocalEnvironment, *arguments: str) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", *arguments, cwd=world.data, env=world.env(), stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode()


async def assert_said(world: LocalEnvironment, port: int) -> None:
    """The log, /readyz and `doctor` say it."""
    assert WHAT in world.bot.words()
    async with aiohttp.ClientSession() as browser, browser.get(f"http://127.0.0.1:{port}/readyz") as answer:
        assert answer.status == 503
        assert WHAT in json.dumps(await answer.json())
    code, out = await command(world, "doctor", "--json")
    assert code == 1
    assert any(WHAT in finding["says"] and finding["state"] == "bad" for finding in json.loads(out))


async def test_a_server_that_went_back_pays_nothing_until_it_is_adopted(tmp_path: Path, server: LocalPostgres) -> None:
    provider, port = LocalToAPIs(render_s=60.0), free_port()
    env = {
        "RETAKE_DATABASE_URL": server.create("retake"),
        "RETAKE_HEALTH_PORT": str(port),
        "RETAKE_BUDGET_DAY_USD": "0.3",  # three videos of 10 s
    }
    async with LocalEnvironment(provider, data=tmp_path, env=env) as world:
        guild = world.discord.add_guild("Studio")
        channel, alice = guild.add_channel("videos"), guild.add_member("alice")
        await world.start_bot()
        await world.discord.wait_for(lambda: (tmp_path / "postgres.position").exists())
        assert await world.bot.terminate() == 0
        server.kill()
        copy_folder(server.data, server.folder / "earlier")
        server.start()
        await world.start_bot()
        for prompt in ("a boat folded of paper", "a lighthouse folded of paper"):
            await alice.slash(channel, "generate", prompt=prompt, seconds=10)
        await world.discord.wait_for(lambda: len(provider.charges) == 2)
        mark = EpochFile(tmp_path / "postgres")  # written soon after the payments
        await world.discord.wait_for(lambda: (noted := mark.read()) is not None and noted.day_micros == 200_000)

        server.kill()  # and the bot goes on
        shutil.rmtree(server.data)
        copy_folder(server.folder / "earlier", server.data)
        server.start()
        await world.discord.wait_for(lambda: WHAT in world.bot.words())
        await alice.slash(channel, "generate", prompt="a third boat of paper", seconds=10)
        await world.discord.wait_for(lambda: any(REFUSED in m.content for m in world.discord.all_messages))
        await assert_said(world, port)
        assert (await command(world, "adopt", "--yes"))[0] == 3  # the bot runs
        assert await world.bot.terminate() == 0
        await world.start_bot()
        await asyncio.sleep(LONGER_THAN_A_POLL_S)
        await assert_said(world, port)
        assert len(provider.charges) == 2
        assert await world.bot.terminate() == 0

        code, says = await command(world, "adopt", "--yes")
        assert (code, WHAT in says, "Adopted: the bot takes requests again." in says) == (0, True, True)
        assert (await command(world, "adopt"))[1].startswith("Nothing to adopt")
        await world.start_bot()
        await alice.slash(channel, "generate", prompt="a third boat of paper", seconds=10)
        await world.discord.wait_for(lambda: len(provider.charges) == 3)
        await alice.slash(channel, "generate", prompt="a fourth boat of paper", seconds=10)
        await world.discord.wait_for(lambda: any(SPENT in m.content for m in world.discord.all_messages))
        assert len(provider.charges) == 3
        assert await world.bot.terminate() == 0
