"""Another program holds the database's write lock: reads go on, and a request is refused with a sentence in time."""

import asyncio
import contextlib
import re
import sqlite3
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from bot.sandbox.discord import Channel, LocalMessage, Member
from bot.sandbox.environment import LocalEnvironment
from bot.sandbox.providers import LocalToAPIs
from bot.store.database import Database

BUSY = "My database is busy at the moment. Nothing was changed and nothing charged. Try again in a moment."
DATABASE = "retake.sqlite3"


@contextlib.contextmanager
def write_lock(database: Path) -> Iterator[None]:
    """Hold the write lock in this process: to the bot's process, that's another program."""
    with contextlib.closing(sqlite3.connect(database, isolation_level=None, timeout=5)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")


def clips(world: LocalEnvironment) -> list[LocalMessage]:
    return [message for message in world.discord.all_messages if message.is_bot and message.attachments]


def states(data: Path) -> list[str]:
    with contextlib.closing(sqlite3.connect(data / DATABASE)) as connection:
        return [row[0] for row in connection.execute("SELECT state FROM job")]


def said(world: LocalEnvironment, pattern: str) -> list[str]:
    return [m.content for m in world.discord.all_messages if m.is_bot and re.search(pattern, m.content)]


@contextlib.asynccontextmanager
async def world_with_a_clip(
    data: Path, provider: LocalToAPIs
) -> AsyncIterator[tuple[LocalEnvironment, Channel, Member]]:
    async with LocalEnvironment(provider, data=data) as world:
        guild = world.discord.add_guild("Studio")
        channel, alice = guild.add_channel("videos"), guild.add_member("alice")
        await world.start_bot()
        await alice.slash(channel, "generate", prompt="a boat folded of paper")
        await world.discord.wait_for(lambda: states(data) == ["delivered"])
        yield world, channel, alice
        assert await world.bot.terminate() == 0, world.bot.words()


async def test_reads_are_answered_and_requests_are_refused_in_time_during_a_foreign_lock(tmp_path: Path) -> None:
    provider = LocalToAPIs(render_s=0.5)
    async with world_with_a_clip(tmp_path, provider) as (world, channel, alice):
        with write_lock(tmp_path / DATABASE):
            reads = [await alice.slash(channel, command) for command in ("history", "models", "jobs", "usage", "help")]
            asked = await alice.slash(channel, "generate", prompt="a second boat of paper")
            pressed = await alice.press(clips(world)[0], "Again")
            await alice.reply(clips(world)[0], "make it snow all over the boat, softly")
            await world.discord.wait_for(lambda: len(said(world, BUSY)) == 3)
            assert not any(interaction.missed for interaction in (*reads, asked, pressed))
        assert len(provider.charges) == 1
        await alice.slash(channel, "generate", prompt="a boat after the backup")
        await world.discord.wait_for(lambda: len(clips(world)) == 2)
        assert len(provider.charges) == 2


async def test_a_lock_while_a_clip_renders_delays_it_and_posts_it_once(tmp_path: Path) -> None:
    provider = LocalToAPIs(render_s=2.0)
    async with world_with_a_clip(tmp_path, provider) as (world, channel, alice):
        await alice.slash(channel, "generate", prompt="a boat that is rendered meanwhile")
        await world.discord.wait_for(lambda: len(provider.charges) == 2)
        with write_lock(tmp_path / DATABASE):
            await asyncio.sleep(7)
        await world.discord.wait_for(lambda: len(clips(world)) == 2)
        assert len(provider.charges) == 2
        assert "the store failed" not in world.bot.words()
        assert "another program has locked the database" in world.bot.words()


async def test_a_select_waits_for_no_writer_and_a_write_keeps_its_order(tmp_path: Path) -> None:
    database = await Database.open(tmp_path / DATABASE)
    sql = "INSERT INTO fact (name, value, at) VALUES (?, '', 0)"
    with write_lock(tmp_path / DATABASE):
        writes = [asyncio.create_task(database.run(sql, (name,))) for name in "abc"]
        await asyncio.sleep(0)
        assert (await database.run("SELECT count(*) FROM job"))[0][0] == 0
        assert not any(write.done() for write in writes)
    await asyncio.gather(*writes)
    rows = await database.run("SELECT name FROM fact WHERE length(name) = 1 ORDER BY rowid")
    assert [row[0] for row in rows] == ["a", "b", "c"]
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        await database.read(lambda tx: tx.run(sql, ("d",)))
    await database.close()
