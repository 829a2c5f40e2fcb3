"""Commands for the host: list and show jobs while the bot runs, decide about them while it's stopped."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from bot.cli.database import data_folder, data_location, setting
from bot.cli.exits import EXIT_IN_USE, exit_on_error, fail
from bot.jobs.cost import cost_of
from bot.jobs.job import Job, Outcome, State
from bot.jobs.money import dollars
from bot.media.object_storage import BucketStorage, StorageNotInstalled
from bot.ports.object_storage import ObjectStorageUnavailable
from bot.store.group_commit import Row
from bot.store.jobs import SqlJobStore
from bot.store.lock import DatabaseInUse
from bot.store.open import open_reader, open_store, postgres_failures
from bot.store.rows import job_of
from bot.worker.clip_files import ClipFiles

LEASE_S = 60.0
_NO_FILE = "There is no database to read in RETAKE_DATA."

jobs_cli = typer.Typer(no_args_is_help=True, help=__doc__)
Code = Annotated[str, typer.Argument(help="The job's short code, as people see it.")]
_OPEN = "state NOT IN ('delivered', 'rejected', 'provider_failed', 'abandoned', 'cancelled')"


@jobs_cli.command("list")
def list_jobs(
    every: Annotated[bool, typer.Option("--all", help="Those at an end too, the newest first.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="So many at most.")] = 50,
) -> None:
    """Jobs that are open, held for a person, or kept. The bot may run meanwhile."""
    where = "1 = 1" if every else _OPEN
    rows = _read(f"SELECT * FROM job WHERE {where} ORDER BY created_at DESC LIMIT ?", (limit,))  # noqa: S608
    for job in map(job_of, rows):
        counted = dollars(cost_of(job).counted_micros)
        words = f"{job.code:6} {job.state.value:18} {_when(job.created_at)}  {counted:>8}"
        typer.echo(f"{words}  {job.account} {job.model}  {job.trouble or job.why}")
    if not rows:
        typer.echo("No such job.")


@jobs_cli.command()
def show(code: Code) -> None:
    """Everything about a job: its facts, what happened to it, its money. The bot may run meanwhile."""
    rows = _read("SELECT * FROM job WHERE code = ?", (code.upper(),))
    if not rows:
        fail(f"There is no job {code}.")
    job = job_of(rows[0])
    for name in ("state", "why", "trouble", "account", "model", "task_id", "attempt", "ambiguous", "user_id",
                 "channel_id", "result_message_id", "clip_file", "request_hash"):  # fmt: skip
        if (value := rows[0][name]) not in (None, ""):
            typer.echo(f"{name:18} {value}")
    typer.echo("\nWhat happened")
    for event in _read("SELECT * FROM event WHERE job_id = ? ORDER BY seq", (job.id,)):
        typer.echo(f"{_when(event['at'])}  {event['to_state']:18} {event['why']}")
    typer.echo("\nMoney")
    for entry in _read("SELECT * FROM ledger WHERE job_id = ? ORDER BY rowid", (job.id,)):
        moved = f"{entry['debit']} -> {entry['credit']}"
        typer.echo(f"{_when(entry['at'])}  {entry['part']}. {entry['kind']:8} {dollars(entry['micros']):>8}  {moved}")


@jobs_cli.command()
def adopt(
    code: Code, task_id: Annotated[str, typer.Argument(help="The task's id, as the provider's pages show it.")]
) -> None:
    """Tell a held job which task at the provider is its own: it is fetched and posted at the next start."""

    async def work(store: SqlJobStore, job: Job, now: float) -> Job | None:
        other = await store.by_task(job.account, task_id)
        if other is not None and other.id != job.id:
            fail(f"That task belongs to job {other.code}.")
        return await store.transition(
            job, State.POLLING, now=now, why="the host found its task", task_id=task_id, submitted_at=now,
            trouble=None, facts="{}", outcome=None, cancel_requested_at=None, due_at=now, lease_until=None,
        )  # fmt: skip

    _decide(code, (State.NEEDS_PERSON,), work, "It is asked about at the next start.")


@jobs_cli.command("give-up")
def give_up(
    code: Code, not_charged: Annotated[bool, typer.Option("--not-charged", help="Give its money back.")] = False
) -> None:
    """Close a held job. Its price stays counted, unless you know that the provider did not charge it."""

    async def work(store: SqlJobStore, job: Job, now: float) -> Job | None:
        return await store.transition(
            job, State.CANCELLED, now=now, why="the host gave up", money="release" if not_charged else "capture",
            trouble=None, facts="{}", outcome=Outcome.FAILED if not_charged else Outcome.UNKNOWN, due_at=now,
            lease_until=None,
        )  # fmt: skip

    _decide(code, (State.NEEDS_PERSON,), work, "Closed.")


@jobs_cli.command()
def deliver(code: Code) -> None:
    """Post a kept clip again: at the next start, as a new message."""

    async def work(store: SqlJobStore, job: Job, now: float) -> Job | None:
        if not await _has_clip(job):
            fail("Its clip is no longer on this disk. Where the provider still has it, use adopt.")
        return await store.transition(
            job, State.DELIVERING, now=now, why="the host posts it again", trouble=None, facts="{}",
            post_epoch=job.post.post_epoch + 1, post_first_at=None, post_last_at=None, finished_at=now,
            due_at=now, lease_until=None, posted_with=job.id,
        )  # fmt: skip

    _decide(code, (State.KEPT, State.NEEDS_PERSON), work, "It is posted at the next start.")


async def _has_clip(job: Job) -> bool:
    """Return whether a clip is on this disk, or in the bucket that processes share."""
    location, clip = data_location(), ClipFiles(data_folder()).clip(job)
    if clip.exists() or not location.database_url or (url := setting("RETAKE_STORAGE_URL")) is None:
        return clip.exists()
    try:
        return await BucketStorage(url).exists(f"clips/{clip.name}")
    except (ObjectStorageUnavailable, StorageNotInstalled) as error:
        fail(f"The bucket of RETAKE_STORAGE_URL doesn't say whether it has the clip ({type(error).__name__}).")


def _decide(
    code: str,
    states: tuple[State, ...],
    work: Callable[[SqlJobStore, Job, float], Awaitable[Job | None]],
    done: str,
) -> None:
    async def run() -> bool:
        database = await open_store(data_location())
        try:
            store, now = SqlJobStore(database), database.clock.now()
            rows = await database.run("SELECT id, state FROM job WHERE code = ?", (code.upper(),))
            if not rows:
                fail(f"There is no job {code}.")
            job = await store.take_over(rows[0]["id"], states, now, LEASE_S)
            if job is None:
                wanted = " or ".join(state.value for state in states)
                fail(f"Job {code} is {rows[0]['state']}; this takes one that is {wanted}.")
            return await work(store, job, now) is not None
        finally:
            await database.close()

    with exit_on_error(), postgres_failures(data_location()):
        try:
            moved = asyncio.run(run())
        except DatabaseInUse:
            fail("The bot is running. Stop it first.", EXIT_IN_USE)
    if not moved:
        fail("It has moved meanwhile.")
    typer.echo(done)


def _read(sql: str, values: tuple[Any, ...] = ()) -> list[Row]:
    location = data_location()
    if not location.database_url and not location.file.exists():
        fail(_NO_FILE)
    with exit_on_error(), open_reader(location) as tx:
        return tx.run(sql, values)


def _when(at: float) -> str:
    return datetime.fromtimestamp(at, tz=UTC).strftime("%Y-%m-%d %H:%M:%S")
