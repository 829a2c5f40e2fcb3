"""Time in the store of autocomplete, /history, /jobs, /tree and /usage in a server with a million videos."""

import sqlite3
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path

from bot.store.database import Database
from bot.store.migrations import schema_files, upgrade
from bot.store.repositories import build_repositories
from tests.bench.measurement import Measurement

FEW, SOME, MANY = 1_000, 100_000, 1_000_000  # from SOME on, each read covers as much as it ever does
MEMBERS, CHANNELS, MODELS, DAYS = 40, 25, 3, 90
ROUNDS = 15
GUILD, MEMBER, PAGE = 1, 7, 10
FAMILY = 400  # videos of one family
START = 1_700_006_400.0  # the beginning of a UTC day
Reads = dict[str, Callable[[], Awaitable[object]]]

JOBS = f"""
INSERT INTO job (id, code, state, kind, user_id, guild_id, channel_id, prompt, model, account, created_at, updated_at,
    delivered_at, root_id, result_message_id, fence, attempt, ambiguous, tries, why, facts, spare_ids, price_micros,
    post_epoch, no_remix)
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
SELECT printf('job%019d', i), 'C' || i, 'delivered', 'generate', (i * 7919) % {MEMBERS}, {GUILD}, (i * 31) % {CHANNELS},
    'a lighthouse in a storm, waves made of paper, seen from above at night, number ' || i, 'model' || (i % {MODELS}),
    'toapis', {START} + i * ({DAYS} * 86400.0 / ?1) - 1, {START} + i, {START} + i * ({DAYS} * 86400.0 / ?1),
    printf('job%019d', CASE WHEN i <= {FAMILY} THEN 1 ELSE i END), 1000 + i, 0, 1, 0, 0, '', '{{}}', '{{}}', 100000,
    0, 0
FROM n
"""  # noqa: S608 (constants of this module)
LEDGER = """
INSERT INTO ledger (job_id, part, kind, debit, credit, micros, at)
SELECT id, 1, 'reserve', 'free', 'reserved', price_micros, created_at FROM job
UNION ALL SELECT id, 1, 'capture', 'reserved', 'spent', price_micros, created_at + 1 FROM job
"""


DAY_USE = """
INSERT INTO day_use (day, guild_id, user_id, micros, videos)
SELECT CAST(created_at / 86400 AS INTEGER), guild_id, user_id, sum(price_micros), count(*) FROM job GROUP BY 1, 2, 3
"""
BULK = 5  # the schema that is filled in bulk


def fill(path: Path, rows: int) -> None:
    """Insert delivered videos and their money at an earlier schema. The upgrade fills the tables of later ones."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA cache_size = -400000")
        upgrade(connection, [step for step in schema_files() if step[0] <= BULK])
        triggers = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        connection.execute("BEGIN")
        for name, _ in triggers:
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute(JOBS, (rows,))
        connection.execute(LEDGER)
        connection.execute(DAY_USE)
        for _, sql in triggers:
            connection.execute(sql)
        connection.execute("COMMIT")
        upgrade(connection)


def reads_of(database: Database, rows: int) -> Reads:
    """Return what each command reads in the store."""
    repositories = build_repositories(database)
    lists, usage = repositories.job_queries, repositories.usage
    channels = list(range(CHANNELS))
    mine = rows // MEMBERS

    async def history(page: int, member_id: int | None = None) -> None:
        seen = await lists.channels(GUILD, channels)
        await lists.count(GUILD, seen, member_id=member_id)
        await lists.videos(GUILD, seen, member_id=member_id, limit=PAGE, offset=page * PAGE)

    async def autocomplete(words: str) -> None:
        found = await lists.search(GUILD, await lists.channels(GUILD, channels), for_user=MEMBER, words=words, limit=25)
        await repositories.members.names(GUILD, {job.user_id for job in found})

    async def jobs(page: int) -> None:
        await lists.count_of_member(GUILD, MEMBER)
        await lists.of_member(GUILD, MEMBER, limit=5, offset=page * 5)

    async def tree() -> None:
        family = await lists.family(GUILD, f"job{1:019d}", FAMILY)
        await repositories.members.names(GUILD, {job.user_id for job in family})

    async def usage_90d() -> None:
        await usage.totals(GUILD, MEMBER, START + 89 * 86_400)
        spent = await usage.by_day(GUILD, START)
        await repositories.members.names(GUILD, {each.user_id for each in spent})

    return {
        "autocomplete": lambda: autocomplete("storm"),
        "autocomplete_nothing": lambda: autocomplete("zeppelin"),
        "history_first": lambda: history(0),
        "history_last": lambda: history(rows // PAGE - 1),
        "history_middle": lambda: history(rows // PAGE // 2),
        "history_member_first": lambda: history(0, MEMBER),
        "history_member_last": lambda: history(mine // PAGE - 1, MEMBER),
        "history_member_middle": lambda: history(mine // PAGE // 2, MEMBER),
        "jobs": lambda: jobs(0),
        "jobs_last": lambda: jobs(mine // 5 - 1),
        "tree": tree,
        "usage_90d": usage_90d,
    }


async def read_times(folder: Path, rows: int) -> dict[str, float]:
    """Return the median time of each read, in milliseconds."""
    path = folder / f"lists-{rows}.sqlite3"
    fill(path, rows)
    database = await Database.open(path)
    try:
        found: dict[str, float] = {}
        for name, read in reads_of(database, rows).items():
            took = []
            for _ in range(ROUNDS):
                began = time.perf_counter()
                await read()
                took.append((time.perf_counter() - began) * 1000)
            found[name] = statistics.median(took)
        return found
    finally:
        await database.close()


async def measure() -> list[Measurement]:
    with tempfile.TemporaryDirectory(prefix="retake-bench-") as name:
        few, some, many = [await read_times(Path(name), rows) for rows in (FEW, SOME, MANY)]
    return [
        Measurement(
            name=f"lists.{name}_1m_ms",
            value=many[name],
            unit="ms",
            against=f"1,000 videos, {few[name]:.2f} ms; 100,000: {some[name]:.2f} ms",
            ratio=many[name] / few[name],
        )
        for name in many
    ]
