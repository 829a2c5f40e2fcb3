"""The database commands of the CLI: messages and exit codes."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli.database import cli
from bot.jobs.job import State
from bot.store import maintenance
from bot.store.database import Database
from tests.monitoring.factories import create_database


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RETAKE_DATA", str(tmp_path))


async def test_backup_and_restore_report_the_content(tmp_path: Path) -> None:
    await create_database(tmp_path, State.POLLING, State.REJECTED)
    copy = tmp_path / "copy.sqlite3"
    result = CliRunner().invoke(cli, ["backup", str(copy)])
    assert result.exit_code == 0
    assert "2 jobs, 1 open. Checked." in result.output
    result = CliRunner().invoke(cli, ["restore", str(copy), "--yes"])
    assert result.exit_code == 0, result.output
    assert "people decide about the 1 open" in result.output


async def test_restore_asks_for_confirmation(tmp_path: Path) -> None:
    await create_database(tmp_path, State.POLLING)
    copy = maintenance.back_up(tmp_path).path
    before = (tmp_path / "retake.sqlite3").stat().st_ino
    result = CliRunner().invoke(cli, ["restore", str(copy)], input="n\n")
    assert result.exit_code == 1
    assert (tmp_path / "retake.sqlite3").stat().st_ino == before


async def test_restore_while_the_bot_runs_exits_with_3(tmp_path: Path) -> None:
    await create_database(tmp_path)
    copy = maintenance.back_up(tmp_path).path
    database = await Database.open(tmp_path / "retake.sqlite3")
    result = CliRunner().invoke(cli, ["restore", str(copy), "--yes"])
    await database.close()
    assert result.exit_code == 3
    assert "Another Retake, or a command of it, uses this database." in result.output


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["backup"], 1, "There is no database in RETAKE_DATA yet."),
        (["restore", "nowhere.sqlite3", "--yes"], 1, "nowhere.sqlite3: No such file or directory."),
        (["migrate"], 1, "There is no database in RETAKE_DATA yet."),
        (["migrate", "--dry-run"], 0, "The database has schema 0"),
    ],
)
def test_an_impossible_command_is_answered_with_a_message(arguments: list[str], code: int, sentence: str) -> None:
    result = CliRunner().invoke(cli, arguments)
    assert result.exit_code == code, result.output
    assert sentence in result.output


async def test_migrate_reports_that_nothing_is_to_do(tmp_path: Path) -> None:
    await create_database(tmp_path)
    result = CliRunner().invoke(cli, ["migrate"])
    assert (result.exit_code, result.output.splitlines()[-1]) == (0, "Nothing to do.")
