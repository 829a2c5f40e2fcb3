"""The host's commands for single jobs, on a real database."""

import asyncio
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.cli.jobs import jobs_cli
from bot.jobs.job import Job, State
from bot.store.database import Database
from bot.store.jobs import SqlJobStore
from tests.store.conformance import moved, taken
from tests.store.factories import NOW


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RETAKE_DATA", str(tmp_path))
    return tmp_path


def host(*words: str) -> Result:
    return CliRunner().invoke(jobs_cli, words)


def held(data: Path, trouble: str = "OutcomeUnknown") -> Job:
    """A job whose paid request nobody answered."""

    async def make() -> Job:
        database = await Database.open(data / "retake.sqlite3")
        store = SqlJobStore(database)
        path = (State.ACCEPTED, State.SUBMITTING, State.SUBMIT_UNKNOWN)
        job = await moved(store, await taken(store, code="K7Q2"), *path)
        after = await store.transition(job, State.NEEDS_PERSON, now=NOW, why=trouble, money="hold", trouble=trouble)
        await database.close()
        assert after is not None
        return after

    return asyncio.run(make())


def now_is(data: Path) -> Job:
    async def look() -> Job:
        database = await Database.open(data / "retake.sqlite3")
        job = await SqlJobStore(database).by_code(1, "K7Q2")
        await database.close()
        assert job is not None
        return job

    return asyncio.run(look())


def test_the_host_sees_a_held_job_and_its_history(data: Path) -> None:
    held(data)
    assert "K7Q2   needs_person" in host("list").output
    shown = host("show", "k7q2").output
    for word in ("submit_unknown", "reserve", "hold", "reserved -> held"):
        assert word in shown


def test_an_adopted_task_is_asked_about(data: Path) -> None:
    held(data)
    assert host("adopt", "K7Q2", "task-9").exit_code == 0
    job = now_is(data)
    assert (job.state, job.task.task_id, job.trouble) == (State.POLLING, "task-9", None)


@pytest.mark.parametrize(("words", "kind"), [((), "capture"), (("--not-charged",), "release")])
def test_giving_up_settles_the_money(data: Path, words: tuple[str, ...], kind: str) -> None:
    held(data)
    assert host("give-up", "K7Q2", *words).exit_code == 0
    assert now_is(data).state is State.CANCELLED
    assert kind in host("show", "K7Q2").output


def test_a_clip_is_posted_again_if_it_is_still_there(data: Path) -> None:
    job = held(data)
    assert "no longer on this disk" in host("deliver", "K7Q2").output
    (data / "clips").mkdir()
    (data / "clips" / f"{job.id}.mp4").write_bytes(b"clip")
    assert host("deliver", "K7Q2").exit_code == 0
    assert now_is(data).state is State.DELIVERING


def test_what_is_decided_is_not_decided_again(data: Path) -> None:
    held(data)
    host("give-up", "K7Q2")
    again = host("give-up", "K7Q2")
    assert again.exit_code == 1
    assert "is cancelled" in again.output


def test_nothing_is_decided_while_the_bot_runs(data: Path) -> None:
    held(data)
    database = asyncio.run(Database.open(data / "retake.sqlite3", inline=True))
    assert host("list").exit_code == 0
    refused = host("adopt", "K7Q2", "x")
    assert refused.exit_code == 3
    assert "The bot is running." in refused.output
    asyncio.run(database.close())


def test_an_unknown_code_or_an_empty_folder_is_said(data: Path) -> None:
    assert "no database" in host("list").output
    held(data)
    assert "There is no job ZZZZ." in host("show", "ZZZZ").output
