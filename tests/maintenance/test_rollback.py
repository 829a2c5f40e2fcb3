"""A database that is gone or older than its mark, under the real process: said, not paid or posted twice, counted."""

import asyncio
import contextlib
import json
import re
import shutil
import socket
import sqlite3
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import aiohttp
import pytest

from bot.sandbox.discord import Channel, Member
from bot.sandbox.environment import LocalEnvironment
from bot.sandbox.providers import LocalToAPIs
from bot.store.epoch_file import Epoch, EpochFile

DATABASE = "retake.sqlite3"
LONGER_THAN_A_POLL_S = 3.0
SPENT = "This bot's video budget for today is spent."
Change = Callable[[Path], None]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.asynccontextmanager
async def studio(
    data: Path, provider: LocalToAPIs, port: int, host_usd: float = 0.2
) -> AsyncIterator[tuple[LocalEnvironment, Channel, Member]]:
    """A running bot whose host allows $0.20 a day: two videos of 10 s."""
    env = {"RETAKE_BUDGET_DAY_USD": str(host_usd), "RETAKE_HEALTH_PORT": str(port)}
    async with LocalEnvironment(provider, data=data, env=env) as world:
        guild = world.discord.add_guild("Studio")
        await world.start_bot()
        await world.discord.wait_for(lambda: EpochFile(data / DATABASE).read() is not None)
        await asyncio.sleep(0.5)
        yield world, guild.add_channel("videos"), guild.add_member("alice")
        assert await world.bot.terminate() == 0, world.bot.words()


async def request_two(world: LocalEnvironment, channel: Channel, alice: Member, provider: LocalToAPIs) -> None:
    for prompt in ("a boat folded of paper", "a lighthouse folded of paper"):
        await alice.slash(channel, "generate", prompt=prompt, seconds=10)
    await world.discord.wait_for(lambda: len(provider.charges) == 2)
    await world.discord.wait_for(lambda: states(world.data) in (["polling"] * 2, ["delivered"] * 2))


def states(data: Path) -> list[str]:
    with contextlib.closing(sqlite3.connect(data / DATABASE)) as connection:
        return sorted(row[0] for row in connection.execute("SELECT state FROM job"))


def clips(world: LocalEnvironment) -> int:
    return sum(1 for message in world.discord.all_messages if message.is_bot and message.attachments)


async def assert_named(world: LocalEnvironment, port: int, what: str) -> None:
    """The log, /readyz, the metrics and `doctor` say it."""
    assert what in world.bot.words()
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as browser:
        async with browser.get("/readyz") as answer:
            assert what in " ".join((await answer.json())["remarks"])
        async with asyncio.timeout(60):
            while True:  # a reading is reused for 5 s
                async with browser.get("/metrics") as answer:
                    if re.search(r"^retake_database_rollback_timestamp_seconds [1-9]", await answer.text(), re.M):
                        break
                await asyncio.sleep(0.5)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "doctor", "--json", cwd=world.data, env=world.env(), stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate()
    assert any(what in finding["says"] for finding in json.loads(out))


async def assert_nothing_is_repeated(
    world: LocalEnvironment, channel: Channel, alice: Member, provider: LocalToAPIs, posted: int
) -> None:
    """Nothing is paid or posted again, and the budget that was spent is still spent."""
    await asyncio.sleep(LONGER_THAN_A_POLL_S)
    await alice.slash(channel, "generate", prompt="a third boat of paper", seconds=10)
    await world.discord.wait_for(lambda: [m for m in world.discord.all_messages if SPENT in m.content])
    assert (len(provider.charges), clips(world)) == (2, posted)


def delete_all(data: Path) -> None:
    for file in (DATABASE, f"{DATABASE}-wal", f"{DATABASE}-shm"):
        (data / file).unlink(missing_ok=True)


def delete_wal(data: Path) -> None:
    for file in (f"{DATABASE}-wal", f"{DATABASE}-shm"):
        (data / file).unlink()


def copy_database(data: Path, into: Path) -> None:
    with contextlib.closing(sqlite3.connect(data / DATABASE)) as connection:
        connection.execute("VACUUM INTO ?", (str(into),))


def put_back(data: Path, copy: Path) -> None:
    delete_all(data)
    shutil.copyfile(copy, data / DATABASE)


@pytest.mark.parametrize("change", [delete_all, delete_wal], ids=["file deleted", "wal deleted"])
async def test_a_database_that_is_gone_after_a_kill_is_named_and_its_money_counts(
    tmp_path: Path, change: Change
) -> None:
    provider, port = LocalToAPIs(render_s=60.0), free_port()
    async with studio(tmp_path, provider, port) as (world, channel, alice):
        await request_two(world, channel, alice, provider)
        await world.bot.kill()
        change(tmp_path)
        await world.start_bot()
        await assert_nothing_is_repeated(world, channel, alice, provider, 0)
        await assert_named(world, port, "The database is ")


async def test_a_database_deleted_without_open_jobs_is_named_and_its_money_counts(tmp_path: Path) -> None:
    provider, port = LocalToAPIs(render_s=0.5), free_port()
    async with studio(tmp_path, provider, port) as (world, channel, alice):
        await request_two(world, channel, alice, provider)
        await world.discord.wait_for(lambda: states(tmp_path) == ["delivered"] * 2)
        assert await world.bot.terminate() == 0
        delete_all(tmp_path)
        await world.start_bot()
        await assert_nothing_is_repeated(world, channel, alice, provider, 2)
        await assert_named(world, port, "The database is gone")


async def test_a_copy_older_by_the_payments_is_not_paid_again(tmp_path: Path) -> None:
    provider, port = LocalToAPIs(render_s=60.0), free_port()
    async with studio(tmp_path, provider, port) as (world, channel, alice):
        copy_database(tmp_path, tmp_path / "copy")
        await request_two(world, channel, alice, provider)
        await world.bot.kill()
        put_back(tmp_path, tmp_path / "copy")
        await world.start_bot()
        await assert_nothing_is_repeated(world, channel, alice, provider, 0)
        await assert_named(world, port, "The database is older than its mark")


async def test_a_copy_older_by_the_posts_alone_is_not_posted_again(tmp_path: Path) -> None:
    provider, port = LocalToAPIs(render_s=4.0), free_port()
    async with studio(tmp_path, provider, port) as (world, channel, alice):
        await request_two(world, channel, alice, provider)
        copy_database(tmp_path, tmp_path / "copy")
        await world.discord.wait_for(lambda: states(tmp_path) == ["delivered"] * 2)
        assert await world.bot.terminate() == 0
        put_back(tmp_path, tmp_path / "copy")
        world.discord.world.clock.advance(400.0)  # past the nonce's window
        await world.start_bot()
        await world.discord.wait_for(lambda: states(tmp_path) == ["needs_person"] * 2)
        await assert_nothing_is_repeated(world, channel, alice, provider, 2)
        await assert_named(world, port, "The database is older than its mark")


async def test_a_copy_older_by_nothing_goes_on_and_posts_each_clip_once(tmp_path: Path) -> None:
    provider, port = LocalToAPIs(render_s=8.0), free_port()
    async with studio(tmp_path, provider, port) as (world, channel, alice):
        await request_two(world, channel, alice, provider)
        await world.bot.kill()
        copy_database(tmp_path, tmp_path / "copy")
        put_back(tmp_path, tmp_path / "copy")
        await world.start_bot()
        await world.discord.wait_for(lambda: states(tmp_path) == ["delivered"] * 2)
        await assert_nothing_is_repeated(world, channel, alice, provider, 2)
        assert "older than its mark" not in world.bot.words()


async def test_a_backup_restored_by_command_keeps_the_spent_budget(tmp_path: Path) -> None:
    provider, port = LocalToAPIs(render_s=0.5), free_port()
    async with studio(tmp_path, provider, port) as (world, channel, alice):
        copy_database(tmp_path, tmp_path / "copy")
        await request_two(world, channel, alice, provider)
        await world.discord.wait_for(lambda: states(tmp_path) == ["delivered"] * 2)
        assert await world.bot.terminate() == 0
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", "restore", str(tmp_path / "copy"), "--yes", cwd=tmp_path, env=world.env()
        )
        assert await process.wait() == 0
        await world.start_bot()
        await assert_nothing_is_repeated(world, channel, alice, provider, 2)
        await assert_named(world, port, "The database is older than its mark")


def test_a_mark_of_version_0_1_is_read(tmp_path: Path) -> None:
    (tmp_path / f"{DATABASE}.mark").write_text(f"{3:020d} {10:020d}\n")
    sidecar = EpochFile(tmp_path / DATABASE)
    assert sidecar.read() == Epoch(boots=3, events=10)
    newer = Epoch(boots=4, events=11, posts=2, day=20_000, day_micros=5, month_micros=9)
    sidecar.write(newer)
    assert sidecar.read() == newer
