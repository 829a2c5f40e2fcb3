"""Rows of how a job ends: in the worker, on a real database and without Discord."""

import contextlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from bot.catalogue.model import Model
from bot.jobs.errors import MarkGone, ModelRemoved, Restored, RetakeError, TooSlow
from bot.jobs.job import Job, JobClip, JobTask, Kind, Outcome, State
from bot.jobs.limits import Caps
from bot.jobs.model_errors import AccountRemoved
from bot.jobs.provider_errors import FrameUnreadable, ImportGone, NoClipGiven, Stalled, TaskMissing
from bot.jobs.rejections import StoreBusy
from bot.ports.clock import Clock, SystemClock
from bot.ports.provider import Failed, Missing, Pending, TaskState
from bot.store.database import Database
from bot.store.epoch_file import EpochFile
from bot.store.jobs import SqlJobStore
from bot.store.location import DATABASE
from bot.worker import poll_result, submit
from bot.worker.poll_queue import PollEntry
from bot.worker.poll_schedule import MISSING_GRACE_S, Timing
from bot.worker.provider_order import order_of
from tests.maintenance.test_foreign_lock import write_lock
from tests.media.sample_videos import sample_video
from tests.monitoring.test_health import free_port
from tests.providers.models import model_of
from tests.reasons.provider_rows import provider_at
from tests.reasons.row import row
from tests.reasons.worker import reason, stored, worker
from tests.sample_job import JOB
from tests.store.factories import make_job

GROK = model_of("toapis/grok-video-3")
ASKED = make_job(account="toapis", model="grok-video-3")


SHORT_LEASE = Timing(lease_s=60.0)


class SlowMachine(SystemClock):
    """A machine on which more time passes between two steps than a lease leaves for them."""

    def __init__(self) -> None:
        super().__init__()
        self._passed_s = 0.0

    def now(self) -> float:
        self._passed_s += 100.0
        return super().now() + self._passed_s


async def submitted(folder: Path, account: str = "toapis", *models: Model, clock: Clock | None = None) -> object:
    """Let the worker submit a waiting job for the last time, while the host has an account of ToAPIs alone."""
    provider = provider_at(free_port())
    try:
        async with worker(folder, *models, providers={"toapis": provider}, timing=SHORT_LEASE, clock=clock) as context:
            job = await stored(context, replace(ASKED, account=account))
            last = await context.store.update(job, tries=submit.GIVE_UP_AFTER - 1, due_at=0.0)
            assert last is not None
            return reason(await submit.run(context, last))
    finally:
        await provider.close()


async def ordered(folder: Path, *, model: str = "grok-video-3", clip: bytes = b"", imported: bool = False) -> None:
    """Build the order of a job; with a clip, one that starts from its last picture."""
    async with worker(folder, GROK) as context:
        parent = replace(JOB, id="p" * 22, outcome=Outcome.SUCCEEDED, task=JobTask(task_id="t"), clip=JobClip())
        parent = replace(parent, state=State.IMPORTED if imported else State.DELIVERED)
        follows = bool(clip) or imported
        job = replace(JOB, model=model, kind=Kind.REMIX if follows else Kind.GENERATE, rung="image")
        if clip:
            context.files.clip(parent).write_bytes(clip)
        await order_of(context, job, parent if follows else None)


async def polled(
    folder: Path, states: Sequence[TaskState], *, hours_ago: float = 0.0, waited_s: float = 0.0
) -> RetakeError | None:
    """Apply what the provider answered to polls of a job that was submitted `hours_ago`."""
    async with worker(folder, GROK, timing=Timing(deadline_s=7200.0)) as context:
        job: Job | None = await stored(context, ASKED, State.POLLING)
        assert job is not None
        since = context.clock.now() - hours_ago * 3600.0
        job = await context.store.update(job, submitted_at=since)
        assert job is not None
        started = context.clock.monotonic() - max(waited_s, hours_ago * 3600.0)
        entry = PollEntry(job=job, due=0.0, added_at=started, save_at=0.0)
        for state in states:
            step = await poll_result.apply_status(context, entry, state, resume=False)
            if isinstance(step, poll_result.StopPolling):
                return reason(step.job)
    return None


async def restarted(folder: Path, *, mark: bool = True, lost_events: int = 0) -> RetakeError | None:
    """Start again on a database with an open job: without its mark, or with one that knows of more events."""
    path = folder / DATABASE
    database = await Database.open(path)
    store = SqlJobStore(database)
    await store.new_epoch(1.0)
    job = await store.insert(ASKED, Caps())
    await database.close()
    file = EpochFile(path)
    seen = file.read()
    assert job is not None
    assert seen is not None
    if mark:
        file.write(replace(seen, events=seen.events + lost_events))
    else:
        path.with_name(f"{DATABASE}.mark").unlink()
    database = await Database.open(path)
    try:
        await SqlJobStore(database).new_epoch(2.0)
        return reason(await SqlJobStore(database).job(job.id))
    finally:
        await database.close()


async def asked_while_locked(folder: Path, *, locked: bool) -> None:
    """Do what a member waits for, while another program may hold the database's lock."""
    database = await Database.open(folder / DATABASE)
    try:
        with write_lock(folder / DATABASE) if locked else contextlib.nullcontext():
            await SqlJobStore(database).set_flag_once_per("press", 1.0, 30.0)
    finally:
        await database.close()


DONE_WITHOUT_LINK = [Pending(finished=True)] * 3
UNKNOWN_TASK = [Missing()] * 3

ROWS = [
    row(AccountRemoved, lambda f: submitted(f, "removed"), lambda f: submitted(f, "toapis")),
    row(ModelRemoved, lambda f: submitted(f), lambda f: submitted(f, "toapis", GROK)),
    row(Stalled, lambda f: submitted(f, "toapis", GROK, clock=SlowMachine()), lambda f: submitted(f, "toapis", GROK)),
    row(ModelRemoved, lambda f: ordered(f, model="removed"), lambda f: ordered(f)),
    row(
        FrameUnreadable,
        lambda f: ordered(f, clip=b"no film"),
        lambda f: ordered(f, clip=sample_video("plain")),
    ),
    row(
        ImportGone, lambda f: ordered(f, imported=True), lambda f: ordered(f, clip=sample_video("plain"), imported=True)
    ),
    row(NoClipGiven, lambda f: polled(f, DONE_WITHOUT_LINK), lambda f: polled(f, [Failed(reason="it broke")])),
    row(NoClipGiven, lambda f: polled(f, DONE_WITHOUT_LINK), lambda f: polled(f, DONE_WITHOUT_LINK[:2])),
    row(
        TaskMissing,
        lambda f: polled(f, UNKNOWN_TASK, waited_s=MISSING_GRACE_S + 1.0),
        lambda f: polled(f, UNKNOWN_TASK, waited_s=MISSING_GRACE_S - 60.0),
    ),
    row(
        TooSlow,
        lambda f: polled(f, [Pending()], hours_ago=2.1),
        lambda f: polled(f, [Failed(reason="it broke")], hours_ago=2.1),
    ),
    row(Restored, lambda f: restarted(f, lost_events=5), lambda f: restarted(f)),
    row(MarkGone, lambda f: restarted(f, mark=False), lambda f: restarted(f, lost_events=5)),
    row(StoreBusy, lambda f: asked_while_locked(f, locked=True), lambda f: asked_while_locked(f, locked=False)),
]
