"""A backup taken while jobs run, restored under the real process: nothing is paid again, requesters are notified."""

import asyncio
import contextlib
import sqlite3
import sys
from collections.abc import AsyncIterator
from pathlib import Path

from bot.sandbox.environment import LocalEnvironment
from bot.sandbox.providers import LocalToAPIs

PAID = "POST /v1/videos/generations"
ONE_AT_ONCE = {"RETAKE_ACCOUNTS__TOAPIS__JOBS_AT_ONCE": "1"}
LONGER_THAN_A_POLL_S = 3.0


async def run_shell_command(world: LocalEnvironment, *arguments: str) -> str:
    """Run a CLI command in a separate process and return its output."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", *arguments, cwd=world.data, env=world.env(),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    output, _ = await process.communicate()
    assert process.returncode == 0, output.decode()
    return output.decode()


@contextlib.asynccontextmanager
async def world_with_backup_of_running_jobs(data: Path, provider: LocalToAPIs) -> AsyncIterator[LocalEnvironment]:
    """One job renders, another waits in the queue, and `copy.sqlite3` is a backup of that moment."""
    async with LocalEnvironment(provider, data=data, env=ONE_AT_ONCE) as world:
        guild = world.discord.add_guild("Studio")
        channel, alice = guild.add_channel("videos"), guild.add_member("alice")
        await world.start_bot()
        await alice.slash(channel, "generate", prompt="the first boat, paid and rendering")
        await world.discord.wait_for(lambda: provider.tasks)
        await alice.slash(channel, "generate", prompt="the second boat, waiting in the queue")
        await world.discord.wait_for(lambda: [m for m in channel.messages if "Queued" in m.content])
        output = await run_shell_command(world, "backup", str(data / "copy.sqlite3"))
        assert "2 jobs, 2 open. Checked." in output
        yield world


async def restore_and_start(world: LocalEnvironment) -> None:
    output = await run_shell_command(world, "restore", str(world.data / "copy.sqlite3"), "--yes")
    assert "people decide about the 2 open" in output
    await world.start_bot()
    await world.discord.wait_for(lambda: states(world) == ["needs_person", "needs_person"])
    await asyncio.sleep(LONGER_THAN_A_POLL_S)
    assert states(world) == ["needs_person", "needs_person"]


def states(world: LocalEnvironment) -> list[str]:
    with contextlib.closing(sqlite3.connect(world.data / "retake.sqlite3")) as connection:
        return [row[0] for row in connection.execute("SELECT state FROM job")]


def clips(world: LocalEnvironment) -> list[str]:
    return [m.content for m in world.discord.all_messages if m.is_bot and m.attachments]


async def test_jobs_paid_and_posted_since_the_backup_are_not_repeated(tmp_path: Path) -> None:
    provider = LocalToAPIs(render_s=2.0)
    async with world_with_backup_of_running_jobs(tmp_path, provider) as world:
        await world.discord.wait_for(lambda: len(clips(world)) == 2)
        assert await world.bot.terminate() == 0, world.bot.words()
        assert len(provider.charges) == 2
        await restore_and_start(world)
        assert len(provider.wire.requests(PAID)) == len(provider.charges) == 2
        assert len(clips(world)) == 2
        assert await world.bot.terminate() == 0, world.bot.words()


async def test_after_a_kill_and_a_restore_nothing_is_sent_and_both_requesters_are_notified(tmp_path: Path) -> None:
    provider = LocalToAPIs(render_s=60.0)
    async with world_with_backup_of_running_jobs(tmp_path, provider) as world:
        await world.bot.kill()
        await restore_and_start(world)
        assert len(provider.wire.requests(PAID)) == len(provider.charges) == 1
        notices = [m for m in world.discord.all_messages if "restored from a backup" in m.content]
        assert len(notices) == 2
        assert await world.bot.terminate() == 0, world.bot.words()
