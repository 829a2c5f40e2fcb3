"""Lists of videos and jobs: equal to the plain query over the job table, and no list reads all jobs."""

import random
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from bot.jobs.job import ENDED, Job, State
from bot.store import video_pages
from bot.store.database import Database
from bot.store.group_commit import Transaction
from bot.store.jobs import SqlJobStore
from bot.store.migrations import schema_files, upgrade
from bot.store.repositories import build_repositories
from bot.store.rows import COLUMNS, job_of, values_of
from tests.store.factories import NOW, make_job

VISIBLE = "delivered_at IS NOT NULL AND deleted_at IS NULL"
PLACE = "coalesce(result_channel_id, channel_id)"
SPANS = (
    f"SELECT guild_id, %s, width, CAST(delivered_at / width AS INTEGER), {PLACE}, count(*)"  # noqa: S608
    f" FROM span_width CROSS JOIN job WHERE {VISIBLE} GROUP BY 1, 2, 3, 4, 5"
)
COUNTERS = {
    "video": f"SELECT guild_id, delivered_at, id, {PLACE}, user_id, no_remix FROM job WHERE {VISIBLE}",  # noqa: S608
    "video_count": f"SELECT guild_id, {PLACE}, count(*) FROM job WHERE {VISIBLE} GROUP BY 1, 2",  # noqa: S608
    "member_video_count": f"SELECT guild_id, user_id, {PLACE}, count(*) FROM job WHERE {VISIBLE} GROUP BY 1, 2, 3",  # noqa: S608
    "video_span": f"SELECT * FROM ({SPANS % -1}) UNION ALL SELECT * FROM ({SPANS % 'user_id'})",  # noqa: S608
    "member_job_count": (
        "SELECT guild_id, user_id, count(*) FROM job WHERE state NOT IN ('abandoned', 'imported') GROUP BY 1, 2"
    ),
}


def random_job(rng: random.Random, number: int, *, imports: bool = True) -> Job:
    state = rng.choice([state for state in State if imports or state is not State.IMPORTED])
    delivered = state is State.DELIVERED
    return make_job(
        state=state,
        code=f"K{number:03d}",
        user_id=rng.randrange(1, 5),
        guild_id=rng.choice((1, 1, 1, 2)),
        channel_id=rng.randrange(1, 7),
        result_channel_id=rng.choice((None, None, rng.randrange(1, 9))) if delivered else None,
        prompt=" ".join(rng.sample(["a", "Boat", "lighthouse", "100%", "in_snow", "storm"], 3)),
        created_at=NOW + rng.randrange(200),
        delivered_at=NOW + rng.randrange(200) * rng.choice((1, 3_000, 90_000)) if delivered else None,  # with ties
        deleted_at=NOW if delivered and rng.random() < 0.1 else None,
        no_remix=rng.random() < 0.3,
        root_id=None,
    )


CHANGES = [
    "delivered_at = 1800000050.5",
    "deleted_at = 1800000050.5",
    "deleted_at = NULL",
    "user_id = 0",
    "no_remix = 1 - no_remix",
    "result_channel_id = 3",
    "result_channel_id = NULL",
    "state = 'abandoned'",
    "state = 'delivered', delivered_at = 1800000077.0",
]


def insert(tx: Transaction, job: Job) -> None:
    tx.run(f"INSERT INTO job ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))})", values_of(job))  # noqa: S608


@pytest.fixture(params=range(6))
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    """Random jobs that were changed at random."""
    rng = random.Random(request.param)  # noqa: S311
    jobs = [random_job(rng, number) for number in range(300)]
    database = await Database.open(tmp_path / "lists.sqlite3")

    def fill(tx: Transaction) -> None:
        for job in jobs:
            insert(tx, job)
        for _ in range(150):
            tx.run(f"UPDATE job SET {rng.choice(CHANGES)} WHERE id = ?", (rng.choice(jobs).id,))  # noqa: S608

    await database.transaction(fill)
    yield database
    await database.close()


async def counted(database: Database, table: str) -> tuple[list[tuple[object, ...]], list[tuple[object, ...]]]:
    """Return the rows of a maintained table, and what they are maintained from."""
    columns = {
        "video": "guild_id, delivered_at, job_id, channel_id, user_id, no_remix",
        "video_count": "guild_id, channel_id, videos",
        "member_video_count": "guild_id, user_id, channel_id, videos",
        "video_span": "guild_id, user_id, width, span, channel_id, videos",
        "member_job_count": "guild_id, user_id, jobs",
    }
    kept = await database.run(f"SELECT {columns[table]} FROM {table}")  # noqa: S608
    return sorted(map(tuple, kept)), sorted(map(tuple, await database.run(COUNTERS[table])))


@pytest.mark.parametrize("table", COUNTERS)
async def test_the_tables_of_lists_always_equal_the_jobs(database: Database, table: str) -> None:
    kept, plain = await counted(database, table)
    assert kept == plain
    assert kept


async def naive(database: Database, channels: set[int], where: str = "TRUE") -> list[Job]:
    marks = ", ".join(map(str, channels)) or "NULL"
    rows = await database.run(
        f"SELECT * FROM job WHERE guild_id = 1 AND {VISIBLE} AND {PLACE} IN ({marks}) AND {where}"  # noqa: S608
        " ORDER BY delivered_at DESC, id DESC"
    )
    return [job_of(row) for row in rows]


@pytest.mark.parametrize("few", [-1, 10_000], ids=["counted", "read"])
@pytest.mark.parametrize("member", [None, 2])
async def test_every_page_equals_the_plain_query(
    database: Database, monkeypatch: pytest.MonkeyPatch, few: int, member: int | None
) -> None:
    monkeypatch.setattr(video_pages, "_FEW", few)
    lists = build_repositories(database).job_queries
    for channels in ({1, 2, 3}, {4}, {1, 2, 3, 4, 5, 6, 7, 8, 99}, set()):
        expected = await naive(database, channels, f"user_id = {member}" if member is not None else "TRUE")
        assert await lists.count(1, channels, member_id=member) == len(expected)
        for offset in range(0, len(expected) + 7, 7):
            page = await lists.videos(1, channels, member_id=member, limit=7, offset=offset)
            assert [job.code for job in page] == [job.code for job in expected[offset : offset + 7]]


async def test_channels_are_those_with_videos(database: Database) -> None:
    lists = build_repositories(database).job_queries
    asked = {1, 3, 5, 98, 99}
    places = {job.post.result_channel_id or job.channel_id for job in await naive(database, asked)}
    assert set(await lists.channels(1, asked)) == places
    assert await lists.channels(3, asked) == []


@pytest.mark.parametrize("searched", [5_000, 10], ids=["all", "the newest only"])
async def test_a_search_finds_what_the_member_may_use(
    database: Database, monkeypatch: pytest.MonkeyPatch, searched: int
) -> None:
    monkeypatch.setattr(video_pages, "SEARCHED", searched)
    lists = build_repositories(database).job_queries
    for channels in ({1, 2, 3}, {4}, {1, 2, 3, 4, 5, 6, 7, 8}, set()):
        usable = await naive(database, channels, "(no_remix = 0 OR user_id = 2)")
        for words in ("", "boat", "BOAT storm", "100%", "in_snow", "k0", usable[-1].code if usable else "none"):
            expected = [
                job
                for job in usable
                if all(w.lower() in job.prompt.lower() or job.code.startswith(w.upper()) for w in words.split())
            ]
            found = await lists.search(1, channels, for_user=2, words=words, limit=25)
            if searched == 5_000 or words == "":
                assert [job.code for job in found] == [job.code for job in expected[:25]]
            else:
                assert {job.code for job in found} <= {job.code for job in expected}
        if usable:  # the code of the oldest video, however old it is
            assert [job.code for job in await lists.search(1, channels, for_user=2, words=usable[-1].code, limit=25)]


async def test_own_jobs_equal_the_plain_query(database: Database) -> None:
    lists = build_repositories(database).job_queries
    for user_id in (1, 2, 0, 9):
        ended = ", ".join(f"'{state}'" for state in ENDED)
        rows = await database.run(
            "SELECT code FROM job WHERE guild_id = 1 AND user_id = ? AND state NOT IN ('abandoned', 'imported')"  # noqa: S608
            f" ORDER BY state IN ({ended}), created_at DESC, id DESC",
            (user_id,),
        )
        expected = [row[0] for row in rows]
        assert await lists.count_of_member(1, user_id) == len(expected)
        for offset in range(0, len(expected) + 5, 5):
            page = await lists.of_member(1, user_id, limit=5, offset=offset)
            assert [job.code for job in page] == expected[offset : offset + 5]


async def test_names_are_those_asked_for(database: Database) -> None:
    members = build_repositories(database).members
    for user_id, name in ((1, "alice"), (2, "bob"), (3, "carol")):
        await members.record(1, user_id, name, NOW)
    assert await members.names(1, {1, 3, 77}) == {1: "alice", 3: "carol"}
    assert await members.names(1, []) == await members.names(2, [1]) == {}


async def test_a_delivered_and_deleted_job_enters_and_leaves_the_lists(tmp_path: Path) -> None:
    database = await Database.open(tmp_path / "lists.sqlite3")
    store, lists = SqlJobStore(database), build_repositories(database).job_queries
    job = await store.insert(replace(make_job(state=State.DELIVERING), channel_id=5))
    assert job is not None
    assert await lists.channels(1, [5]) == []
    posted = await store.transition(job, State.DELIVERED, now=NOW, why="posted", delivered_at=NOW)
    assert posted is not None
    assert [found.id for found in await lists.videos(1, [5], limit=10)] == [job.id]
    await store.update(posted, deleted_at=NOW + 1)
    assert await lists.channels(1, [5]) == []
    assert await lists.videos(1, [5], limit=10) == []
    assert not await database.run("SELECT 1 FROM member_video_count")
    await database.close()


@pytest.mark.parametrize("version", [version for version, _ in schema_files() if version < 7])
async def test_the_tables_of_lists_are_filled_when_an_older_database_is_upgraded(tmp_path: Path, version: int) -> None:
    path, rng = tmp_path / "old.sqlite3", random.Random(version)  # noqa: S311
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        upgrade(connection, [step for step in schema_files() if step[0] <= version])
        present = {row[1] for row in connection.execute("PRAGMA table_info(job)")}
        columns = [column for column in COLUMNS if column in present]
        for number in range(100):
            values = dict(zip(COLUMNS, values_of(random_job(rng, number, imports=False)), strict=True))
            connection.execute(
                f"INSERT INTO job ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})",  # noqa: S608
                [values[column] for column in columns],
            )
    database = await Database.open(path)
    for table in COUNTERS:
        kept, plain = await counted(database, table)
        assert kept == plain
        assert kept
    await database.close()


async def test_no_list_reads_all_jobs(database: Database) -> None:
    """Every statement of every list finds jobs by an index."""
    repositories, statements = build_repositories(database), list[str]()
    trace: Callable[[str], None] = statements.append
    database._connection.set_trace_callback(trace)
    lists = repositories.job_queries
    await lists.channels(1, [1, 2])
    for member in (None, 2):
        await lists.videos(1, [1, 2], member_id=member, limit=5, offset=20)
        await lists.count(1, [1, 2], member_id=member)
    await lists.search(1, [1, 2], for_user=2, words="boat", limit=25)
    await lists.of_member(1, 2, limit=5, offset=20)
    await lists.count_of_member(1, 2)
    await lists.family(1, "x", 400)
    await repositories.members.names(1, [1])
    database._connection.set_trace_callback(None)
    reads = [statement for statement in statements if statement.startswith("SELECT")]
    assert len(reads) > 10
    for statement in reads:
        plan = [row["detail"] for row in await database.run(f"EXPLAIN QUERY PLAN {statement}")]
        scans = [step for step in plan if step.startswith("SCAN") and "json_each" not in step and "asked" not in step]
        assert [step for step in scans if step not in ("SCAN (subquery-1)", "SCAN (subquery-2)")] == [], statement
        assert not [step for step in plan if "job" in step and "SCAN" in step], statement
