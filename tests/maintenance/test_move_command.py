"""`python -m bot move` as a host runs it: sentences, exit codes, kill -9, and no password anywhere."""

import asyncio
import contextlib
import itertools
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.__main__ import cli
from bot.jobs.job import State
from bot.store.database import Database
from bot.store.jobs import SqlJobStore
from bot.store.moved import MovedToPostgres, MoveUnfinished
from bot.store.postgres import PgDatabase
from bot.store.postgres_errors import WorkerRuns
from tests.monitoring.factories import create_database, insert_in_state

DATABASE = "retake.sqlite3"
JOBS = 60
SLOWLY = (
    "from bot.cli import move; from bot.store import move_tables; from bot.__main__ import cli;"
    " move_tables.MAX_ROWS = 2; move._EVERY_S = 0.0; cli()"
)


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RETAKE_DATA", str(tmp_path))


def move(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(cli, ["move", *arguments])
    return result.exit_code, result.output


async def test_a_host_moves_there_and_back(tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    await create_database(tmp_path, State.POLLING, State.ACCEPTED, State.REJECTED)
    code, says = move("--to", url)
    assert code == 0, says
    assert "3 jobs, 2 of them open, and 4 entries of the ledger. Every row was compared." in says
    assert "Set RETAKE_DATABASE_URL" in says
    assert move("--to", url) == (
        1, "This database was moved already. To come back, move in the other direction, to an empty database.\n"
    )  # fmt: skip
    (tmp_path / "url").write_text(f"{url}\n")
    monkeypatch.setenv("RETAKE_DATABASE_URL_FILE", "url")
    code, says = move("--to", "sqlite")
    assert code == 0, says
    assert "The database that was there, and had been moved, is now " in says
    assert "Remove RETAKE_DATABASE_URL, and start the bot." in says
    await (await Database.open(tmp_path / DATABASE)).close()


@pytest.mark.parametrize("to", ["postgresql", "@secret", "sqlite:///there/retake.sqlite3", "there"])
async def test_an_address_comes_from_a_file_the_environment_or_a_path(
    tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch, to: str
) -> None:
    await create_database(tmp_path, State.POLLING)
    (tmp_path / "secret").write_text(url)
    (tmp_path / "there").mkdir()
    monkeypatch.setenv("RETAKE_DATABASE_URL", url)
    if "there" in to:
        assert move("--to", "@secret")[0] == 0
    code, says = move("--to", to)
    assert code == 0, says
    if "there" in to:
        await (await Database.open(tmp_path / "there" / DATABASE)).close()


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        ([], 78, "Where to? Write sqlite, postgresql, a path"),
        (["--to", "mysql://me:hunter2@host/db"], 78, "That is no address of SQLite or PostgreSQL."),
        (["--to", "postgresql://me:hunter2@host:port/db"], 78, "RETAKE_DATABASE_URL is not an address"),
        (["--to", "postgresql://me:hunter2@127.0.0.1:1/db"], 69, "PostgreSQL can't be reached"),
        (["--to", "postgresql"], 78, "RETAKE_DATABASE_URL is not set."),
        (["--to", "@nowhere"], 78, "The file after @ can't be read"),
        (["--to", "there.sqlite3", "--from", "sqlite"], 78, "Both are of one kind."),
        (["--to", "sqlite"], 78, "RETAKE_DATABASE_URL is not set."),
        (["--cancel"], 1, "No move of this database is unfinished."),
        (["--to", "URL", "--from", "nowhere.sqlite3"], 1, "There is no database"),
        (["--to", "URL", "--from", "broken.sqlite3"], 4, "The database is damaged"),
        (["--to", "broken.sqlite3", "--from", "URL"], 4, "The database is damaged"),
        (["--to", "new.sqlite3", "--from", "URL"], 78, "Both databases need this Retake's schema."),
    ],
)
async def test_what_cannot_be_done_is_answered_with_a_sentence(
    tmp_path: Path, url: str, arguments: list[str], code: int, sentence: str
) -> None:
    await create_database(tmp_path, State.POLLING)
    (tmp_path / "broken.sqlite3").write_bytes(b"this is no database, but a text" * 100)
    before = (tmp_path / DATABASE).read_bytes()
    found, says = move(*(url if word == "URL" else word for word in arguments))
    assert sentence in says
    assert (found, "hunter2" in says, "Traceback" in says) == (code, False, False), says
    assert (tmp_path / DATABASE).read_bytes() == before
    await (await Database.open(tmp_path / DATABASE)).close()


async def test_a_running_bot_is_not_disturbed(tmp_path: Path, url: str) -> None:
    await create_database(tmp_path, State.POLLING)
    database = await Database.open(tmp_path / DATABASE)
    code, says = move("--to", url)
    assert (code, says.startswith("Another Retake, or a command of it, uses this database.")) == (3, True)
    await database.close()
    postgres = await PgDatabase.open(url)
    code, says = move("--to", url)
    assert (code, says.startswith("Another Retake, or a command of it, uses this database.")) == (3, True)
    await postgres.close()


async def test_the_bot_says_that_its_database_was_moved(tmp_path: Path, url: str) -> None:
    await create_database(tmp_path, State.POLLING)
    assert move("--to", url)[0] == 0
    command = [sys.executable, "-m", "bot", "run"]
    done = await asyncio.to_thread(
        subprocess.run, command, capture_output=True, text=True, check=False, env=_environment(tmp_path)
    )
    assert done.returncode == 78
    assert "This database was moved to PostgreSQL" in done.stderr
    assert "python -m bot move --to sqlite" in done.stderr


async def test_a_move_survives_kill_9_at_any_moment(tmp_path: Path, url: str) -> None:
    """Killed after ever more lines of its progress, which it writes after each page, until it's done."""
    await create_database(tmp_path)
    database = await Database.open(tmp_path / DATABASE)
    for _ in range(JOBS):
        await insert_in_state(SqlJobStore(database), State.POLLING)
    await database.close()
    kills = 0
    for lines in itertools.count(1, 70):
        if not _run_and_kill(tmp_path, url, lines):
            break
        kills += 1
        with pytest.raises(MoveUnfinished):
            await Database.open(tmp_path / DATABASE)
        with pytest.raises(MoveUnfinished):
            await _open_postgres(url)
    assert kills >= 3
    with pytest.raises(MovedToPostgres):
        await Database.open(tmp_path / DATABASE)
    postgres = await PgDatabase.open(url)
    ((jobs,),) = await postgres.run("SELECT count(*) FROM job WHERE state = 'polling'")
    await postgres.close()
    assert jobs == JOBS


async def _open_postgres(url: str) -> PgDatabase:
    """Open the database. The session of a process that was killed may still be ending."""
    while True:
        with contextlib.suppress(WorkerRuns):
            return await PgDatabase.open(url)
        await asyncio.sleep(0.05)


def _run_and_kill(data: Path, url: str, lines: int) -> bool:
    """Run the command and end it after so many lines. Return whether it was still running."""
    process = subprocess.Popen(  # noqa: S603
        [sys.executable, "-c", SLOWLY, "move", "--to", url],
        stdout=subprocess.PIPE, text=True, env={**_environment(data), "PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    assert process.stdout is not None
    read = sum(1 for line in itertools.islice(process.stdout, lines) if not line.startswith("Moved"))
    process.send_signal(signal.SIGKILL)
    process.stdout.close()
    process.wait()
    return read == lines


def _environment(data: Path) -> dict[str, str]:
    return {
        **os.environ,
        "PYTHONPATH": str(Path(__file__).parents[2]),
        "RETAKE_DATA": str(data),
        "RETAKE_DISCORD_TOKEN": "MTIzNDU2Nzg5MDEyMzQ1Njc4.GabcdE.abcdefghijklmnopqrstuvwxyz01234567",
        "RETAKE_ACCOUNTS__TOAPIS__KEY": "secret",
    }
