"""The dependencies that every step of a job uses."""

import asyncio
import contextlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from bot.catalogue.offers import Offers
from bot.foreground import ForegroundGate
from bot.jobs.job import Job
from bot.jobs.server_settings import ServerSettingsReader
from bot.media.file_store import LocalFileStore
from bot.ports.account_pauses import AccountPauses
from bot.ports.clock import Clock
from bot.ports.file_store import FileStore
from bot.ports.host_alarm import HostAlarm, NullHostAlarm
from bot.ports.job_store import JobStore
from bot.ports.metrics import JobMetrics, NullJobMetrics
from bot.ports.object_storage import ObjectStorage
from bot.ports.provider import FetchLimits, Provider
from bot.ports.publisher import Publisher
from bot.ports.sweeps import SweepLock, no_other_process
from bot.worker.clip_files import ClipFiles
from bot.worker.fair_queue import FairQueueState
from bot.worker.leases import Leases
from bot.worker.poll_queue import PollQueue
from bot.worker.poll_schedule import Timing
from bot.worker.render_stats import RenderStats
from bot.worker.shared_queue import SharedQueue

log = logging.getLogger("retake.jobs")

PICTURE_REQUESTS = 4  # at once


@dataclass(slots=True, kw_only=True)
class JobContext:
    """The dependencies and shared state of every step. `stopping`: no new paid requests, polls or posts are started."""

    clock: Clock
    store: JobStore
    publisher: Publisher
    providers: Mapping[str, Provider]
    offers: Offers
    files: ClipFiles
    file_store: FileStore = field(default_factory=LocalFileStore)
    timing: Timing
    limits: FetchLimits
    deadlines_s: Mapping[str, float] = field(default_factory=dict)  # by account; else that of `timing`
    kept_days: int = 7
    booted_at: float = 0.0  # UTC seconds
    on_unknown: Literal["ask", "give_up"] = "ask"  # for a paid request whose outcome can't be found out
    upload_limit_bytes: int | None = None  # set by the host; None: as Discord reports it
    object_storage: ObjectStorage | None = None
    workers: int = 1  # that share the accounts
    account_pauses: AccountPauses | None = None  # None: pauses of accounts are this process's own
    shared_queue: SharedQueue | None = None  # None: this process gives all turns, in its memory
    sweep_lock: SweepLock = no_other_process
    servers: ServerSettingsReader | None = None  # None: only the host's limits apply
    metrics: JobMetrics = field(default_factory=NullJobMetrics)
    host_alarm: HostAlarm = field(default_factory=NullHostAlarm)
    leases: Leases | None = None  # None: this process alone carries jobs, and leases last for a whole step
    stopping: bool = False
    poll_queue: PollQueue = field(default_factory=PollQueue)
    announcing: set[str] = field(default_factory=set)  # accounts whose webhooks arrive, so that polls can be fewer
    queue_state: FairQueueState = field(default_factory=FairQueueState)
    first_seen: dict[tuple[str, float], float] = field(default_factory=dict)  # (job, intent) -> monotonic time, here
    posted: set[str] = field(default_factory=set)  # jobs that this process has posted
    # A request with a picture takes about 8 MiB until the provider responds.
    picture_requests: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(PICTURE_REQUESTS))
    joining_film: asyncio.Lock = field(default_factory=asyncio.Lock)
    render_stats: RenderStats = field(init=False)

    def __post_init__(self) -> None:
        self.render_stats = RenderStats(self.store, self.clock)

    @property
    def foreground(self) -> ForegroundGate:
        """The gate that background work waits for."""
        return self.limits.foreground

    def seen_for_s(self, job: Job, intent_at: float | None) -> float:
        """Return since how long this process knows of a job's intent to pay or to post, on the monotonic clock.

        Not how long it has run: another process may have written the intent and died only now.
        """
        now = self.clock.monotonic()
        return now - self.first_seen.setdefault((job.id, intent_at or 0.0), now)

    def forget_intents(self, job: Job) -> None:
        """Drop what is known of the intents of a job that needs no more settling."""
        for key in [key for key in self.first_seen if key[0] == job.id]:
            del self.first_seen[key]

    def holding(self, job: Job) -> contextlib.AbstractContextManager[None]:
        """Renew a job's lease while a block runs, if this worker's leases are renewed."""
        return self.leases.holding(job) if self.leases is not None else contextlib.nullcontext()

    def may_act(self, job: Job) -> bool:
        """Return whether this worker surely still has a job, directly before it pays or posts for it."""
        return self.leases is None or self.leases.allows(job)

    def provider(self, job: Job) -> Provider | None:
        """Return the provider of a job's account, or None if the host has removed the account."""
        return self.providers.get(job.account)

    def deadline_s(self, job: Job) -> float:
        """Return the seconds after its submission at which a job that still renders is held for a person."""
        return self.deadlines_s.get(job.account, self.timing.deadline_s)
