"""A provider and a Discord that fail in every way they can, and remember what really happened."""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from bot.jobs.abilities import Lost
from bot.jobs.errors import (
    KeyRefused,
    LinkDead,
    NotSent,
    OutcomeUnknown,
    RateLimited,
    Refused,
    Unreachable,
)
from bot.jobs.model import Job
from bot.jobs.notices import Notice
from bot.jobs.provider import (
    Balance,
    Draft,
    Failed,
    FetchLimits,
    Missing,
    Order,
    Pending,
    Picture,
    Ready,
    Task,
    TaskState,
)
from bot.jobs.publisher import ChannelGone, Delivery, MayNot, Posted, PostedThenDeleted, Unclear
from tests.faults.gate import Gate
from tests.faults.loop import VirtualClock as TrueClock
from tests.faults.truth import Channel, ProviderBooks

Ability = Literal["none", "list", "key"]
PAID_TIMEOUT_S = 30.0
LATE_S = 120.0  # a request may still arrive so long after its sender has given up or died


@dataclass(frozen=True, kw_only=True)
class Odds:
    """How often things go wrong; all zero is a world without trouble."""

    paid: float = 0.0  # a paid request: each of its ways to fail together
    refused: float = 0.0
    refused_again: float = 0.0  # a second request for the same job
    asked: float = 0.0
    fetched: float = 0.0
    posted: float = 0.0
    answered: float = 0.0
    fails: float = 0.0
    stalls: float = 0.0
    parked: float = 0.0


CALM = Odds()
STORMY = Odds(
    paid=0.15, refused=0.02, refused_again=0.4, asked=0.08, fetched=0.1, posted=0.15, answered=0.1, fails=0.03,
    stalls=0.02, parked=0.01,
)  # fmt: skip


class FakeProvider:
    """One account. Its books are shared by every process that ever talks to it."""

    paid_timeout_s = PAID_TIMEOUT_S
    jobs_at_once = 100_000

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
        self._by_key = False
        self.key_refused = False
        self.render_s: float | None = None
        self.script: list[str] = []  # what becomes of the next paid requests

    def _hit(self, odds: float) -> bool:
        return odds > 0 and self._rng.random() < odds

    async def draft(self, order: Order) -> Draft:
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
            ref=draft.ref,
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

    async def forget(self, task: Task) -> bool:
        self._gate.step("provider.forget", "before")
        return False

    async def balance(self) -> Balance | None:
        return None

    async def close(self) -> None:
        """Nothing is open."""


class ListingProvider(FakeProvider):
    """Echoes our reference in its list of tasks."""

    echoes_ref = True

    async def find(self, lost: Lost) -> Sequence[Task]:
        self._gate.step("provider.find", "before")
        if self._hit(self._odds.asked):
            raise Unreachable
        found = self.books.by_ref.get(lost.ref, [])
        self._gate.step("provider.find", "after")
        return [Task(task_id=each, protocol="fake", endpoint="") for each in found]


class KeyedProvider(FakeProvider):
    """Takes an idempotency key."""

    key_window_s = 24 * 3600.0

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
        super().__init__(account, books, gate, clock, rng, odds, clip)
        self._by_key = True


class FakePublisher:
    """Discord, as the engine sees it."""

    def __init__(self, channel: Channel, gate: Gate, clock: TrueClock, rng: random.Random, odds: Odds) -> None:
        self.channel = channel
        self._gate = gate
        self._clock = clock
        self._rng = rng
        self._odds = odds
        self.script: list[str] = []  # what becomes of the next posts
        self.shown: list[Notice] = []

    def _hit(self, odds: float) -> bool:
        return odds > 0 and self._rng.random() < odds

    async def post(self, job: Job, clip: Path, nonce: str, parent: Job | None) -> Delivery:
        clip.read_bytes()  # noqa: ASYNC240
        fate = self.script.pop(0) if self.script else self._fate()
        try:
            self._gate.step("publisher.post", "before")
        except asyncio.CancelledError:
            if self._gate.odds and self._rng.random() < 0.3:
                self._arrive_in(job, nonce)
            raise
        await asyncio.sleep(self._rng.uniform(0.1, 5.0))
        match fate:
            case "never":
                return Unclear()
            case "late":
                self._arrive_in(job, nonce)
                return Unclear()
            case "parked":
                return MayNot(missing="Attach Files")
            case "gone":
                return ChannelGone()
        message = self.channel.post(job_id=job.id, nonce=nonce, at=self._clock.true())
        self._gate.step("publisher.post", "after")
        if fate == "lost":
            return Unclear()
        if message.deleted:
            return PostedThenDeleted()
        return Posted(message_id=message.message_id, channel_id=job.channel_id)

    def _fate(self) -> str:
        if self._hit(self._odds.parked):
            return "parked"
        return self._rng.choice(("never", "late", "lost")) if self._hit(self._odds.posted) else "ok"

    def _arrive_in(self, job: Job, nonce: str) -> None:
        loop = asyncio.get_running_loop()

        def arrive() -> None:
            self.channel.post(job_id=job.id, nonce=nonce, at=self._clock.true())

        loop.call_later(self._rng.uniform(0, 100), arrive)

    async def find_post(self, job: Job, since: float) -> Posted | Unclear | None:
        self._gate.step("publisher.find_post", "before")
        if self._hit(self._odds.posted):
            return Unclear()
        clips = [each for each in self.channel.clips(job.id) if not each.deleted and each.at >= since - 60.0]
        self._gate.step("publisher.find_post", "after")
        return Posted(message_id=clips[0].message_id, channel_id=job.channel_id) if clips else None

    async def answered(self, job: Job) -> int | Unclear | None:
        self._gate.step("publisher.answered", "before")
        if self._hit(self._odds.answered):
            return Unclear()
        return self.channel.answers.get(job.id)

    async def show(self, job: Job, notice: Notice) -> None:
        self._gate.step("publisher.show", "before")
        self.shown.append(notice)

    async def conclude(self, job: Job, notice: Notice) -> bool:
        self._gate.step("publisher.conclude", "before")
        self.shown.append(notice)
        return not self._hit(self._odds.answered)

    async def clear(self, job: Job) -> bool:
        self._gate.step("publisher.clear", "before")
        return not self._hit(self._odds.answered)

    async def post_link(self, job: Job, nonce: str, parent: Job | None) -> Delivery:
        raise NotImplementedError

    async def upload_limit_bytes(self, job: Job) -> int:
        return 10 << 20

    async def bring_back(self, job: Job, into: Path) -> bool:
        return False

    async def picture(self, job: Job, into: Path) -> Picture:
        raise Unreachable
