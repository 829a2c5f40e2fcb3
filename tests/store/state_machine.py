"""Stateful test of a store: after any sequence of operations it agrees with a plain dictionary."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, multiple, rule

from bot.jobs.job import TRANSITIONS, Job, State
from bot.ports.job_store import JobStore
from tests.store.factories import NOW, make_job

T = TypeVar("T")
LEASE_S = 60.0


class JobStoreStateMachine(RuleBasedStateMachine):
    """Workers claim, stall, transition and cancel, and time passes. `open` creates the store."""

    open: Callable[[], Coroutine[Any, Any, JobStore]]
    close: Callable[[JobStore], Coroutine[Any, Any, None]]
    ledger_balances: Callable[[JobStore, str], Coroutine[Any, Any, dict[str, int]]]
    snapshots = Bundle("held")  # jobs as a worker once read them

    def __init__(self) -> None:
        super().__init__()
        self._runner = asyncio.Runner()
        self.store = self.run(type(self).open())
        self.now = NOW
        self.model: dict[str, Job] = {}

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self._runner.run(work)

    def teardown(self) -> None:
        self.run(type(self).close(self.store))
        self._runner.close()

    @rule(target=snapshots)
    def insert_job(self) -> Job:
        job = self.run(self.store.insert(make_job(due_at=self.now, created_at=self.now)))
        assert job is not None
        self.model[job.id] = job
        return job

    @rule(seconds=st.sampled_from([1.0, 30.0, 61.0, 3600.0]))
    def advance_time(self, seconds: float) -> None:
        self.now += seconds

    @rule(target=snapshots, limit=st.integers(1, 3))
    def claim(self, limit: int) -> Any:
        due = {
            job.id
            for job in self.model.values()
            if job.due_at is not None and job.due_at <= self.now
            and (job.lease_until is None or job.lease_until <= self.now)
        }  # fmt: skip
        claimed = self.run(self.store.claim(self.now, limit, LEASE_S))
        assert {job.id for job in claimed} <= due
        assert len(claimed) == min(limit, len(due))
        for job in claimed:
            assert job.fence == self.model[job.id].fence + 1
            self.model[job.id] = job
        return multiple(*claimed)

    @rule(target=snapshots, job=consumes(snapshots), data=st.data())
    def transition(self, job: Job, data: st.DataObject) -> Any:
        follows = sorted(TRANSITIONS[job.state])
        if not follows:
            return multiple()
        to = data.draw(st.sampled_from(follows))
        money = {State.REJECTED: "release", State.NEEDS_PERSON: "hold", State.DOWNLOADING: "capture"}.get(to)
        after = self.run(self.store.transition(job, to, now=self.now, why="machine", money=money))  # type: ignore[arg-type]
        current = self.model[job.id]
        stale = (current.state, current.fence) != (job.state, job.fence)
        assert (after is None) == stale
        if after is None:
            return multiple()
        self.model[job.id] = after
        assert (after.state, after.fence) == (to, job.fence)
        return after

    @rule(target=snapshots, job=consumes(snapshots), wait_s=st.sampled_from([0.0, 5.0, 100.0]))
    def release(self, job: Job, wait_s: float) -> Any:
        after = self.run(self.store.update(job, due_at=self.now + wait_s, lease_until=None))
        current = self.model[job.id]
        assert (after is None) == ((current.state, current.fence) != (job.state, job.fence))
        if after is None:
            return multiple()
        self.model[job.id] = after
        return after

    @rule(target=snapshots, job=snapshots)
    def take_over(self, job: Job) -> Any:
        current = self.model[job.id]
        seized = self.run(self.store.take_over(job.id, (State.RECEIVED, State.ACCEPTED), self.now, LEASE_S))
        assert (seized is not None) == (current.state in (State.RECEIVED, State.ACCEPTED))
        if seized is None:
            return multiple()
        assert seized == replace(current, fence=current.fence + 1, lease_until=self.now + LEASE_S)
        self.model[job.id] = seized
        return seized

    @rule()
    def restart(self) -> None:
        self.run(self.store.new_epoch(self.now))
        for job_id, job in self.model.items():
            if job.due_at is not None:
                due_immediately = job.state in (State.RECEIVED, State.POLLING) or job.due_at > self.now + 3600.0
                due_at = self.now if job.lease_until is not None or due_immediately else job.due_at
                lease = None if job.lease_until is not None or due_immediately else job.lease_until
                self.model[job_id] = replace(job, due_at=due_at, lease_until=lease)

    @invariant()
    def every_job_is_as_the_model_has_it(self) -> None:
        for job_id, job in self.model.items():
            assert self.run(self.store.job(job_id)) == job

    @invariant()
    def every_reserved_amount_is_accounted_for(self) -> None:
        for job_id, job in self.model.items():
            balances = self.run(type(self).ledger_balances(self.store, job_id))
            kept = sum(balances.get(name, 0) for name in ("reserved", "held", "spent"))
            released = job.money.price_micros + balances.get("free", 0)  # `free` has paid the price once
            assert kept + released == job.money.price_micros
            assert released in (0, job.money.price_micros)
            assert all(balances.get(name, 0) >= 0 for name in ("reserved", "held", "spent"))
