"""Jobs in a real database for tests of monitoring and maintenance."""

from dataclasses import replace
from pathlib import Path

from bot.jobs.ids import new_code, new_job_id
from bot.jobs.job import Job, JobMoney, Kind, State
from bot.ports.job_store import Money
from bot.store.database import Database
from bot.store.jobs import SqlJobStore

NOW = 1_800_000_000.0
PRICE = 100_000


def make_job(**changes: object) -> Job:
    job = Job(
        id=new_job_id(),
        code=new_code(6),
        state=State.RECEIVED,
        kind=Kind.GENERATE,
        user_id=7,
        guild_id=8,
        channel_id=9,
        prompt="a paper boat",
        model="grok-video-3",
        account="toapis",
        created_at=NOW,
        updated_at=NOW,
        due_at=NOW,
        money=JobMoney(price_micros=PRICE),
    )
    return replace(job, **changes)  # type: ignore[arg-type]


PATHS: dict[State, list[tuple[State, Money | None]]] = {
    State.RECEIVED: [],
    State.ACCEPTED: [(State.ACCEPTED, None)],
    State.SUBMITTING: [(State.ACCEPTED, None), (State.SUBMITTING, None)],
    State.SUBMIT_UNKNOWN: [(State.ACCEPTED, None), (State.SUBMITTING, None), (State.SUBMIT_UNKNOWN, None)],
    State.POLLING: [(State.ACCEPTED, None), (State.SUBMITTING, None), (State.POLLING, None)],
    State.DOWNLOADING: [
        (State.ACCEPTED, None),
        (State.SUBMITTING, None),
        (State.POLLING, None),
        (State.DOWNLOADING, "capture"),
    ],
    State.REJECTED: [(State.ACCEPTED, None), (State.REJECTED, "release")],
    State.NEEDS_PERSON: [(State.ACCEPTED, None), (State.SUBMITTING, None), (State.NEEDS_PERSON, "hold")],
}
OPEN_STATES = (
    State.RECEIVED, State.ACCEPTED, State.SUBMITTING, State.SUBMIT_UNKNOWN, State.POLLING, State.DOWNLOADING,
)  # fmt: skip


async def insert_in_state(store: SqlJobStore, state: State, **changes: object) -> Job:
    """Insert a job and move it to this state, with its money booked on the way."""
    job = await store.insert(make_job(**changes))
    assert job is not None
    for to, money in PATHS[state]:
        moved = await store.transition(job, to, now=NOW, why="test", money=money)
        assert moved is not None
        job = moved
    return job


async def create_database(data: Path, *states: State) -> None:
    """Create a database that was started once and holds a job in each of these states."""
    database = await Database.open(data / "retake.sqlite3")
    try:
        store = SqlJobStore(database)
        await store.new_epoch(NOW)
        for state in states:
            await insert_in_state(store, state)
    finally:
        await database.close()
