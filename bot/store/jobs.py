"""Jobs in SQLite: the adapter of the port JobStore."""

import json
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Unpack

from bot.jobs.errors import MarkGone, Restored
from bot.jobs.film_plan import FilmPart, FilmStep
from bot.jobs.ids import new_code
from bot.jobs.job import TRANSITIONS, Job, JobChanges, State
from bot.jobs.limits import Caps
from bot.jobs.pictures import JobPicture
from bot.jobs.queue import QueueSnapshot
from bot.jobs.rejections import OrdersHeld
from bot.ports.job_store import Held, Money
from bot.store.budgets import check
from bot.store.bundles import SqlBundleStore
from bot.store.films import insert_parts, read_parts, take_step
from bot.store.flags import WRITE_FLAG, WRITE_SMALLEST
from bot.store.group_commit import Transaction
from bot.store.late_answers import keep_late_task
from bot.store.leases import end_leases, renew_leases
from bot.store.ledger import move_money, reserve
from bot.store.new_rows import insert_new, insert_row
from bot.store.pictures import pictures_of, pictures_only_of, write_pictures
from bot.store.quarantine import OPEN, quarantine, release_leases
from bot.store.queue_snapshot import accounts_waiting, read_queue
from bot.store.rows import first_job, guarded_update, job_of
from bot.store.sql_database import SqlDatabase
from bot.store.turns import use_turn

_COUNT_POST = (
    "INSERT INTO fact (name, value, at) VALUES ('posts', '1', 0)"
    " ON CONFLICT (name) DO UPDATE SET value = CAST(CAST(fact.value AS INTEGER) + 1 AS TEXT)"
)
# `/* pg: … */` holds words that only PostgreSQL reads: SQLite has one writer, and so no rows to lock.
CLAIM = (
    "UPDATE job SET fence = fence + 1, lease_until = ?, due_at = ? WHERE id IN ("
    "SELECT id FROM job WHERE due_at <= ? AND (lease_until IS NULL OR lease_until <= ?)"
    " ORDER BY due_at LIMIT ? /* pg: FOR UPDATE SKIP LOCKED */) RETURNING *"
)

TAKE = (
    "UPDATE job SET fence = fence + 1, lease_until = ?, due_at = ?"
    " WHERE id = ? AND due_at <= ? AND (lease_until IS NULL OR lease_until <= ?) RETURNING *"
)
CLOCKS_DIFFER_S = 0.25  # of two processes, and what PostgreSQL hands out at once


class SqlJobStore:
    """Stores jobs in SQLite. Every change is conditional on the job's state and fence."""

    def __init__(self, database: SqlDatabase) -> None:
        self._db = database

    @property
    def database(self) -> SqlDatabase:
        """The database, for the repositories beside this store."""
        return self._db

    @property
    def bundles(self) -> SqlBundleStore:
        return SqlBundleStore(self._db)

    def _refuse_if_held(self) -> None:
        """Raise OrdersHeld if the database went back and the host hasn't adopted it."""
        if self._db.held:
            raise OrdersHeld

    async def insert(
        self,
        job: Job,
        caps: Caps | None = None,
        pictures: Sequence[JobPicture] = (),
        *,
        parts: Sequence[FilmPart] = (),
        step: FilmStep | None = None,
    ) -> Job | None:
        self._refuse_if_held()

        def insert(tx: Transaction) -> Job | None:
            taken = insert_new(tx, job)
            if taken is None:
                return None
            if caps is not None:
                check(tx, taken, caps, taken.created_at)  # raises: the row is rolled back
            reserve(tx, taken, at=taken.created_at)
            write_pictures(tx, taken.id, pictures)
            if step is not None:
                take_step(tx, taken.id, step)  # raises: the row is rolled back
            insert_parts(tx, taken.id, parts)
            return taken

        return await self._db.transaction(insert, quick=True)

    async def insert_import(self, job: Job) -> Job:
        def insert(tx: Transaction) -> Job:
            taken = job
            while not insert_row(tx, taken):
                known = first_job(
                    tx.run("SELECT * FROM job WHERE result_message_id = ?", (job.post.result_message_id,))
                )
                if known is not None:
                    return known
                taken = replace(taken, code=new_code(len(taken.code) + 1))
            return taken

        return await self._db.transaction(insert, quick=True)

    async def job(self, job_id: str) -> Job | None:
        return first_job(await self._db.run("SELECT * FROM job WHERE id = ?", (job_id,)))

    async def pictures(self, job_ids: Collection[str]) -> list[JobPicture]:
        return await pictures_of(self._db, job_ids)

    async def pictures_only_of(self, job_ids: Collection[str]) -> list[str]:
        return await pictures_only_of(self._db, job_ids)

    async def save_picture(self, job_id: str, picture: JobPicture) -> None:
        await self._db.transaction(lambda tx: write_pictures(tx, job_id, [picture]))

    async def by_code(self, guild_id: int, code: str) -> Job | None:
        return first_job(await self._db.run("SELECT * FROM job WHERE code = ? AND guild_id = ?", (code, guild_id)))

    async def by_message(self, message_id: int) -> Job | None:
        sql = (
            "SELECT * FROM job WHERE result_message_id = ? OR status_message_id = ? OR shared_message_id = ?"
            " ORDER BY deleted_at IS NOT NULL, coalesce(chosen_at, 0) DESC, bundle_place LIMIT 1"
        )
        return first_job(await self._db.run(sql, (message_id, message_id, message_id)))

    async def by_source_message(self, message_id: int) -> Job | None:
        return first_job(await self._db.run("SELECT * FROM job WHERE source_message_id = ?", (message_id,)))

    async def claim(self, now: float, limit: int, lease_s: float) -> list[Job]:
        # A claimed row is due again when its lease ends, so the index on due_at is enough.
        rows = await self._db.run(CLAIM, (now + lease_s, now + lease_s, now, now, limit))
        return sorted((job_of(row) for row in rows), key=lambda job: job.created_at)

    async def take(self, job_id: str, now: float, lease_s: float) -> Job | None:
        values = (now + lease_s, now + lease_s, job_id, now + CLOCKS_DIFFER_S, now)
        return first_job(await self._db.run(TAKE, values))

    async def renew_leases(self, held: Collection[Held], until: float) -> set[Held]:
        return await renew_leases(self._db, held, until)

    async def end_leases(self, held: Collection[Held], now: float) -> None:
        await end_leases(self._db, held, now)

    async def take_over(
        self, job_id: str, states: Collection[State], now: float, lease_s: float, *, patient: bool = False
    ) -> Job | None:
        marks = ", ".join("?" * len(states))
        sql = f"UPDATE job SET fence = fence + 1, lease_until = ? WHERE id = ? AND state IN ({marks}) RETURNING *"  # noqa: S608
        return first_job(await self._db.run(sql, (now + lease_s, job_id, *states), quick=not patient))

    async def transition(
        self,
        job: Job,
        to: State,
        *,
        now: float,
        why: str,
        money: Money | None = None,
        caps: Caps | None = None,
        uses_turn: bool = False,
        **changes: Unpack[JobChanges],
    ) -> Job | None:
        if to is not job.state and to not in TRANSITIONS[job.state]:
            raise ValueError(f"{job.state} is never followed by {to}")
        if to is State.ACCEPTED and job.state is not to:
            self._refuse_if_held()
        if to is not job.state:
            changes.setdefault("tries", 0)
        if "lease_until" in changes and changes["lease_until"] is None:
            changes.setdefault("due_at", now)
        sql, values = guarded_update(job, changes, state=to, why=why, at=now)
        if money is None and to is not State.SUBMITTING:
            return first_job(await self._db.run(sql, values))

        def move(tx: Transaction) -> Job | None:
            if uses_turn:
                use_turn(tx, job, now)  # raises: nothing is committed
            moved = first_job(tx.run(sql, values))
            if moved is not None and caps is not None:
                check(tx, moved, caps, now)
            if moved is not None and money is not None:
                move_money(tx, moved, money, at=now)
            return moved

        return await (self._db.commit_before_payment(move) if to is State.SUBMITTING else self._db.transaction(move))

    async def keep_late_task(self, job: Job, *, now: float, **task: Unpack[JobChanges]) -> Job | None:
        return await self._db.transaction(lambda tx: keep_late_task(tx, job, now, task))

    async def update(self, job: Job, **changes: Unpack[JobChanges]) -> Job | None:
        sql, values = guarded_update(job, changes)
        if changes.get("post_last_at") is None:
            return first_job(await self._db.run(sql, values))

        def intend_to_post(tx: Transaction) -> Job | None:
            moved = first_job(tx.run(sql, values))
            if moved is not None:
                tx.run(_COUNT_POST)
            return moved

        return await self._db.commit_before_payment(intend_to_post)

    async def next_due(self) -> float | None:
        rows = await self._db.run("SELECT min(due_at) FROM job WHERE due_at IS NOT NULL AND lease_until IS NULL")
        return rows[0][0] if rows else None

    async def film_parts(self, film_id: str) -> list[tuple[Job, FilmPart]]:
        return await self._db.read(lambda tx: read_parts(tx, film_id))

    async def children(self, job_id: str) -> list[Job]:
        rows = await self._db.run("SELECT * FROM job WHERE parent_id = ? ORDER BY created_at", (job_id,))
        return [job_of(row) for row in rows]

    async def mark_children_due(self, parent_id: str, now: float) -> int:
        sql = "UPDATE job SET due_at = ? WHERE parent_id = ? AND state = 'accepted' RETURNING id"
        return len(await self._db.run(sql, (now, parent_id)))

    async def queue_snapshot(self, account: str, now: float) -> QueueSnapshot:
        return await self._db.read(lambda tx: read_queue(tx, account, now))

    async def accounts_waiting(self) -> list[str]:
        return await self._db.read(accounts_waiting)

    async def mark_due(self, job_ids: Collection[str], now: float) -> int:
        sql = (
            "UPDATE job SET due_at = ? WHERE id IN (SELECT value FROM json_each(?)) AND state = 'accepted'"
            " AND lease_until IS NULL AND due_at > ? RETURNING id"
        )
        return len(await self._db.run(sql, (now, json.dumps(sorted(job_ids)), now)))

    async def mark_parked_due(self, guild_id: int, now: float) -> int:
        sql = (
            "UPDATE job SET due_at = ? WHERE guild_id = ? AND state = 'delivering' AND lease_until IS NULL RETURNING id"
        )
        return len(await self._db.run(sql, (now, guild_id)))

    async def mark_messages_due(self, now: float) -> int:
        sql = (
            "UPDATE job SET due_at = ? WHERE due_at > ? AND lease_until IS NULL AND state NOT IN"
            " ('accepted', 'submitting', 'submit_unknown', 'polling', 'downloading') RETURNING id"
        )
        return len(await self._db.run(sql, (now, now)))

    async def newest(self, guild_id: int, channel_id: int, limit: int) -> list[Job]:
        rows = await self._db.run(
            "SELECT * FROM job WHERE guild_id = ? AND channel_id = ? AND delivered_at IS NOT NULL"
            " AND deleted_at IS NULL ORDER BY delivered_at DESC LIMIT ?",
            (guild_id, channel_id, limit),
        )
        return [job_of(row) for row in rows]

    async def render_times(self, account: str, model: str, limit: int) -> list[float]:
        rows = await self._db.run(
            "SELECT finished_at - submitted_at FROM job WHERE account = ? AND model = ? AND finished_at IS NOT NULL"
            " ORDER BY finished_at DESC LIMIT ?",
            (account, model, limit),
        )
        return [row[0] for row in rows]

    async def open_jobs(self) -> list[Job]:
        return [job_of(row) for row in await self._db.run(f"SELECT * FROM job WHERE {OPEN} ORDER BY created_at")]  # noqa: S608

    async def by_task(self, account: str, task_id: str) -> Job | None:
        return first_job(await self._db.run("SELECT * FROM job WHERE account = ? AND task_id = ?", (account, task_id)))

    async def new_epoch(self, now: float) -> int:
        restored, trouble = self._db.restored, MarkGone if self._db.mark_gone else Restored

        def own(tx: Transaction) -> int:
            if not self._db.shared:  # the others' jobs are theirs
                release_leases(tx, now)
            return quarantine(tx, now, trouble) if restored else 0

        return await self._db.record_start(own, now)

    async def set_flag(self, name: str, value: str, now: float) -> None:
        await self._db.run(WRITE_FLAG, (name, value, now))

    async def set_smallest_flag(self, name: str, value: int, now: float, for_s: float) -> None:
        await self._db.run(WRITE_SMALLEST, (name, str(value), now, now - for_s))

    async def has_withdrawn(self, job: Job) -> bool:
        flag = await self.get_flag(f"withdraw:{job.user_id}")
        return flag is not None and flag[1] >= job.created_at

    async def set_flag_once_per(self, name: str, now: float, every_s: float) -> bool:
        sql = "INSERT INTO fact (name, value, at) VALUES (?, '', ?) ON CONFLICT (name) DO UPDATE SET at = excluded.at"
        sql = f"{sql} WHERE fact.at <= ? RETURNING at"
        return bool(await self._db.run(sql, (name, now, now - every_s), quick=True))

    async def get_flag(self, name: str) -> tuple[str, float] | None:
        rows = await self._db.run("SELECT value, at FROM fact WHERE name = ?", (name,))
        return (rows[0][0], rows[0][1]) if rows else None
