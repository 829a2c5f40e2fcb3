"""The takes of an order in SQLite: the adapter of the port BundleStore."""

import json
from collections.abc import Sequence

from bot.jobs.bundle import WAIT_S
from bot.jobs.job import Job, State
from bot.jobs.limits import Caps
from bot.jobs.pictures import JobPicture
from bot.jobs.rejections import OrdersHeld
from bot.ports.bundles import FollowPost, PostTakes, PostTurn, WaitForTakes
from bot.store.budgets import check_all
from bot.store.group_commit import Transaction
from bot.store.ledger import reserve
from bot.store.new_rows import insert_new
from bot.store.pictures import write_pictures
from bot.store.rows import job_of
from bot.store.sql_database import SqlDatabase

_BUNDLE = "SELECT * FROM job WHERE bundle_id = ? ORDER BY bundle_place"
_POSTED_WITH = "UPDATE job SET posted_with = ? WHERE id IN (SELECT value FROM json_each(?))"
_WAITING = "state IN ('received', 'delivering') AND lease_until IS NULL"
_LEAD_CHECK_S = 60.0  # the post of another take wakes the job; this is for a crash in between
_POSTED = (State.DELIVERED, State.KEPT)
_TOLD = (State.REJECTED, State.FAILED, State.CANCELLED)  # ends for good, told about by the message with the others


class SqlBundleStore:
    """Stores the takes of orders beside the jobs that they are."""

    def __init__(self, database: SqlDatabase) -> None:
        self._db = database

    async def insert(
        self, jobs: Sequence[Job], caps: Caps | None = None, pictures: Sequence[JobPicture] = ()
    ) -> list[Job] | None:
        if self._db.held:
            raise OrdersHeld

        def insert(tx: Transaction) -> list[Job] | None:
            taken: list[Job] = []
            for job in jobs:
                row = insert_new(tx, job)
                if row is None:
                    return None  # the first: only that one has a Discord event, so nothing is written
                taken.append(row)
            if caps is not None:
                check_all(tx, taken, caps, taken[0].created_at)  # raises: the rows are rolled back
            for job in taken:
                reserve(tx, job, at=job.created_at)
                write_pictures(tx, job.id, pictures)
            return taken

        return await self._db.transaction(insert, quick=True)

    async def jobs(self, bundle_id: str) -> list[Job]:
        return [job_of(row) for row in await self._db.run(_BUNDLE, (bundle_id,))]

    async def of_message(self, message_id: int) -> list[Job]:
        sql = (
            "SELECT * FROM job WHERE (result_message_id = ? OR shared_message_id = ?) AND deleted_at IS NULL"
            " ORDER BY bundle_place"
        )
        return [job_of(row) for row in await self._db.run(sql, (message_id, message_id))]

    async def post_turn(self, job: Job, now: float) -> PostTurn | None:
        return await self._db.transaction(lambda tx: _post_turn(tx, job, now))

    async def post_apart(self, jobs: Sequence[Job], now: float) -> None:
        def part(tx: Transaction) -> None:
            for job in jobs:
                tx.run("UPDATE job SET posted_with = id WHERE id = ? AND state = 'delivering'", (job.id,))
                tx.run("UPDATE job SET due_at = ? WHERE id = ? AND lease_until IS NULL", (now, job.id))

        await self._db.transaction(part)

    async def reveal(self, bundle_id: str, now: float) -> list[Job]:
        sql = "UPDATE job SET revealed_at = ? WHERE bundle_id = ? AND compared = 1 AND revealed_at IS NULL"
        await self._db.run(sql, (now, bundle_id))
        return await self.jobs(bundle_id)

    async def wake(self, bundle_id: str, now: float) -> None:
        sql = f"UPDATE job SET due_at = ? WHERE bundle_id = ? AND {_WAITING}"  # noqa: S608
        await self._db.run(sql, (now, bundle_id))


def _post_turn(tx: Transaction, job: Job, now: float) -> PostTurn | None:
    bundle_id = job.bundle.bundle_id or ""
    tx.lock(f"bundle:{bundle_id}")  # two takes that are ready at once decide one after the other
    jobs = [job_of(row) for row in tx.run(_BUNDLE, (bundle_id,))]
    own = next((each for each in jobs if each.id == job.id), None)
    if own is None or (own.state, own.fence) != (State.DELIVERING, job.fence):
        return None
    lead = next((each for each in jobs if each.id == own.bundle.posted_with), None)
    if lead is not None and lead.ended and lead.state not in _POSTED:
        lead = None  # its clip was lost on the way: another take posts the rest
    if lead is None:
        due_at = _due_at(jobs, now)
        if due_at is not None:
            return _wait(tx, own, jobs, due_at)
        lead = _gather(tx, jobs, now)
        jobs = [job_of(row) for row in tx.run(_BUNDLE, (bundle_id,))]
    if lead.state in _POSTED:
        return FollowPost(by=lead)
    if lead.id != own.id:
        return _wait(tx, own, jobs, now + _LEAD_CHECK_S)
    return _post(tx, next(each for each in jobs if each.id == own.id), jobs)


def _due_at(jobs: Sequence[Job], now: float) -> float | None:
    """Return when to look again, or None if the ready takes are posted now."""
    if all(each.ended or each.state is State.DELIVERING for each in jobs):
        return None
    if jobs[0].bundle.compared:
        return now + WAIT_S  # one alone is no comparison
    if any(each.bundle.posted_with is not None for each in jobs):
        return now + WAIT_S  # there is a message already: the rest comes together. The last one to end wakes it.
    first_at = min(each.task.finished_at or now for each in jobs if each.state is State.DELIVERING)
    return first_at + WAIT_S if now < first_at + WAIT_S else None


def _gather(tx: Transaction, jobs: Sequence[Job], now: float) -> Job:
    """Give the ready takes to the first of them, which posts them and tells how those without a clip ended."""
    lost = {each.id for each in jobs if each.ended and each.state not in _POSTED}  # they post nothing
    free = [each for each in jobs if each.bundle.posted_with is None or each.bundle.posted_with in lost]
    ready = [each for each in free if each.state is State.DELIVERING]
    told = [each for each in free if each.state in _TOLD]
    lead = ready[0]
    tx.run(_POSTED_WITH, (lead.id, json.dumps([each.id for each in (*ready, *told)])))
    for each in ready:
        tx.run("UPDATE job SET due_at = ? WHERE id = ? AND lease_until IS NULL", (now, each.id))
    return lead


def _wait(tx: Transaction, own: Job, jobs: Sequence[Job], due_at: float) -> WaitForTakes:
    tx.run("UPDATE job SET due_at = ?, lease_until = NULL WHERE id = ?", (due_at, own.id))
    return WaitForTakes(jobs=tuple(jobs))


def _post(tx: Transaction, lead: Job, jobs: Sequence[Job]) -> PostTakes:
    mine = [each for each in jobs if each.bundle.posted_with == lead.id and each.id != lead.id]
    for each in mine:  # held for a person meanwhile: if its clip comes, it needs a post of its own
        if each.state not in (State.DELIVERING, *_POSTED, *_TOLD):
            tx.run("UPDATE job SET posted_with = NULL WHERE id = ?", (each.id,))
    return PostTakes(
        jobs=(lead, *(each for each in mine if each.state is State.DELIVERING)),
        told=tuple(each for each in mine if each.state in _TOLD),
        status_message_id=jobs[0].post.status_message_id,
    )
