"""`python -m bot adopt` on SQLite: a file that was moved away is used again, and its open jobs wait for people."""

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.__main__ import cli
from bot.jobs.job import State
from bot.sandbox.postgres import LocalPostgres
from bot.store.database import Database
from bot.store.jobs import SqlJobStore
from bot.store.lock import DatabaseInUse
from bot.store.moved import MovedToPostgres
from tests.monitoring.factories import NOW, create_database

DATABASE = "retake.sqlite3"
NAMES = (f"adopt{number}" for number in itertools.count())


@pytest.fixture(scope="module")
def server() -> Iterator[LocalPostgres]:
    server = LocalPostgres(fast=True)
    yield server
    server.close()


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RETAKE_DATA", str(tmp_path))


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(cli, arguments)
    return result.exit_code, result.output


async def test_a_moved_file_is_used_again_and_holds_its_open_jobs(tmp_path: Path, server: LocalPostgres) -> None:
    await create_database(tmp_path, State.ACCEPTED, State.REJECTED)
    assert run("move", "--to", server.create(next(NAMES)))[0] == 0
    with pytest.raises(MovedToPostgres, match="python -m bot adopt"):
        await Database.open(tmp_path / DATABASE)
    code, says = run("adopt")
    assert (code, says.startswith("Taken back.")) == (0, True), says
    database = await Database.open(tmp_path / DATABASE)
    assert await SqlJobStore(database).new_epoch(NOW) == 1
    assert "replaced by a backup or an older copy" in database.rollback
    await database.close()
    assert run("adopt")[1].startswith("Nothing to adopt")


async def test_what_is_not_moved_is_not_changed(tmp_path: Path) -> None:
    assert run("adopt") == (1, "There is no database in RETAKE_DATA yet. Start the bot once, or restore a backup.\n")
    await create_database(tmp_path, State.ACCEPTED)
    assert run("adopt")[1].startswith("Nothing to adopt")
    database = await Database.open(tmp_path / DATABASE)
    assert await SqlJobStore(database).new_epoch(NOW) == 0
    code, says = run("adopt")
    assert (code, says) == (3, f"{DatabaseInUse()}\n")
    await database.close()


async def test_a_move_that_is_not_finished_is_not_taken_back(tmp_path: Path, server: LocalPostgres) -> None:
    """The target knows whether it has everything; `move --cancel` gives it up."""
    await create_database(tmp_path, State.ACCEPTED)
    database = await Database.open(tmp_path / DATABASE)
    await database.run(
        'INSERT INTO fact VALUES (\'moved\', \'{"token": "t", "to": "postgresql", "is_done": false}\', 0)'
    )
    await database.close()
    assert run("adopt")[1].startswith("Nothing to adopt")
    assert run("move", "--cancel")[0] == 0
    await (await Database.open(tmp_path / DATABASE)).close()
