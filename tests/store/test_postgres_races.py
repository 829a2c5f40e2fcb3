"""Several processes on one PostgreSQL database: what a lock protects holds, and without the lock it doesn't.

A second bot on a database is refused; these processes don't ask who owns it, so that only the locks are left.
"""

import asyncio
import json
import sys
from collections.abc import AsyncIterator

import pytest

from bot.jobs.job import Job, State
from bot.store.group_commit import Transaction
from bot.store.jobs import SqlJobStore
from bot.store.late_answers import keep_late_task
from bot.store.postgres import PgDatabase
from bot.store.postgres_connection import PgTransaction, connect
from bot.store.repositories import build_repositories
from bot.store.rows import COLUMNS, values_of
from tests.store.conformance import insert_job, transition_through
from tests.store.factories import NOW, make_job
from tests.store.postgres_racer import CAP, MOST_STYLES, START_KEY
from tests.stores import new_url

LOCKED = pytest.mark.parametrize("locks", ["locked", "unlocked"])
JOBS, CLAIMING, CLAIMERS = 3_000, 5, 4
PROCESSES, ORDERS, EDITS, STYLES = 4, 50, 10, 8


@pytest.fixture
def url() -> str:
    return new_url()


@pytest.fixture
async def store(url: str) -> AsyncIterator[SqlJobStore]:
    database = await PgDatabase.open(url)
    yield SqlJobStore(database)
    await database.close()


async def race(url: str, task: str, processes: int, size: int, locks: str) -> list[str]:
    """Let processes do a task of the racer at the same moment. Return all that they got."""
    holder = connect(url)
    holder.execute(f"SELECT pg_advisory_lock({START_KEY})".encode())
    racers = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.store.postgres_racer", url, task, str(number), str(size), locks,
            stdout=asyncio.subprocess.PIPE,
        )
        for number in range(processes)
    ]  # fmt: skip
    for racer in racers:
        assert racer.stdout is not None
        assert await racer.stdout.readline() == b"ready\n"
    holder.close()
    printed = await asyncio.gather(*(racer.communicate() for racer in racers))
    assert [racer.returncode for racer in racers] == [0] * processes
    return [got for out, _ in printed for got in json.loads(out)]


@LOCKED
async def test_no_job_is_claimed_twice(store: SqlJobStore, url: str, locks: str) -> None:
    rows = [values_of(make_job(due_at=NOW)) for _ in range(JOBS)]
    insert = f"INSERT INTO job ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))})"  # noqa: S608
    await store.database.transaction(lambda tx: [tx.run(insert, row) for row in rows])
    claimed = await race(url, "claim", CLAIMING, CLAIMERS, locks)
    twice = len(claimed) - len(set(claimed))
    if locks == "locked":
        assert (twice, len(claimed)) == (0, JOBS)
    else:
        assert twice > 0


@LOCKED
async def test_orders_at_once_reach_exactly_the_cap(store: SqlJobStore, url: str, locks: str) -> None:
    accepted = await race(url, "order", PROCESSES, ORDERS, locks)
    ((stored,),) = await store.database.run("SELECT count(*) FROM job")
    assert stored == len(set(accepted)) == len(accepted)
    assert len(accepted) == CAP if locks == "locked" else len(accepted) > CAP


@LOCKED
async def test_settings_changed_at_once_are_all_kept(store: SqlJobStore, url: str, locks: str) -> None:
    written = await race(url, "edit", PROCESSES, EDITS, locks)
    kept = set((await build_repositories(store.database).servers.settings(1)).words)
    assert len(written) == PROCESSES * EDITS
    assert kept == set(written) if locks == "locked" else len(kept) < len(written)


@LOCKED
async def test_styles_saved_at_once_are_as_many_as_a_member_may_have(store: SqlJobStore, url: str, locks: str) -> None:
    saved = await race(url, "styles", PROCESSES, STYLES, locks)
    stored = await build_repositories(store.database).styles.usable(1, 1)
    assert len(stored) == len(saved)
    assert len(saved) == MOST_STYLES if locks == "locked" else len(saved) > MOST_STYLES


@LOCKED
async def test_a_late_answer_is_kept_though_the_row_is_claimed_meanwhile(
    store: SqlJobStore, locks: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The claim is committed between the look at the row and its change, unless the look locks the row."""
    job = await transition_through(store, await insert_job(store), State.ACCEPTED, State.SUBMITTING)
    loop, run = asyncio.get_running_loop(), PgTransaction.run
    claims: list[asyncio.Future[object]] = []

    def claim_after_the_look(tx: PgTransaction, sql: str, values: tuple[object, ...] = ()) -> object:
        if locks == "unlocked":
            sql = sql.replace("/* pg: FOR UPDATE */", "")
        rows = run(tx, sql, values)  # type: ignore[arg-type]
        if not claims and sql.startswith("SELECT"):
            taking = store.take_over(job.id, [State.SUBMITTING], NOW, 60.0)
            claims.append(asyncio.wrap_future(asyncio.run_coroutine_threadsafe(taking, loop), loop=loop))
            is_free = asyncio.run_coroutine_threadsafe(_done_within(claims[0], 0.5), loop).result()
            assert is_free is (locks == "unlocked")
        return rows

    def keep(tx: Transaction) -> Job | None:
        return keep_late_task(tx, job, NOW, {"task_id": "paid"})

    monkeypatch.setattr(PgTransaction, "run", claim_after_the_look)
    kept = await store.database.transaction(keep)
    await claims[0]
    assert (kept is not None) is (locks == "locked")


async def _done_within(future: "asyncio.Future[object]", seconds: float) -> bool:
    done, _ = await asyncio.wait([future], timeout=seconds)
    return bool(done)
