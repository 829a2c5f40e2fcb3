"""The worker without one of its rules, to show that the rule is needed. Production code has no such switches."""

import itertools
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from bot.jobs.job import Job, JobChanges, State
from bot.ports.publisher import Delivery
from bot.store.group_commit import Transaction
from bot.store.jobs import SqlJobStore
from bot.store.ledger import move_money
from bot.store.rows import COLUMNS, guarded_update, job_from, job_of, values_by_column
from bot.store.sql_database import SqlDatabase
from bot.worker.context import JobContext

RULES: Mapping[str, str] = {
    "A": "store the intent before the request",
    "B": "never resend a request of unknown outcome",
    "D": "post each clip once",
    "E": "wait before looking for a lost request",
    "F": "a rejection settles only its own attempt",
    "G": "every transition is a compare-and-set",
}
Rule = str


class WithoutIntent(SqlJobStore):
    """A: keeps the intent in memory and writes it together with its result."""

    def __init__(self, database: SqlDatabase) -> None:
        super().__init__(database)
        self._intents: dict[str, tuple[Job, dict[str, Any]]] = {}

    async def transition(self, job: Job, to: State, **fields: Any) -> Job | None:
        if to is State.SUBMITTING:
            self._intents[job.id] = (job, fields)
            changes = {column: value for column, value in fields.items() if column in COLUMNS}
            return job_from(values_by_column(job) | changes | {"state": to})
        if job.state is State.SUBMITTING and job.id in self._intents:
            before, intent = self._intents.pop(job.id)
            written = await super().transition(before, State.SUBMITTING, **intent)
            if written is None:
                return None
            job = written
        return await super().transition(job, to, **fields)


class WithoutUnknown(SqlJobStore):
    """B: sends a request of unknown outcome again."""

    async def transition(self, job: Job, to: State, **fields: Any) -> Job | None:
        if to is State.SUBMIT_UNKNOWN:
            to, fields = State.ACCEPTED, {**fields, "ambiguous": False, "due_at": fields["now"], "lease_until": None}
        return await super().transition(job, to, **fields)


class WithoutAmbiguity(SqlJobStore):
    """F: forgets that an earlier attempt had an unknown outcome."""

    async def transition(self, job: Job, to: State, **fields: Any) -> Job | None:
        if to in (State.ACCEPTED, State.SUBMITTING, State.SUBMIT_UNKNOWN):
            fields["ambiguous"] = False
        return await super().transition(job, to, **fields)


class WithoutFence(SqlJobStore):
    """G: writes without comparing state and fence."""

    async def transition(self, job: Job, to: State, **fields: Any) -> Job | None:
        current = await self.job(job.id)
        if current is None or (current.state, current.fence) == (job.state, job.fence):
            return await super().transition(job, to, **fields)
        now, money, why = fields.pop("now"), fields.pop("money", None), fields.pop("why")
        for unwritten in ("caps", "uses_turn"):
            fields.pop(unwritten, None)
        if to is State.SUBMITTING:
            fields["attempt"] = current.task.attempt + 1
        sql, values = guarded_update(current, cast(JobChanges, fields), state=to, why=why, at=now)

        def force(tx: Transaction) -> Job:
            (row,) = tx.run(sql, values)
            if money is not None:
                move_money(tx, current, money, at=now)
            return job_of(row)

        return await self._db.transaction(force)


def store_without(rule: Rule | None) -> type[SqlJobStore]:
    """Return the store class without a rule, or the unmodified one if the rule isn't about the store."""
    lacking = {"A": WithoutIntent, "B": WithoutUnknown, "F": WithoutAmbiguity, "G": WithoutFence}
    return lacking.get(rule or "", SqlJobStore)


class UniqueNonces:
    """D: uses a new nonce for every post and never looks for an earlier post."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self._count = itertools.count()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    async def post(self, job: Job, clip: Path, nonce: str, parent: Job | None) -> Delivery:
        delivery: Delivery = await self._inner.post(job, clip, f"{nonce}{next(self._count)}", parent)
        return delivery

    async def find_post(self, job: Job, since: float) -> None:
        return None


def disable_rule(rule: Rule | None, context: JobContext) -> JobContext:
    """Disable a rule that isn't about the store."""
    if rule == "D":
        context.publisher = UniqueNonces(context.publisher)
    if rule == "E":
        context.timing = replace(context.timing, settle_s=0.0)
    return context
