"""Which servers the bot is in: one row a server, replaced shard by shard."""

from pathlib import Path

import pytest

from bot.ports.presence import SeenServer, Shard
from bot.store.presence import SqlPresence
from tests.stores import open_database

FIRST, SECOND = Shard(number=0, shards=2), Shard(number=1, shards=2)
A, B, C, D = (number << 22 for number in range(4))  # A and C belong to the first shard
NOW = 1000.0

pytestmark = pytest.mark.usefixtures("each_store")


async def test_a_session_replaces_the_servers_of_its_shard_alone(tmp_path: Path) -> None:
    database = await open_database(tmp_path / "retake.sqlite3")
    presence = SqlPresence(database)
    await presence.list_shard(FIRST, [A, C], NOW)
    await presence.list_shard(SECOND, [B, D], NOW)
    await presence.list_shard(FIRST, [C], NOW + 1)
    assert await presence.absent([A, B, C, D], NOW) == {A}
    assert await presence.absent([A, B, C, D], NOW + 1.5) == set()  # neither shard was connected since
    await presence.confirm([SECOND], NOW + 2)
    await presence.leave([D])
    assert await presence.absent([A, B, C, D], NOW + 1.5) == {D}
    await presence.list_shard(Shard(number=0, shards=1), [A, B], NOW + 3)  # with another number of shards
    assert await presence.absent([A, B, C, D], NOW + 3) == {C, D}
    await database.close()


async def test_a_server_that_is_seen_again_is_not_left(tmp_path: Path) -> None:
    database = await open_database(tmp_path / "retake.sqlite3")
    presence = SqlPresence(database)

    async def left() -> list[int]:
        return [row[0] for row in await database.run("SELECT guild_id FROM gone ORDER BY guild_id")]

    await presence.list_shard(FIRST, [A], NOW)
    await presence.record_left([A, B, C], NOW, NOW)
    assert await left() == [C]  # the shard of B was never connected
    await presence.see([SeenServer(guild_id=C, shard=0, upload_limit_bytes=10)], NOW)
    assert await left() == []
    await presence.leave([A, C])
    await presence.record_left([A, B, C], NOW, NOW + 1)
    assert await left() == [A, C]
    await presence.list_shard(FIRST, [A, C], NOW + 2)
    assert await left() == []
    await database.close()


async def test_the_upload_limit_is_that_of_the_last_event(tmp_path: Path) -> None:
    database = await open_database(tmp_path / "retake.sqlite3")
    presence = SqlPresence(database)
    assert await presence.upload_limit_bytes(A) is None
    await presence.list_shard(FIRST, [A], NOW)
    assert await presence.upload_limit_bytes(A) is None
    for size in (10, 50):
        await presence.see([SeenServer(guild_id=A, shard=0, upload_limit_bytes=size)], NOW)
    await presence.list_shard(FIRST, [A], NOW + 1)
    assert await presence.upload_limit_bytes(A) == 50
    await presence.leave([A])
    assert await presence.upload_limit_bytes(A) is None
    await database.close()
