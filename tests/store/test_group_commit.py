"""Group commit: many transactions per commit, isolated from each other and acknowledged after the commit."""

import asyncio
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.store.database import Database
from bot.store.group_commit import Transaction


def insert_note(name: str) -> Callable[[Transaction], str]:
    def work(tx: Transaction) -> str:
        tx.run("INSERT INTO fact (name, value, at) VALUES (?, '', 0)", (name,))
        return name

    return work


def stored_names(path: Path) -> set[str]:
    """Return the committed names, read by another connection."""
    with sqlite3.connect(path) as other:
        found = {row[0] for row in other.execute("SELECT name FROM fact")}
    other.close()
    return found


async def test_a_failed_transaction_rolls_back_itself_only(tmp_path: Path) -> None:
    path = tmp_path / "retake.sqlite3"
    database = await Database.open(path)

    def halfway(tx: Transaction) -> str:
        insert_note("half")(tx)
        raise LookupError("half")

    works = [database.transaction(insert_note(f"n{number}")) for number in range(20)]
    works += [
        database.transaction(halfway),
        database.transaction(insert_note("n3")),
        database.transaction(insert_note("last")),
    ]
    results = await asyncio.gather(*works, return_exceptions=True)
    assert results[:20] == [f"n{number}" for number in range(20)]
    assert isinstance(results[20], LookupError)
    assert isinstance(results[21], sqlite3.IntegrityError)
    assert results[22] == "last"
    assert stored_names(path) >= {f"n{number}" for number in range(20)} | {"last"}
    assert "half" not in stored_names(path)
    await database.close()


async def test_concurrent_transactions_share_commits_and_return_afterwards(tmp_path: Path) -> None:
    path = tmp_path / "retake.sqlite3"
    database = await Database.open(path)
    before = (path.with_name(path.name + "-wal")).stat().st_size
    seen: list[bool] = []

    async def ask(number: int) -> None:
        name = await database.transaction(insert_note(f"n{number}"))
        seen.append(name in stored_names(path))

    await asyncio.gather(*(ask(number) for number in range(100)))
    assert seen == [True] * 100
    grown = path.with_name(path.name + "-wal").stat().st_size - before
    assert grown < 30 * 4120  # a hundred commits would write at least a page each
    await database.close()


async def test_a_full_disk_fails_every_transaction_of_the_group(tmp_path: Path) -> None:
    path = tmp_path / "retake.sqlite3"
    database = await Database.open(path)
    (pages,) = (await database.run("PRAGMA page_count"))[0]
    await database.run(f"PRAGMA max_page_count={pages + 1}")
    works = [database.transaction(insert_note(f"{number:06d}" + "x" * 3000)) for number in range(10)]
    results = await asyncio.gather(*works, return_exceptions=True)
    kept = {result[:6] for result in results if isinstance(result, str)}
    assert sum(isinstance(result, sqlite3.OperationalError) for result in results) == 10 - len(kept)
    assert len(kept) < 10
    assert {name[:6] for name in stored_names(path) if name.endswith("x")} == kept
    await database.run("PRAGMA max_page_count=100000")
    assert await database.transaction(insert_note("again")) == "again"
    await database.close()


async def test_a_cancelled_caller_does_not_block_the_others(tmp_path: Path) -> None:
    database = await Database.open(tmp_path / "retake.sqlite3")
    gone = asyncio.create_task(database.transaction(insert_note("gone")))
    await asyncio.sleep(0)
    gone.cancel()
    assert await database.transaction(insert_note("here")) == "here"
    with pytest.raises(asyncio.CancelledError):
        await gone
    await database.close()


async def test_a_closed_database_lets_no_caller_wait_forever(tmp_path: Path) -> None:
    database = await Database.open(tmp_path / "retake.sqlite3")
    await database.close()
    with pytest.raises(ValueError, match=r"closed|no active"):
        await database.run("SELECT 1")


async def test_an_intent_returns_even_if_the_epoch_cannot_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = await Database.open(tmp_path / "retake.sqlite3")

    def broken(_: sqlite3.Connection) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    monkeypatch.setattr("bot.store.database.epoch_of", broken)
    async with asyncio.timeout(60):
        results = await asyncio.gather(
            database.commit_before_payment(insert_note("intent")), database.transaction(insert_note("other"))
        )
    assert list(results) == ["intent", "other"]
    await database.close()
