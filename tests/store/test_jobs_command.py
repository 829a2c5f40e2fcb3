"""The host's commands for single jobs, on a real database."""

import asyncio
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.cli.jobs import jobs_cli
from bot.jobs.job import Job, State
from bot.store.database import Database
from bot.store.jobs import SqlJobStore
from tests.store.conformance import insert_job, transition_through
from tests.store.factories import NOW


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RETAKE_DATA", str(tmp_path))
    return tmp_path


def run_cli(*arguments: str) -> Result:
    return CliRunner().invoke(jobs_cli, arguments)


def insert_held_job(data: Path, trouble: str = "OutcomeUnknown") -> Job:
    """Insert a job whose paid request had no response."""

    async def make() -> Job:
        database = await Database.open(data / "retake.sqlite3")
        store = SqlJobStore(database)
        path = (State.ACCEPTED, State.SUBMITTING, State.SUBMIT_UNKNOWN)
        job = await transition_through(store, await insert_job(store, code="K7Q2"), *path)
        after = await store.transition(job, State.NEEDS_PERSON, now=NOW, why=trouble, money="hold", trouble=trouble)
        await database.close()
        assert after is not None
        return after

    return asyncio.run(make())


def current_job(data: Path) -> Job:
    async def look() -> Job:
        database = await Database.open(data / "retake.sqlite3")
        job = await SqlJobStore(database).by_code(1, "K7Q2")
        await database.close()
        assert job is not None
        return job

    return asyncio.run(look())


def test_the_host_sees_a_held_job_and_its_history(data: Path) -> None:
    insert_held_job(data)
    assert "K7Q2   needs_person" in run_cli("list").output
    output = run_cli("show", "k7q2").output
    for word in ("submit_unknown", "reserve", "hold", "reserved -> held"):
        assert word in output


def test_an_adopted_task_is_polled(data: Path) -> None:
    insert_held_job(data)
    assert run_cli("adopt", "K7Q2", "task-9").exit_code == 0
    job = current_job(data)
    assert (job.state, job.task.task_id, job.trouble) == (State.POLLING, "task-9", None)


@pytest.mark.parametrize(("arguments", "kind"), [((), "capture"), (("--not-charged",), "release")])
def test_giving_up_settles_the_money(data: Path, arguments: tuple[str, ...], kind: str) -> None:
    insert_held_job(data)
    assert run_cli("give-up", "K7Q2", *arguments).exit_code == 0
    assert current_job(data).state is State.CANCELLED
    assert kind in run_cli("show", "K7Q2").output


def test_a_kept_clip_is_delivered_again(data: Path) -> None:
    job = insert_held_job(data)
    assert "no longer on this disk" in run_cli("deliver", "K7Q2").output
    (data / "clips").mkdir()
    (data / "clips" / f"{job.id}.mp4").write_bytes(b"clip")
    assert run_cli("deliver", "K7Q2").exit_code == 0
    assert current_job(data).state is State.DELIVERING


def test_a_resolved_job_cannot_be_resolved_again(data: Path) -> None:
    insert_held_job(data)
    run_cli("give-up", "K7Q2")
    again = run_cli("give-up", "K7Q2")
    assert again.exit_code == 1
    assert "is cancelled" in again.output


def test_no_job_is_changed_while_the_bot_runs(data: Path) -> None:
    insert_held_job(data)
    database = asyncio.run(Database.open(data / "retake.sqlite3", inline=True))
    assert run_cli("list").exit_code == 0
    refused = run_cli("adopt", "K7Q2", "x")
    assert refused.exit_code == 3
    assert "The bot is running." in refused.output
    asyncio.run(database.close())


def test_an_unknown_code_and_an_empty_folder_are_reported(data: Path) -> None:
    assert "no database" in run_cli("list").output
    insert_held_job(data)
    assert "There is no job ZZZZ." in run_cli("show", "ZZZZ").output
