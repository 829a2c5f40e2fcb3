"""RETAKE_SHARDS: what can be written, which shards two gateways may hold together, and turns to identify."""

from pathlib import Path

import pytest

from bot.ports.identifies import GatewayFacts
from bot.ports.shards import ShardPlan, read_plan
from bot.store.identify_turns import KEPT_S, SqlIdentifyTurns
from bot.store.location import StoreLocation
from bot.store.open import open_store
from bot.store.postgres_errors import GatewayRuns, PostgresInUse, ShardCountDiffers, ShardsTaken
from bot.store.sql_database import SqlDatabase
from tests.stores import new_url

NOW = 1_800_000_000.0
FACTS = GatewayFacts(url="wss://x", shards=4, total=1000, remaining=900, resets_at=NOW + 3600, max_concurrency=2)


@pytest.mark.parametrize(
    ("text", "blocks"),
    [
        ("0-7/16", ["0-7/16"]),
        ("3/16", ["3-3/16"]),
        ("auto/16", ["0-7/16", "8-15/16"]),
        ("auto/16/3", ["0-4/16", "5-9/16", "10-15/16"]),
        ("auto/4", ["0-3/4"]),
    ],
)
def test_shards_are_read(text: str, blocks: list[str]) -> None:
    assert [str(block) for block in read_plan(text).blocks] == blocks


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("all", 'is "all". Write the first'),
        ("0-7", 'is "0-7". Write the first'),
        ("8-16/16", "16 shards are numbered 0 to 15"),
        ("5-3/16", "the last shard is before the first"),
        ("0-0/0", "a bot has 1 to 10,000 shards"),
        ("auto/4/5", "4 shards make 1 to 4 blocks"),
        ("auto/4/0", "4 shards make 1 to 4 blocks"),
    ],
)
def test_shards_that_make_no_sense_get_a_sentence(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=r"such as 0-7/16, or auto/16") as refused:
        read_plan(text)
    assert said in str(refused.value)


def plan(text: str) -> ShardPlan:
    return read_plan(text)


async def refuse(location: StoreLocation, text: str | None, error: type[PostgresInUse], said: str) -> None:
    with pytest.raises(error) as refused:
        await open_store(location, "gateway", plan(text) if text else None)
    assert said in str(refused.value)


async def test_two_gateways_share_no_shard_and_count_alike(tmp_path: Path) -> None:
    location = StoreLocation(tmp_path, new_url())
    first = await open_store(location, "gateway", plan("0-7/16"))
    assert str(first.shards) == "0-7/16"
    await refuse(location, "7-9/16", ShardsTaken, "RETAKE_SHARDS is 7-9/16, and another gateway")
    await refuse(location, "8-15/32", ShardCountDiffers, "a gateway on this database counts 16 shards")
    await refuse(location, None, GatewayRuns, "unless every gateway has shards of its own")
    second = await open_store(location, "gateway", plan("8-15/16"))
    await first.close()
    await second.close()
    everything = await open_store(location, "gateway")
    assert everything.shards is None
    await refuse(location, "0-7/16", GatewayRuns, "unless every gateway has shards of its own")
    await everything.close()
    resharded = await open_store(location, "gateway", plan("0-31/32"))
    await resharded.close()


async def test_auto_takes_a_free_block_and_the_next_gateway_that_of_one_that_ended(tmp_path: Path) -> None:
    location, auto = StoreLocation(tmp_path, new_url()), plan("auto/16/3")
    opened: list[SqlDatabase] = [await open_store(location, "gateway", auto) for _ in range(3)]
    assert [str(each.shards) for each in opened] == ["0-4/16", "5-9/16", "10-15/16"]
    await refuse(location, "auto/16/3", ShardsTaken, "hold all 3 blocks of it. This one takes the block")
    await opened[1].close()
    opened[1] = await open_store(location, "gateway", auto)
    assert str(opened[1].shards) == "5-9/16"
    for each in opened:
        await each.close()


async def test_a_gateway_whose_connection_is_lost_holds_the_same_shards_again(tmp_path: Path) -> None:
    location = StoreLocation(tmp_path, new_url())
    first, second = [await open_store(location, "gateway", plan("auto/16")) for _ in range(2)]
    await first.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
    assert [row[0] for row in await second.run("SELECT 1")] == [1]
    assert [row[0] for row in await first.run("SELECT 1")] == [1]
    assert (str(first.shards), str(second.shards)) == ("0-7/16", "8-15/16")
    await refuse(location, "auto/16", ShardsTaken, "hold all 2 blocks")
    await first.close()
    await second.close()


async def test_turns_of_a_bucket_are_apart_whoever_took_them_and_facts_are_asked_for_once(tmp_path: Path) -> None:
    location = StoreLocation(tmp_path, new_url())
    opened = [await open_store(location, "gateway", plan("auto/16")) for _ in range(2)]
    mine, other = map(SqlIdentifyTurns, opened)
    assert await mine.facts(NOW) is None
    assert (await mine.may_ask(NOW), await other.may_ask(NOW - 0.1), await other.may_ask(NOW + 20)) == (
        True,
        False,
        True,
    )
    await mine.store(FACTS, NOW)
    assert await other.may_ask(NOW + 1) is False  # it had looked before they were stored
    assert await other.facts(NOW + KEPT_S - 1) == FACTS
    assert [await each.take(0, NOW, 5.0) for each in (mine, other, mine)] == [NOW, NOW + 5, NOW + 10]
    assert await other.take(1, NOW, 5.0) == NOW
    await opened[0].close()  # a turn that it took is kept all the same
    assert await other.take(0, NOW + 1, 5.0) == NOW + 15
    left = await other.facts(NOW)
    assert left is not None
    assert left.remaining == FACTS.remaining - 5
    assert await other.facts(NOW + KEPT_S + 1) is None
    await opened[1].close()
