"""A provider with every kind of fault and a ledger of the requests that really arrived."""

import asyncio
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from bot.jobs.provider_errors import KeyRefused, LinkDead, NotSent, OutcomeUnknown, RateLimited, Refused, Unreachable
from bot.ports.provider import (
    Balance,
    Draft,
    Failed,
    FetchLimits,
    KeyAnswer,
    Missing,
    Pending,
    ProviderOrder,
    Ready,
    Task,
    TaskState,
)
from bot.ports.provider_capabilities import (
    Cancellation,
    IdempotencyKeys,
    LostRequest,
    NotStopped,
    Stopped,
    Stopping,
    TaskCancellation,
    TaskLookup,
)
from tests.faults.crash_injection import CrashInjector
from tests.faults.fault_rates import FaultRates
from tests.faults.ground_truth import ProviderLedger
from tests.faults.virtual_time import VirtualClock

Capability = Literal["none", "list", "key"]
PAID_TIMEOUT_S = 30.0
QUEUED_S = 15.0  # from a task's acceptance until it renders
MAX_DELAY_S = 120.0  # a request can arrive this long after its sender gave up or died


class FakeProvider:
    """One account. All processes share its ledger."""

    paid_timeout_s = PAID_TIMEOUT_S
    jobs_at_once = 100_000
    _by_key = False

    def __init__(
        self,
        account: str,
        ledger: ProviderLedger,
        crash_injector: CrashInjector,
        clock: VirtualClock,
        rng: random.Random,
        rates: FaultRates,
        clip: bytes,
    ) -> None:
        self.account = account
        self.title = account
        self.ledger = ledger
        self._crash_injector = crash_injector
        self._clock = clock
        self._rng = rng
        self._rates = rates
        self._clip = clip
        self.key_refused = False
        self.render_s: float | None = None
        self.script: list[str] = []  # outcomes of the next paid requests

    def _occurs(self, rate: float) -> bool:
        return rate > 0 and self._rng.random() < rate

    async def draft(self, order: ProviderOrder) -> Draft:
        self._crash_injector.reach("provider.draft", "before")
        if self._occurs(self._rates.stall):
            await asyncio.sleep(self._rng.uniform(150, 400))  # longer than a lease
            self._crash_injector.reach("provider.draft", "after")
        return Draft(method="POST", path="/videos", protocol="fake", fields={"job": order.job_id})

    async def submit(self, draft: Draft) -> Task:
        outcome = self.script.pop(0) if self.script else self._choose_outcome(str(draft.fields["job"]))
        late_s = self._rng.uniform(0, MAX_DELAY_S)
        try:
            self._crash_injector.reach("provider.submit", "before")
        except asyncio.CancelledError:
            if self._crash_injector.kill_rate and self._rng.random() < 0.3:  # the request had been sent already
                self._receive_later(draft, late_s)
            raise
        await asyncio.sleep(self._rng.uniform(0.1, 3.0))
        match outcome:
            case "not_sent":
                raise NotSent
            case "busy":
                raise RateLimited(retry_after_s=self._rng.uniform(0, 20))
            case "refused":
                raise Refused
            case "key_refused":
                raise KeyRefused
            case "never" | "late":
                if outcome == "late":
                    self._receive_later(draft, PAID_TIMEOUT_S + late_s)
                await asyncio.sleep(PAID_TIMEOUT_S)
                raise OutcomeUnknown
        task = self._receive(draft)
        self._crash_injector.reach("provider.submit", "after")
        if outcome == "lost":
            raise OutcomeUnknown
        return task

    def _choose_outcome(self, job_id: str) -> str:
        again = self.ledger.charges(job_id) > 0 if self._rates.reject_resend else False
        if self._occurs(self._rates.reject_resend if again else self._rates.reject):
            return "refused"
        if self._occurs(self._rates.submit):
            return self._rng.choice(("not_sent", "busy", "never", "late", "late", "lost", "lost"))
        return "ok"

    def _receive_later(self, draft: Draft, seconds: float) -> None:
        asyncio.get_running_loop().call_later(seconds, self._receive, draft)

    def _receive(self, draft: Draft) -> Task:
        render_s = self.render_s if self.render_s is not None else self._rng.uniform(20, 60)
        task = self.ledger.receive(
            job_id=str(draft.fields["job"]),
            ref=draft.idempotency_key,
            at=self._clock.true_time(),
            render_s=render_s,
            fails=self._occurs(self._rates.render),
            by_key=self._by_key,
        )
        return Task(task_id=task.task_id, protocol="fake", endpoint="")

    async def check(self, task: Task) -> TaskState:
        self._crash_injector.reach("provider.check", "before")
        await asyncio.sleep(0.1)
        if self.key_refused:
            raise KeyRefused
        if self._occurs(self._rates.poll):
            raise self._rng.choice((Unreachable(), RateLimited(retry_after_s=7.0), Unreachable(retry_after_s=3.0)))
        real = self.ledger.tasks.get(task.task_id)
        self._crash_injector.reach("provider.check", "after")
        if real is None or real.deleted or self._occurs(self._rates.poll / 4):
            return Missing()
        if real.cancelled:
            return Failed(reason="cancelled", free=real.refunded)
        now = self._clock.true_time()
        if now < real.done_at:
            return Pending(progress=100 * (now - real.at) / (real.done_at - real.at), raw_status="running")
        if real.fails:
            real.refunded = True
            return Failed(reason="it failed", free=real.cost_micros == 0, cost_micros=real.cost_micros)
        return Ready(url=f"https://clips.example/{task.task_id}", cost_micros=real.cost_micros)

    async def fetch(self, ready: Ready, into: Path, limits: FetchLimits) -> None:
        self._crash_injector.reach("provider.fetch", "before")
        await asyncio.sleep(0.5)
        if self._occurs(self._rates.download):
            raise self._rng.choice((LinkDead(), Unreachable()))
        into.write_bytes(self._clip)  # noqa: ASYNC240
        self._crash_injector.reach("provider.fetch", "after")

    async def delete_task(self, task: Task) -> bool:
        self._crash_injector.reach("provider.delete_task", "before")
        return False

    async def check_key(self) -> KeyAnswer:
        return KeyAnswer(expected=True)

    async def balance(self) -> Balance | None:
        return None

    async def close(self) -> None:
        """Nothing to close."""


class CancellingProvider(FakeProvider):
    """Stops tasks on request. `tells_cost`: a stopped task says what it cost, and one that was queued is free.

    `declines`: no cancellation is taken; `ignores`: each is taken and none has an effect. `asked` counts both.
    """

    tells_cost = True
    declines = False
    ignores = False
    asked = 0

    def can_cancel(self, task: Task) -> bool:
        return True

    async def cancel(self, task: Task) -> Cancellation:
        self._crash_injector.reach("provider.cancel", "before")
        await asyncio.sleep(0.1)
        if self.key_refused:
            raise KeyRefused
        real, fault = self.ledger.tasks.get(task.task_id), self._occurs(self._rates.poll)
        if real is None or (fault and self._rng.random() < 0.5):
            raise Unreachable
        self.asked += 1
        if self.declines or (not self.tells_cost and self._occurs(self._rates.poll)):
            return NotStopped()
        if self.ignores:
            return Stopping()
        now = self._clock.true_time()
        self.ledger.cancel(real, now, free=self.tells_cost and now - real.at < QUEUED_S)
        self._crash_injector.reach("provider.cancel", "after")
        if fault:
            raise Unreachable  # its answer was lost
        return Stopping() if self.tells_cost else Stopped(free=False)


class ListingProvider(CancellingProvider):
    """Returns our reference in its list of tasks."""

    echoes_key = True

    async def find_tasks(self, lost: LostRequest) -> Sequence[Task] | None:
        self._crash_injector.reach("provider.find", "before")
        if self._occurs(self._rates.poll):
            raise Unreachable
        found = self.ledger.by_ref.get(lost.idempotency_key, [])
        self._crash_injector.reach("provider.find", "after")
        return [Task(task_id=task_id, protocol="fake", endpoint="") for task_id in found]


class KeyedProvider(CancellingProvider):
    """Accepts an idempotency key."""

    tells_cost = False
    key_window_s = 24 * 3600.0
    _by_key = True


# The worker asks by isinstance, so a capability that was renamed must fail the type check here.
_LOOKUP: type[TaskLookup] = ListingProvider
_KEYS: type[IdempotencyKeys] = KeyedProvider
_CANCELS: type[TaskCancellation] = CancellingProvider
