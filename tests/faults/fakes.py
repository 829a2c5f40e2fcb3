"""A provider that fails in every way it can, and remembers what really happened."""

import asyncio
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from bot.jobs.errors import (
    KeyRefused,
    LinkDead,
    NotSent,
    OutcomeUnknown,
    RateLimited,
    Refused,
    Unreachable,
)
from bot.ports.provider import (
    Balance,
    Draft,
    Failed,
    FetchLimits,
    Missing,
    Pending,
    ProviderOrder,
    Ready,
    Task,
    TaskState,
)
from bot.ports.provider_capabilities import LostRequest
from tests.faults.gate import Gate
from tests.faults.loop import VirtualClock as TrueClock
from tests.faults.odds import Odds
from tests.faults.truth import ProviderBooks

Ability = Literal["none", "list", "key"]
PAID_TIMEOUT_S = 30.0
LATE_S = 120.0  # a request may still arrive so long after its sender has given up or died


class FakeProvider:
    """One account. Its books are shared by every process that ever talks to it."""

    paid_timeout_s = PAID_TIMEOUT_S
    jobs_at_once = 100_000
    _by_key = False

    def __init__(
        self,
        account: str,
        books: ProviderBooks,
        gate: Gate,
        clock: TrueClock,
        rng: random.Random,
        odds: Odds,
        clip: bytes,
    ) -> None:
        self.account = account
        self.title = account
        self.books = books
        self._gate = gate
        self._clock = clock
        self._rng = rng
        self._odds = odds
        self._clip = clip
        self.key_refused = False
        self.render_s: float | None = None
        self.script: list[str] = []  # what becomes of the next paid requests

    def _hit(self, odds: float) -> bool:
        return odds > 0 and self._rng.random() < odds

    async def draft(self, order: ProviderOrder) -> Draft:
        self._gate.step("provider.draft", "before")
        if self._hit(self._odds.stalls):
            await asyncio.sleep(self._rng.uniform(150, 400))  # longer than a lease
            self._gate.step("provider.draft", "after")
        return Draft(method="POST", path="/videos", protocol="fake", fields={"job": order.job_id})

    async def submit(self, draft: Draft) -> Task:
        fate = self.script.pop(0) if self.script else self._fate(str(draft.fields["job"]))
        late_s = self._rng.uniform(0, LATE_S)
        try:
            self._gate.step("provider.submit", "before")
        except asyncio.CancelledError:
            if self._gate.odds and self._rng.random() < 0.3:  # the socket had it already
                self._arrive_in(draft, late_s)
            raise
        await asyncio.sleep(self._rng.uniform(0.1, 3.0))
        match fate:
            case "not_sent":
                raise NotSent
            case "busy":
                raise RateLimited(retry_after_s=self._rng.uniform(0, 20))
            case "refused":
                raise Refused
            case "key_refused":
                raise KeyRefused
            case "never" | "late":
                if fate == "late":
                    self._arrive_in(draft, PAID_TIMEOUT_S + late_s)
                await asyncio.sleep(PAID_TIMEOUT_S)
                raise OutcomeUnknown
        task = self._arrive(draft)
        self._gate.step("provider.submit", "after")
        if fate == "lost":
            raise OutcomeUnknown
        return task

    def _fate(self, job_id: str) -> str:
        again = self.books.charges(job_id) > 0 if self._odds.refused_again else False
        if self._hit(self._odds.refused_again if again else self._odds.refused):
            return "refused"
        if self._hit(self._odds.paid):
            return self._rng.choice(("not_sent", "busy", "never", "late", "late", "lost", "lost"))
        return "ok"

    def _arrive_in(self, draft: Draft, seconds: float) -> None:
        asyncio.get_running_loop().call_later(seconds, self._arrive, draft)

    def _arrive(self, draft: Draft) -> Task:
        render_s = self.render_s if self.render_s is not None else self._rng.uniform(20, 60)
        task = self.books.arrive(
            job_id=str(draft.fields["job"]),
            ref=draft.idempotency_key,
            at=self._clock.true(),
            render_s=render_s,
            fails=self._hit(self._odds.fails),
            by_key=self._by_key,
        )
        return Task(task_id=task.task_id, protocol="fake", endpoint="")

    async def check(self, task: Task) -> TaskState:
        self._gate.step("provider.check", "before")
        await asyncio.sleep(0.1)
        if self.key_refused:
            raise KeyRefused
        if self._hit(self._odds.asked):
            raise self._rng.choice((Unreachable(), RateLimited(retry_after_s=7.0), Unreachable(retry_after_s=3.0)))
        real = self.books.tasks.get(task.task_id)
        self._gate.step("provider.check", "after")
        if real is None or self._hit(self._odds.asked / 4):
            return Missing()
        now = self._clock.true()
        if now < real.done_at:
            return Pending(progress=100 * (now - real.at) / (real.done_at - real.at), raw_status="running")
        if real.fails:
            real.refunded = True
            return Failed(reason="it failed")
        return Ready(url=f"https://clips.example/{task.task_id}")

    async def fetch(self, ready: Ready, into: Path, limits: FetchLimits) -> None:
        self._gate.step("provider.fetch", "before")
        await asyncio.sleep(0.5)
        if self._hit(self._odds.fetched):
            raise self._rng.choice((LinkDead(), Unreachable()))
        into.write_bytes(self._clip)  # noqa: ASYNC240
        self._gate.step("provider.fetch", "after")

    async def delete_task(self, task: Task) -> bool:
        self._gate.step("provider.delete_task", "before")
        return False

    async def balance(self) -> Balance | None:
        return None

    async def close(self) -> None:
        """Nothing is open."""


class ListingProvider(FakeProvider):
    """Echoes our reference in its list of tasks."""

    echoes_key = True

    async def find_tasks(self, lost: LostRequest) -> Sequence[Task]:
        self._gate.step("provider.find", "before")
        if self._hit(self._odds.asked):
            raise Unreachable
        found = self.books.by_ref.get(lost.idempotency_key, [])
        self._gate.step("provider.find", "after")
        return [Task(task_id=each, protocol="fake", endpoint="") for each in found]


class KeyedProvider(FakeProvider):
    """Takes an idempotency key."""

    key_window_s = 24 * 3600.0
    _by_key = True
