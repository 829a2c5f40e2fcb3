"""Discord with every kind of fault. Its channel outlives the processes."""

import asyncio
import random
from collections.abc import Sequence
from pathlib import Path

from bot.jobs.job import ANSWERED, Job
from bot.jobs.provider_errors import Unreachable
from bot.jobs.status import JobStatus
from bot.ports.provider import (
    Picture,
)
from bot.ports.publisher import (
    ChannelGone,
    Delivery,
    MissingAccess,
    Posted,
    PostedThenDeleted,
    TakePost,
    UnknownOutcome,
)
from tests.faults.crash_injection import CrashInjector
from tests.faults.fault_rates import FaultRates
from tests.faults.ground_truth import DiscordChannel
from tests.faults.virtual_time import VirtualClock


class FakePublisher:
    """Implements the Publisher protocol on a DiscordChannel."""

    def __init__(
        self,
        channel: DiscordChannel,
        crash_injector: CrashInjector,
        clock: VirtualClock,
        rng: random.Random,
        rates: FaultRates,
    ) -> None:
        self.channel = channel
        self._crash_injector = crash_injector
        self._clock = clock
        self._rng = rng
        self._rates = rates
        self.script: list[str] = []  # outcomes of the next posts
        self.shown_statuses: list[JobStatus] = []
        self.reachable = True

    def _occurs(self, rate: float) -> bool:
        return rate > 0 and self._rng.random() < rate

    async def delete_post(self, job: Job) -> bool:
        raise NotImplementedError("nobody deletes their data in the simulation")

    async def is_withdrawn(self, job: Job) -> bool:
        return False

    def available(self) -> bool:
        return self.reachable

    async def post(self, job: Job, clip: Path, nonce: str, parent: Job | None) -> Delivery:
        return await self._post(job, (job.id,), [clip], nonce)

    async def post_takes(self, takes: Sequence[TakePost], told: Sequence[Job], nonce: str) -> Delivery:
        clips = [take.clip for take in takes if take.clip is not None]
        return await self._post(takes[0].job, tuple(take.job.id for take in takes), clips, nonce)

    async def _post(self, job: Job, job_ids: tuple[str, ...], clips: Sequence[Path], nonce: str) -> Delivery:
        for clip in clips:
            clip.read_bytes()
        outcome = self.script.pop(0) if self.script else self._choose_outcome()
        try:
            self._crash_injector.reach("publisher.post", "before")
        except asyncio.CancelledError:
            if self._crash_injector.kill_rate and self._rng.random() < 0.3:
                self._post_later(job_ids, nonce)
            raise
        await asyncio.sleep(self._rng.uniform(0.1, 5.0))
        match outcome:
            case "never":
                return UnknownOutcome()
            case "late":
                self._post_later(job_ids, nonce)
                return UnknownOutcome()
            case "parked":
                return MissingAccess(missing=("attach_files",))
            case "gone":
                return ChannelGone()
        message = self.channel.post(job_ids=job_ids, nonce=nonce, at=self._clock.true_time())
        self._crash_injector.reach("publisher.post", "after")
        if outcome == "lost":
            return UnknownOutcome()
        if message.deleted:
            return PostedThenDeleted()
        return Posted(message_id=message.message_id, channel_id=job.channel_id)

    def _choose_outcome(self) -> str:
        if self._occurs(self._rates.missing_access):
            return "parked"
        return self._rng.choice(("never", "late", "lost")) if self._occurs(self._rates.post) else "ok"

    def _post_later(self, job_ids: tuple[str, ...], nonce: str) -> None:
        loop = asyncio.get_running_loop()

        def arrive() -> None:
            self.channel.post(job_ids=job_ids, nonce=nonce, at=self._clock.true_time())

        loop.call_later(self._rng.uniform(0, 100), arrive)

    async def find_post(self, job: Job, since: float) -> Posted | UnknownOutcome | None:
        self._crash_injector.reach("publisher.find_post", "before")
        if self._occurs(self._rates.post):
            return UnknownOutcome()
        clips = [clip for clip in self.channel.clips(job.id) if not clip.deleted and clip.at >= since - 60.0]
        self._crash_injector.reach("publisher.find_post", "after")
        return Posted(message_id=clips[0].message_id, channel_id=job.channel_id) if clips else None

    async def find_answer(self, job: Job) -> int | UnknownOutcome | None:
        self._crash_injector.reach("publisher.find_answer", "before")
        if self._occurs(self._rates.respond):
            return UnknownOutcome()
        now = self._clock.true_time()
        statuses = self.channel.statuses.get(job.id)
        if job.interaction_token != ANSWERED and self.channel.response(job.id, now) is None:
            if job.id in self.channel.responses and not statuses:  # its token has expired
                self.channel.apologies.add(job.id)
            return statuses[0] if statuses else None
        status_id = statuses[0] if statuses else self.channel.post_status(job.id, now)
        self._crash_injector.reach("publisher.find_answer", "after")
        return UnknownOutcome() if self._occurs(self._rates.respond) else status_id

    async def show_status(self, job: Job, notice: JobStatus) -> None:
        self._crash_injector.reach("publisher.show_status", "before")
        self.shown_statuses.append(notice)

    async def show_final_status(self, job: Job, notice: JobStatus) -> bool:
        self._crash_injector.reach("publisher.show_final_status", "before")
        self.shown_statuses.append(notice)
        return not self._occurs(self._rates.respond)

    async def delete_status(self, job: Job) -> bool:
        self._crash_injector.reach("publisher.delete_status", "before")
        return not self._occurs(self._rates.respond)

    async def post_link(self, job: Job, nonce: str, parent: Job | None) -> Delivery:
        raise NotImplementedError

    async def upload_limit_bytes(self, job: Job) -> int:
        return 10 << 20

    async def download_posted_clip(self, job: Job, into: Path) -> bool:
        return False

    async def download_image(self, job: Job, into: Path) -> Picture:
        raise Unreachable
