"""A damaged database under the real process: one sentence and an exit code at the start, 503 while the bot runs."""

import asyncio
import contextlib
import random
import shutil
import socket
import sqlite3
import sys
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.sandbox.environment import LocalEnvironment
from bot.sandbox.providers import LocalToAPIs
from bot.store.integrity import check_database
from tests.monitoring.factories import create_database

SENTENCE = "The database is damaged: restore the newest backup."
EXIT_DAMAGED = 4
DATABASE = "retake.sqlite3"


def root_pages(database: Path) -> dict[str, int]:
    """Return the root page of every table and of every index on its own, by name."""
    with contextlib.closing(sqlite3.connect(database)) as connection:
        rows = connection.execute("SELECT name, rootpage FROM sqlite_schema WHERE rootpage > 0")
        return {"sqlite_schema": 1, **dict(rows.fetchall())}


def damage_page(database: Path, page: int) -> None:
    with contextlib.closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    with database.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(random.Random(page).randbytes(size))  # noqa: S311


async def end_of(world: LocalEnvironment, *arguments: str) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", *arguments, cwd=world.data, env=world.env(),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    output, _ = await asyncio.wait_for(process.communicate(), 60)
    return process.returncode or 0, output.decode()


async def test_damage_in_any_table_or_index_ends_the_start_with_a_sentence_and_exit_code_4(tmp_path: Path) -> None:
    whole = tmp_path / "whole"
    whole.mkdir()
    await create_database(whole)
    pages = root_pages(whole / DATABASE)
    assert {"job", "event", "ledger", "fact", "server", "person", "day_use", "question", "block"} <= pages.keys()
    # Every page is checked in this process; the real process is started on those that differ in how they fail.
    for name, page in pages.items():
        copy = tmp_path / f"{name}.sqlite3"
        shutil.copyfile(whole / DATABASE, copy)
        damage_page(copy, page)
        with pytest.raises(Exception, match=r"^$|damaged") as caught:
            check_database(copy)
        assert type(caught.value).__name__ == "DatabaseDamaged", name
    async with LocalEnvironment(LocalToAPIs(), data=tmp_path / "data") as world:
        world.data.mkdir()
        for name in ("sqlite_schema", "job", "fact", "server", "ledger", "job_due"):
            shutil.copyfile(tmp_path / f"{name}.sqlite3", world.data / DATABASE)
            code, output = await end_of(world, "run")
            assert code == EXIT_DAMAGED, (name, output)
            assert SENTENCE in output, name
            assert "Traceback" not in output, name


async def test_damage_in_an_older_schema_is_said_before_the_backup_of_the_upgrade(tmp_path: Path) -> None:
    await create_database(tmp_path)
    page = root_pages(tmp_path / DATABASE)["job"]
    with contextlib.closing(sqlite3.connect(tmp_path / DATABASE)) as connection:
        connection.execute("PRAGMA user_version=4")
    damage_page(tmp_path / DATABASE, page)
    async with LocalEnvironment(LocalToAPIs(), data=tmp_path) as world:
        for command in (("run",), ("migrate",), ("backup",)):
            code, output = await end_of(world, *command)
            assert (code, "Traceback" in output) == (EXIT_DAMAGED, False), (command, output)
            assert SENTENCE in output


async def test_a_check_that_takes_too_long_is_stopped_and_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with contextlib.closing(sqlite3.connect(tmp_path / DATABASE)) as connection:
        connection.execute("CREATE TABLE job (prompt TEXT)")
        connection.execute(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000)"
            " INSERT INTO job SELECT hex(randomblob(50)) FROM n"
        )
        connection.commit()
    assert check_database(tmp_path / DATABASE, within_s=0.001) is False
    assert "the check of the database was stopped" in caplog.text
    assert check_database(tmp_path / DATABASE) is True


async def readiness(port: int, until: int) -> dict[str, Any]:
    """Ask until the answer has this status."""
    async with asyncio.timeout(60), aiohttp.ClientSession() as browser:
        while True:
            async with browser.get(f"http://127.0.0.1:{port}/readyz") as answer:
                if answer.status == until:
                    body: dict[str, Any] = await answer.json()
                    return body
            await asyncio.sleep(0.2)


@pytest.mark.parametrize("table", ["server", "fact", "job", "block"])
async def test_a_table_that_becomes_unreadable_makes_the_bot_not_ready(tmp_path: Path, table: str) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    async with LocalEnvironment(LocalToAPIs(), data=tmp_path, env={"RETAKE_HEALTH_PORT": str(port)}) as world:
        world.discord.add_guild("Studio")
        await world.start_bot()
        assert (await readiness(port, 200))["not_ready"] == []
        damage_page(tmp_path / DATABASE, root_pages(tmp_path / DATABASE)[table])
        says = await readiness(port, 503)
        assert (says["ready"], says["store"]) == (False, False)
        assert says["not_ready"] == ["The database is damaged: restore the newest backup."]
        await world.bot.kill()


async def test_healthy_says_which_part_is_not_ready(tmp_path: Path) -> None:
    async with LocalEnvironment(LocalToAPIs(), data=tmp_path) as world:
        assert await end_of(world, "healthy") == (1, "No bot runs on this data.\n")
        world.discord.add_guild("Studio")
        await world.start_bot()
        await healthy_says(world, "Alive and ready.\n")
        damage_page(tmp_path / DATABASE, root_pages(tmp_path / DATABASE)["server"])
        await healthy_says(world, "Alive, but not ready. The database is damaged: restore the newest backup.\n")
        await world.bot.kill()


async def healthy_says(world: LocalEnvironment, line: str) -> None:
    async with asyncio.timeout(60):
        while True:
            if await end_of(world, "healthy") == (0, line):
                return
            await asyncio.sleep(0.5)
