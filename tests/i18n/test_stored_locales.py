"""Stored languages: of a member and of a job, deleted with their data."""

import sqlite3
from pathlib import Path

from bot.jobs.job import Job, Kind, RequestOrigin
from bot.ordering.quote import Request
from bot.ports.repositories import ErasableVideo
from bot.store.database import Database
from bot.store.jobs import SqlJobStore
from bot.store.migrations import schema_files, upgrade
from bot.store.rows import COLUMNS, values_of
from tests.limits.service_harness import NOON, ServiceHarness, open_service_harness
from tests.service_factory import create
from tests.store.factories import make_job


async def test_the_last_known_language_of_a_member_is_stored(tmp_path: Path) -> None:
    async with open_service_harness(tmp_path) as harness:
        people = harness.repositories.members
        assert await people.locale(1, 1) is None
        await people.record(1, 1, "alice", NOON)
        assert await people.locale(1, 1) is None
        await people.record(1, 1, "alice", NOON, "de")
        await people.record(1, 1, "alicia", NOON)  # a message has no locale: the known one stays
        assert await people.locale(1, 1) == "de"
        await people.record(1, 1, "alicia", NOON, "ja")
        assert await people.locale(1, 1) == "ja"
        assert await people.locale(2, 1) is None
        assert await people.names(1, [1]) == {1: "alicia"}


async def test_a_language_is_deleted_with_the_member_and_with_the_prompt(tmp_path: Path) -> None:
    async with open_service_harness(tmp_path) as harness:
        job = await _create_finished_job(harness, "de")
        assert job.locale == "de"
        await harness.finish_job(job, money="capture")
        await harness.repositories.members.record(1, 1, "alice", NOON, "de")
        await harness.repositories.retention.request_deletion(1, NOON)
        found = await harness.repositories.retention.of_member(1, 10)
        assert [type(row) for row in found] == [ErasableVideo]
        await harness.repositories.retention.erase(found)
        left = await harness.store.job(job.id)
        assert left is not None
        assert left.locale is None
        assert await harness.repositories.members.locale(1, 1) is None


async def _create_finished_job(harness: ServiceHarness, locale: str) -> Job:
    origin = RequestOrigin(user_id=1, guild_id=1, channel_id=5, interaction_id=1, locale=locale)
    job = await create(harness.job_service, origin, Request(kind=Kind.GENERATE, prompt="a paper boat"))
    assert job is not None
    accepted = await harness.job_service.confirm(job, 1)
    assert accepted is not None
    return accepted


async def test_a_job_without_a_language_uses_english(tmp_path: Path) -> None:
    file = tmp_path / "retake.sqlite3"
    connection = sqlite3.connect(file, isolation_level=None)
    upgrade(connection, [step for step in schema_files() if step[0] < 4])
    old, known = make_job(), {row[1] for row in connection.execute("PRAGMA table_info(job)")}
    assert "locale" not in known
    values = {column: value for column, value in zip(COLUMNS, values_of(old), strict=True) if column in known}
    connection.execute(
        f"INSERT INTO job ({', '.join(values)}) VALUES ({', '.join('?' * len(values))})",  # noqa: S608
        tuple(values.values()),
    )
    connection.close()
    database = await Database.open(file)
    try:
        found = await SqlJobStore(database).job(old.id)
        assert found is not None
        assert found.locale is None
    finally:
        await database.close()
