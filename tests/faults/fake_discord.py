"""Discord as the engine sees it, with every trouble that it can make. Its channel outlives the processes."""

import asyncio
import random
from pathlib import Path

from bot.jobs.job import Job
from bot.jobs.provider_errors import Unreachable
from bot.jobs.status import JobStatus
from bot.ports.provider import (
    Picture,
)
from bot.ports.publisher import ChannelGone, Delivery, MissingAccess, Posted, PostedThenDeleted, UnknownOutcome
from tests.faults.gate import Gate
from tests.faults.loop import VirtualClock as TrueClock
from tests.faults.odds import Odds
from tests.faults.truth import Channel


class FakePublisher:
    """Discord, as the engine sees it."""

    def __init__(self, channel: Channel, gate: Gate, clock: TrueClock, rng: random.Random, odds: Odds) -> None:
        self.channel = channel
        self._gate = gate
        self._clock = clock
        self._rng = rng
        self._odds = odds
        self.script: list[str] = []  # what becomes of the next posts
        self.shown: list[JobStatus] = []

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
                return UnknownOutcome()
            case "late":
                self._arrive_in(job, nonce)
                return UnknownOutcome()
            case "parked":
                return MissingAccess(missing=("attach_files",))
            case "gone":
                return ChannelGone()
        message = self.channel.post(job_id=job.id, nonce=nonce, at=self._clock.true())
        self._gate.step("publisher.post", "after")
        if fate == "lost":
            return UnknownOutcome()
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

    async def find_post(self, job: Job, since: float) -> Posted | UnknownOutcome | None:
        self._gate.step("publisher.find_post", "before")
        if self._hit(self._odds.posted):
            return UnknownOutcome()
        clips = [each for each in self.channel.clips(job.id) if not each.deleted and each.at >= since - 60.0]
        self._gate.step("publisher.find_post", "after")
        return Posted(message_id=clips[0].message_id, channel_id=job.channel_id) if clips else None

    async def find_answer(self, job: Job) -> int | UnknownOutcome | None:
        self._gate.step("publisher.find_answer", "before")
        if self._hit(self._odds.answered):
            return UnknownOutcome()
        return self.channel.answers.get(job.id)

    async def show_status(self, job: Job, notice: JobStatus) -> None:
        self._gate.step("publisher.show_status", "before")
        self.shown.append(notice)

    async def show_final_status(self, job: Job, notice: JobStatus) -> bool:
        self._gate.step("publisher.show_final_status", "before")
        self.shown.append(notice)
        return not self._hit(self._odds.answered)

    async def delete_status(self, job: Job) -> bool:
        self._gate.step("publisher.delete_status", "before")
        return not self._hit(self._odds.answered)

    async def post_link(self, job: Job, nonce: str, parent: Job | None) -> Delivery:
        raise NotImplementedError

    async def upload_limit_bytes(self, job: Job) -> int:
        return 10 << 20

    async def download_posted_clip(self, job: Job, into: Path) -> bool:
        return False

    async def download_image(self, job: Job, into: Path) -> Picture:
        raise Unreachable
