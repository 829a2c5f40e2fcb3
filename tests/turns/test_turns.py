"""Turns in PostgreSQL: as fair as `fair_order`, never more than there is room for, and gone when they lapse."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from dataclasses import replace

import pytest

from bot.jobs.job import Job, State
from bot.jobs.queue import ConcurrencyLimit, QueueEntry, QueueSnapshot
from bot.jobs.server_settings import ServerSettings
from bot.ports.turns import TurnLapsed
from bot.store.group_commit import Row, Value
from bot.store.jobs import SqlJobStore
from bot.store.postgres import PgDatabase
from bot.store.postgres_connection import PgTransaction
from bot.store.repositories import build_repositories
from bot.store.rows import COLUMNS, values_of
from bot.store.turns import LAPSE_S, SqlTurns
from bot.worker.fair_queue import fair_order
from tests.store.factories import NOW, make_job
from tests.stores import new_url

CROWDS = 500
LOCKED = pytest.mark.parametrize("locks", ["locked", "unlocked"])


@pytest.fixture
async def store() -> AsyncIterator[SqlJobStore]:
    database = await PgDatabase.open(new_url())
    yield SqlJobStore(database)
    await database.close()


@pytest.fixture
def turns(store: SqlJobStore) -> SqlTurns:
    return SqlTurns(store.database)


def ready(snapshot: QueueSnapshot) -> Sequence[str]:
    return fair_order(snapshot.waiting, snapshot.running, snapshot.at_once, snapshot.last_submissions).ready


async def given(turns: SqlTurns, jobs_at_once: int, now: float = NOW, account: str = "fake") -> set[str]:
    """Give turns. Return the jobs that have one."""
    holders = await turns.give(account, jobs_at_once, now, ready)
    assert holders is not None
    return set(holders)


async def insert(store: SqlJobStore, jobs: Sequence[Job]) -> None:
    marks = ", ".join([f"({', '.join('?' * len(COLUMNS))})"] * len(jobs))
    sql = f"INSERT INTO job ({', '.join(COLUMNS)}) VALUES {marks}"  # noqa: S608
    await store.database.run(sql, [value for job in jobs for value in values_of(job)])


def waiting_job(**changes: object) -> Job:
    return make_job(**{"state": State.ACCEPTED, "due_at": NOW, **changes})


def entry(job: Job) -> QueueEntry:
    return QueueEntry(
        job_id=job.id, account=job.account, guild_id=job.guild_id, user_id=job.user_id, requested_at=job.created_at
    )


async def intend(store: SqlJobStore, job: Job, now: float = NOW) -> Job | None:
    """Commit the intent of a job's paid request."""
    return await store.transition(job, State.SUBMITTING, now=now, why="intent", attempt=1, uses_turn=True)


async def with_limits(store: SqlJobStore, guild_id: int, member: int | None, server: int | None) -> None:
    rules = ServerSettings(jobs_per_member=member, jobs_per_server=server)
    await build_repositories(store.database).servers.save_settings(guild_id, rules)


async def test_turns_are_given_as_the_fair_order_says_in_any_crowd(store: SqlJobStore, turns: SqlTurns) -> None:
    dice = random.Random(18)  # noqa: S311
    for crowd in range(CROWDS):
        guilds, own, other = [crowd * 10 + number for number in range(1, dice.randint(2, 5))], f"a{crowd}", f"b{crowd}"
        limits = {guild_id: ConcurrencyLimit(member=ServerSettings().jobs_per_member) for guild_id in guilds}
        for guild_id in guilds:
            if dice.random() < 0.6:
                limit = ConcurrencyLimit(member=dice.choice([None, 1, 2, 3]), server=dice.choice([None, 1, 3, 6]))
                limits[guild_id] = limit
                await with_limits(store, guild_id, limit.member, limit.server)

        def some_job(state: State, account: str, guilds: Sequence[int] = guilds) -> Job:
            at = NOW - dice.randint(1, 20)  # some at the same moment
            return waiting_job(
                state=state, account=account, guild_id=dice.choice(guilds), user_id=dice.randint(1, 4), created_at=at
            )

        waiting = [some_job(State.ACCEPTED, own) for _ in range(dice.randint(1, 25))]
        running = [
            some_job(dice.choice([State.SUBMITTING, State.SUBMIT_UNKNOWN, State.POLLING]), dice.choice([own, other]))
            for _ in range(dice.randint(0, 8))
        ]
        members = {(job.guild_id, job.user_id) for job in waiting}
        last = {member: dice.randint(1, 1000) for member in sorted(members) if dice.random() < 0.5}
        await store.database.run("UPDATE job SET state = 'abandoned' WHERE state <> 'abandoned'")  # the crowd before
        await insert(store, [*waiting, *running])
        for (guild_id, user_id), at in last.items():
            await store.database.run("INSERT INTO member_turn VALUES (?, ?, ?)", (guild_id, user_id, float(at)))
        jobs_at_once = dice.randint(1, 12)
        room = max(0, jobs_at_once - sum(job.account == own for job in running))
        fair = fair_order(map(entry, waiting), map(entry, running), limits, last).ready[:room]
        assert await given(turns, jobs_at_once, account=own) == set(fair), f"crowd {crowd}"
        whole = await turns.snapshot(own, NOW)
        assert {each.job_id for each in whole.waiting} == {job.id for job in waiting} - set(fair)


async def test_a_job_needs_a_turn_to_be_sent_and_counts_once(store: SqlJobStore, turns: SqlTurns) -> None:
    jobs = [waiting_job(user_id=number, created_at=NOW - 10 + number) for number in range(4)]
    await insert(store, jobs)
    assert await given(turns, 2) == {jobs[0].id, jobs[1].id}
    with pytest.raises(TurnLapsed):
        await intend(store, jobs[2])
    sent = await intend(store, jobs[0])
    assert sent is not None
    assert sent.state is State.SUBMITTING
    assert await given(turns, 2) == {jobs[1].id}
    assert await given(turns, 3) == {jobs[1].id, jobs[2].id}
    with pytest.raises(TurnLapsed):  # its turn is used
        await intend(store, jobs[0])
    ((guild_id, user_id, at),) = await store.database.run("SELECT guild_id, user_id, at FROM member_turn")
    assert (guild_id, user_id, at) == (1, jobs[0].user_id, NOW)


async def test_a_turn_that_is_not_used_lapses_after_a_minute(store: SqlJobStore, turns: SqlTurns) -> None:
    first, second = [waiting_job(user_id=number, created_at=NOW - 10 + number) for number in range(2)]
    await insert(store, [first, second])
    assert await given(turns, 1) == {first.id}
    assert await given(turns, 1, NOW + LAPSE_S - 1.0) == {first.id}
    await store.database.run("UPDATE job SET tries = 1, due_at = ? WHERE id = ?", (NOW + 1e6, first.id))  # in backoff
    assert await given(turns, 1, NOW + LAPSE_S) == {second.id}
    with pytest.raises(TurnLapsed):
        await intend(store, first, NOW + LAPSE_S)
    assert await intend(store, second, NOW + LAPSE_S) is not None


async def test_a_turn_does_not_lapse_while_a_worker_has_its_job(store: SqlJobStore, turns: SqlTurns) -> None:
    """The upload of its picture, before its paid request, may take minutes. Its lease is renewed meanwhile."""
    at = NOW + 300.0
    uploading = waiting_job(user_id=1, created_at=NOW - 10, lease_until=at + 1.0, due_at=at + 1.0)
    earlier, elsewhere = waiting_job(user_id=2, created_at=NOW - 20), waiting_job(user_id=1, account="other")
    await with_limits(store, 1, 1, None)
    await insert(store, [uploading, elsewhere])
    assert await given(turns, 1) == {uploading.id}
    await insert(store, [earlier])
    assert await given(turns, 1, at, "other") == set()  # it counts for its member
    assert await given(turns, 1, at) == {uploading.id}
    assert await intend(store, uploading, at) is not None
    assert await store.database.run("SELECT job_id FROM turn") == []


async def test_a_turn_is_good_until_it_is_taken_away(store: SqlJobStore, turns: SqlTurns) -> None:
    """Nobody gives turns of the account while its only job is prepared."""
    job = waiting_job(lease_until=NOW + 300.0, due_at=NOW + 300.0)
    await insert(store, [job])
    assert await given(turns, 1) == {job.id}
    assert await intend(store, job, NOW + 299.0) is not None


async def test_the_turn_of_a_dead_workers_job_lapses(store: SqlJobStore, turns: SqlTurns) -> None:
    left = waiting_job(user_id=1, created_at=NOW - 10, lease_until=NOW + LAPSE_S, due_at=NOW + LAPSE_S)
    earlier = waiting_job(user_id=2, created_at=NOW - 20)
    await insert(store, [left])
    assert await given(turns, 1) == {left.id}
    await insert(store, [earlier])
    assert await given(turns, 1, NOW + LAPSE_S) == {earlier.id}


async def test_a_turn_is_given_back_and_ends_with_the_wait(store: SqlJobStore, turns: SqlTurns) -> None:
    first, second, third = [waiting_job(user_id=number, created_at=NOW - 10 + number) for number in range(3)]
    await insert(store, [first, second, third])
    assert await given(turns, 1) == {first.id}
    await store.transition(first, State.CANCELLED, now=NOW, why="by its member")
    assert await given(turns, 1) == {second.id}
    moved = await store.transition(second, State.ACCEPTED, now=NOW, why="another account", account="other")
    assert moved is not None
    assert await given(turns, 1) == {third.id}
    with pytest.raises(TurnLapsed):  # its turn was of its old account
        await intend(store, moved)
    await turns.give_back(third.id)
    assert await given(turns, 0) == set()


async def test_jobs_with_a_turn_are_due_unless_they_are_in_hand(store: SqlJobStore, turns: SqlTurns) -> None:
    idle = waiting_job(user_id=1, due_at=NOW + 90.0)
    in_hand = waiting_job(user_id=2, due_at=NOW + 90.0, lease_until=NOW + 90.0)
    await insert(store, [idle, in_hand])
    assert await given(turns, 2) == {idle.id, in_hand.id}
    due = "SELECT id FROM job WHERE due_at <= ?"
    assert [row[0] for row in await store.database.run(due, (NOW,))] == [idle.id]
    await store.update(in_hand, lease_until=None, due_at=NOW + 10.0)  # rescheduled by a worker that didn't know
    await turns.make_due(in_hand.id, NOW)
    assert len(await store.database.run(due, (NOW,))) == 2
    other = waiting_job(user_id=3, due_at=NOW + 90.0)
    await insert(store, [other])
    await turns.make_due(other.id, NOW)
    assert len(await store.database.run(due, (NOW,))) == 2


def interrupt(
    monkeypatch: pytest.MonkeyPatch, after: str, act: Callable[[], Coroutine[None, None, None]], locks: str
) -> None:
    """Do something on another connection after the first statement that contains a text, with or without locks."""
    run, loop = PgTransaction.run, asyncio.get_running_loop()
    done: list[bool] = []

    def interrupted(tx: PgTransaction, sql: str, values: Sequence[Value] = ()) -> list[Row]:
        rows = run(tx, sql, values)
        if after in sql and not done:
            done.append(True)
            asyncio.run_coroutine_threadsafe(act(), loop).result()
        return rows

    monkeypatch.setattr(PgTransaction, "run", interrupted)
    if locks == "unlocked":
        monkeypatch.setattr(PgTransaction, "lock", lambda tx, name: None)
        monkeypatch.setattr(PgTransaction, "try_lock", lambda tx, name: True)


@LOCKED
async def test_two_workers_do_not_give_the_same_room_away(
    store: SqlJobStore, turns: SqlTurns, monkeypatch: pytest.MonkeyPatch, locks: str
) -> None:
    """The other one gives turns after the first has counted what runs."""
    await insert(store, [waiting_job(user_id=number) for number in range(6)])
    others: list[object] = []

    async def give() -> None:
        others.append(await turns.give("fake", 2, NOW, ready))

    interrupt(monkeypatch, "UNION ALL", give, locks)
    await turns.give("fake", 2, NOW, ready)
    ((turns_given,),) = await store.database.run("SELECT count(*) FROM turn")
    assert (turns_given, others[0] is None) == ((2, True) if locks == "locked" else (4, False))


@LOCKED
async def test_a_members_limit_holds_over_two_accounts_at_once(
    store: SqlJobStore, turns: SqlTurns, monkeypatch: pytest.MonkeyPatch, locks: str
) -> None:
    """Another account's turns are given between the choice and its commit."""
    await with_limits(store, 1, 1, None)
    await insert(store, [waiting_job(account="one"), waiting_job(account="two")])
    giving: list[asyncio.Task[frozenset[str] | None]] = []

    async def give() -> None:
        giving.append(asyncio.create_task(turns.give("two", 5, NOW, ready)))
        await asyncio.wait(giving, timeout=1.0 if locks == "locked" else 60.0)  # it waits for the lock

    interrupt(monkeypatch, "INSERT INTO turn", give, locks)
    await turns.give("one", 5, NOW, ready)
    await giving[0]
    ((turns_given,),) = await store.database.run("SELECT count(*) FROM turn")
    assert turns_given == (1 if locks == "locked" else 2)


async def test_a_job_that_is_taken_over_keeps_its_turn_for_the_new_fence(store: SqlJobStore, turns: SqlTurns) -> None:
    job = waiting_job()
    await insert(store, [job])
    await turns.give("fake", 1, NOW, ready)
    assert await intend(store, replace(job, fence=job.fence + 1)) is None
