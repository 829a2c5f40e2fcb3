"""A database that version 0.1 wrote: it opens, reads back with the same values, and its open jobs go on."""

import asyncio
import contextlib
import sqlite3
import time
from pathlib import Path

from bot.chat.text.kept_text import kept_text
from bot.chat.text.list_text import details, own_jobs
from bot.jobs.job import Job, State
from bot.jobs.kept import kept_from
from bot.jobs.stored_errors import by_name
from bot.sandbox.environment import LocalEnvironment
from bot.sandbox.providers import LocalToAPIs
from bot.sandbox.providers.tasks import LocalTask
from bot.store.database import Database
from bot.store.epoch_file import Epoch, EpochFile
from bot.store.jobs import SqlJobStore
from bot.store.rows import value_of, values_by_column

ADDED_LATER = {
    "send_after": None, "cancel_requested_at": None, "cost_micros": None, "earlier_micros": 0, "style": None,
    "typed": None, "offered": None, "bundle_id": None, "bundle_place": 1, "bundle_size": 1, "posted_with": None,
    "chosen_at": None, "shared_message_id": None, "compared": 0, "revealed_at": None,
}  # fmt: skip
DUMP = Path(__file__).with_name("version-0.1.sql")
WRITTEN_AT = 1_790_000_000.0
PAID = "POST /v1/videos/generations"
GOES_ON = ("accepted", "polling", "downloading", "delivering")


def load(file: Path, *, guild_id: int = 1, channel_id: int = 5, later_s: float = 0.0) -> None:
    """Write the dump as a database with its mark. Times can be moved, ids replaced."""
    with contextlib.closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.executescript(DUMP.read_text())
        if (guild_id, channel_id, later_s) != (1, 5, 0.0):
            times = ("created_at", "updated_at", "due_at", "lease_until", "intent_at", "submitted_at", "finished_at")
            moved = ", ".join(f"{column} = {column} + {later_s}" for column in times)
            connection.execute(f"UPDATE job SET guild_id = ?, channel_id = ?, {moved}", (guild_id, channel_id))  # noqa: S608
        (boots,) = connection.execute("SELECT value FROM fact WHERE name = 'boots'").fetchone()
        (events,) = connection.execute("SELECT max(rowid) FROM event").fetchone()
    EpochFile(file).write(Epoch(boots=int(boots), events=events))


def rows(file: Path, sql: str) -> list[dict[str, object]]:
    with contextlib.closing(sqlite3.connect(file)) as connection:
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute(sql)]


async def read(file: Path) -> list[Job]:
    database = await Database.open(file)
    try:
        assert not database.restored
        store = SqlJobStore(database)
        found = [await store.job(str(row["id"])) for row in rows(file, "SELECT id FROM job ORDER BY id")]
    finally:
        await database.close()
    return [job for job in found if job is not None]


async def test_every_job_reads_back_with_the_same_values(tmp_path: Path) -> None:
    file = tmp_path / "retake.sqlite3"
    load(file)
    before = rows(file, "SELECT * FROM job ORDER BY id")
    jobs = await read(file)
    assert {job.state for job in jobs} == set(State) - {State.IMPORTED}
    assert len(jobs) == len(before) == 29
    for job, row in zip(jobs, before, strict=True):
        now = {column: value_of(value) for column, value in values_by_column(job).items()}
        assert now == row | ADDED_LATER


async def test_every_stored_reason_has_its_sentence(tmp_path: Path) -> None:
    file = tmp_path / "retake.sqlite3"
    load(file)
    kept = [job for job in await read(file) if job.state is State.KEPT]
    assert [kept_text(kept_from(job)) for job in kept] == [
        "the channel was deleted",
        "Discord rejected the content",
        "over the upload limit",
        "I couldn't tell whether it was posted",
        "missing access: View Channel, Attach Files and Read Message History",
        "missing access: an age-restricted channel",
        "38 MB is over the limit here (10 MB)",
    ]


async def test_every_stored_error_is_known_and_every_job_can_be_listed(tmp_path: Path) -> None:
    file = tmp_path / "retake.sqlite3"
    load(file)
    jobs = await read(file)
    for job in jobs:
        if job.trouble is not None and job.trouble != "NoCredit":  # a class that no version has
            assert by_name(job.trouble).__name__ == job.trouble
        assert job.code in details(job, "Grok 3", None, remixes=0, for_host=True)
        assert job.code in own_jobs([job], ["Grok 3"], 0, 1)


async def test_open_jobs_go_on_and_nothing_is_paid_or_posted_twice(tmp_path: Path) -> None:
    provider = LocalToAPIs(render_s=0.2, balance_usd=100.0)
    async with LocalEnvironment(provider, data=tmp_path) as world:
        guild = world.discord.add_guild("Studio")
        channel = guild.add_channel("videos")
        file = world.data / "retake.sqlite3"
        load(file, guild_id=guild.id, channel_id=channel.id, later_s=time.time() - WRITTEN_AT)
        open_before = rows(
            file, "SELECT * FROM job WHERE state IN ('accepted', 'polling', 'downloading', 'delivering')"
        )
        for row in open_before:
            if row["task_id"] is not None:
                provider.accept(
                    LocalTask(
                        id=str(row["task_id"]), kind="create", prompt=str(row["prompt"]), model="grok-video-3",
                        request={}, aspect="16:9", seconds=5.0,
                    )
                )  # fmt: skip
        await asyncio.sleep(0.5)
        await world.start_bot()

        def ended() -> bool:
            left = rows(file, "SELECT 1 FROM job WHERE due_at IS NOT NULL OR lease_until IS NOT NULL")
            return not left

        await world.discord.wait_for(ended)
        clips = [message for message in world.discord.all_messages if message.is_bot and message.attachments]
        assert len(clips) == len(open_before) == 6
        assert len({message.content for message in clips}) == 6
        assert len(provider.wire.requests(PAID)) == sum(row["state"] == "accepted" for row in open_before) == 2
        ids = ", ".join(f"'{row['id']}'" for row in open_before)
        after = rows(file, f"SELECT state, delivered_at FROM job WHERE id IN ({ids})")  # noqa: S608
        assert [row["state"] for row in after] == ["delivered"] * 6
        lost = rows(file, "SELECT state FROM job WHERE id IN (printf('%022d', 4), printf('%022d', 5))")
        assert [row["state"] for row in lost] == ["needs_person", "needs_person"]  # their intents have no outcome
