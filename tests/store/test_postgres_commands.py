"""The host's commands, the settings and the metrics on PostgreSQL."""

import asyncio
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.__main__ import cli
from bot.cli import doctor, run
from bot.jobs.job import State
from bot.settings import Settings
from bot.store.group_commit import Transaction
from bot.store.jobs import SqlJobStore
from bot.store.location import StoreLocation
from bot.store.open import open_reader, open_store
from bot.store.postgres_errors import BadDatabaseUrl, PostgresNotInstalled, Unreachable
from bot.store.readonly import TooSlow, Unreadable
from bot.store.rows import guarded_update
from bot.store.stats import StatsReader
from tests.store.conformance import insert_job, transition_through
from tests.store.factories import NOW
from tests.stores import local_server, new_url

PASSWORD = "p%40ssword-of-the-host"
HELD = (State.ACCEPTED, State.SUBMITTING, State.SUBMIT_UNKNOWN)


@pytest.fixture
def location(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StoreLocation:
    """An empty database, which the settings name."""
    here = StoreLocation(tmp_path, new_url())
    monkeypatch.setenv("RETAKE_DATA", str(tmp_path))
    monkeypatch.setenv("RETAKE_DATABASE_URL", here.database_url)
    return here


def run_cli(*arguments: str) -> Result:
    return CliRunner().invoke(cli, arguments)


def settings(url: str, data: Path) -> Settings:
    return Settings.model_validate({"discord_token": "token-of-the-bot", "database_url": url, "data": data})


def insert_held_job(location: StoreLocation) -> None:
    async def insert() -> None:
        database = await open_store(location)
        store = SqlJobStore(database)
        await store.new_epoch(NOW)
        job = await transition_through(store, await insert_job(store, code="K7Q2", created_at=NOW), *HELD)
        assert await store.transition(job, State.NEEDS_PERSON, now=NOW, why="test", money="hold", trouble="NotFound")
        await database.close()

    asyncio.run(insert())


def test_the_host_lists_shows_and_decides(location: StoreLocation) -> None:
    insert_held_job(location)
    assert "K7Q2   needs_person" in run_cli("jobs", "list").output
    assert "K7Q2" in run_cli("jobs", "list", "--all").output
    shown = run_cli("jobs", "show", "k7q2").output
    for word in ("submit_unknown", "reserve", "reserved -> held"):
        assert word in shown
    given_up = run_cli("jobs", "give-up", "K7Q2", "--not-charged")
    assert (given_up.exit_code, given_up.output) == (0, "Closed.\n")
    assert "held -> free" in run_cli("jobs", "show", "K7Q2").output
    assert list(location.data.glob("*.sqlite3")) == []


def test_usage_is_counted(location: StoreLocation) -> None:
    insert_held_job(location)
    assert "1 videos" in run_cli("usage", "--days", "3650").output


def test_jobs_are_decided_only_while_the_bot_is_stopped(location: StoreLocation) -> None:
    async def while_it_runs() -> Result:
        database = await open_store(location)
        done = await asyncio.to_thread(run_cli, "jobs", "give-up", "K7Q2")
        await database.close()
        return done

    done = asyncio.run(while_it_runs())
    assert (done.exit_code, done.output) == (3, "The bot is running. Stop it first.\n")


@pytest.mark.parametrize(("arguments", "instead"), [(("backup",), "pg_dump"), (("restore", "copy"), "pg_restore")])
def test_backups_are_left_to_postgresql(location: StoreLocation, arguments: tuple[str, ...], instead: str) -> None:
    done = run_cli(*arguments)
    assert done.exit_code == 1
    assert instead in done.output
    assert location.database_url not in done.output


def test_migrate_creates_the_schema_and_then_has_nothing_to_do(location: StoreLocation) -> None:
    assert "has schema 0" in run_cli("migrate", "--dry-run").output
    assert "Upgraded from 0" in run_cli("migrate").output
    assert "Nothing to do." in run_cli("migrate").output


def test_an_address_can_come_from_a_file(location: StoreLocation, monkeypatch: pytest.MonkeyPatch) -> None:
    file = location.data / "url"
    file.write_text(f"{location.database_url}\n")
    monkeypatch.delenv("RETAKE_DATABASE_URL")
    monkeypatch.setenv("RETAKE_DATABASE_URL_FILE", str(file))
    insert_held_job(location)
    assert "K7Q2" in run_cli("jobs", "list").output


def test_a_file_with_the_address_that_cannot_be_read_is_named(
    location: StoreLocation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("RETAKE_DATABASE_URL")
    monkeypatch.setenv("RETAKE_DATABASE_URL_FILE", str(location.data / "nowhere"))
    for command in (("jobs", "list"), ("usage",), ("backup",), ("migrate",)):
        done = run_cli(*command)
        assert done.exit_code == 78
        assert done.output.startswith("RETAKE_DATABASE_URL_FILE names a file that can't be read.")


def test_an_empty_database_is_reported(location: StoreLocation) -> None:
    done = run_cli("jobs", "list")
    assert (done.exit_code, done.output) == (1, "The database can't be read: it has no tables of Retake yet.\n")


def test_doctor_describes_the_database(location: StoreLocation) -> None:
    assert [finding.state for finding in doctor.check_database(location)] == ["ok", "look"]
    insert_held_job(location)
    server, stored = doctor.check_database(location)
    assert server.says.startswith("PostgreSQL ")
    assert (stored.state, stored.says) == ("ok", "The schema is up to date.")


@pytest.mark.parametrize(
    ("url", "code", "sentence"),
    [
        ("postgresql://retake:{}@127.0.0.1:1/retake", 69, "nothing listens there"),
        ("postgresql://retake:{}@retake.invalid/retake", 69, "its host name isn't known"),
        ("postgresql://retake:{}@/nowhere?host={{folder}}", 78, "it has no such database"),
        ("postgresql://nobody:{}@/postgres?host={{folder}}", 78, "it refuses the user"),
        ("postgresql://retake:{}@127.0.0.1/retake?wrong={}", 78, "is not an address of PostgreSQL"),
    ],
)
async def test_a_start_without_the_database_ends_with_a_sentence_and_no_secret(
    url: str, code: int, sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setattr(run, "OPEN_WITHIN_S", 0.0)
    full = url.format(PASSWORD, PASSWORD).replace("{folder}", str(local_server().folder))
    assert await run.run(settings(full, tmp_path)) == code
    (finding,) = doctor.check_database(StoreLocation(tmp_path, full))
    said = capfd.readouterr().err + finding.says
    assert finding.state == "bad"
    assert said.count(sentence) == 2
    for secret in (PASSWORD, "p@ssword", full, "Traceback"):
        assert secret not in said


async def test_the_start_waits_for_a_database_that_starts(
    location: StoreLocation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "OPEN_EVERY_S", 0.05)
    server = local_server()
    server.kill()
    opening = asyncio.create_task(run._open(location))
    await asyncio.sleep(0.2)
    assert not opening.done()
    await asyncio.to_thread(server.start)
    await (await opening).close()


def test_no_secret_is_shown(tmp_path: Path) -> None:
    url = f"postgresql://retake:{PASSWORD}@127.0.0.1/retake"
    assert PASSWORD not in repr(settings(url, tmp_path)) + repr(StoreLocation(tmp_path, url))
    assert {url, PASSWORD, "p@ssword-of-the-host"} <= set(run.secrets_of(settings(url, tmp_path)))


async def test_without_psycopg_the_command_that_installs_it_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in sys.modules if name.startswith("bot.store.postgres") and name[-6:] != "errors"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "psycopg", None)
    here = StoreLocation(tmp_path, "postgresql://127.0.0.1/retake")
    with pytest.raises(PostgresNotInstalled, match=r"pip install -r requirements-postgres\.txt"):
        await open_store(here)
    with pytest.raises(PostgresNotInstalled), open_reader(here):
        pass


def test_a_read_that_takes_too_long_is_ended(location: StoreLocation) -> None:
    insert_held_job(location)
    with pytest.raises(TooSlow), open_reader(location, 0.05) as tx:
        tx.run("SELECT pg_sleep(5)")
    with pytest.raises(Unreadable), open_reader(location) as tx:
        tx.run("CREATE TABLE written (by TEXT)")


async def test_a_row_that_is_committed_after_a_newer_one_is_counted(location: StoreLocation) -> None:
    """Two transactions overlap: the one that took the lower numbers ends last, and the gauges are read between."""
    database = await open_store(location)
    store, stats = SqlJobStore(database), StatsReader(location)
    first, second = await insert_job(store), await insert_job(store)
    loop, seen = asyncio.get_running_loop(), []

    def slow(tx: Transaction) -> None:
        tx.run(*guarded_update(first, {}, state=State.ACCEPTED, why="test", at=NOW))
        asyncio.run_coroutine_threadsafe(transition_through(store, second, State.ACCEPTED), loop).result(10)
        seen.append(stats.read(NOW).jobs[State.ACCEPTED])

    await database.transaction(slow)
    assert seen[0] < stats.read(NOW).jobs[State.ACCEPTED]
    assert stats.read(NOW + 600.0).jobs == stats.read(NOW).jobs
    assert stats.read(NOW).database_bytes
    await database.close()


def test_reasons_hold_no_text_of_the_server() -> None:
    error = Unreachable(
        'connection to server at "10.9.8.7" failed: FATAL:  password authentication failed for user "me"'
    )
    assert str(error) == "PostgreSQL can't be reached at RETAKE_DATABASE_URL: it refuses the user or the password."
    assert error.refused
    assert not Unreachable("FATAL:  the database system is starting up").refused
    assert "\n" not in str(BadDatabaseUrl())
