"""What every step of a job is given, and the few moves that all steps share."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from bot.catalogue.offers import Offers
from bot.foreground import ForegroundGate
from bot.jobs.job import Job
from bot.jobs.limits import HostBudget
from bot.jobs.server_settings import ServerSettingsReader
from bot.ports.clock import Clock
from bot.ports.job_store import JobStore
from bot.ports.metrics import JobMetrics, NullJobMetrics
from bot.ports.object_storage import ObjectStorage
from bot.ports.provider import FetchLimits, Provider, RemixMethod
from bot.ports.publisher import Publisher
from bot.worker.clip_files import ClipFiles
from bot.worker.fair_queue import FairQueueState
from bot.worker.poll_queue import PollQueue
from bot.worker.poll_schedule import Timing
from bot.worker.render_stats import RenderStats

log = logging.getLogger("retake.jobs")


@dataclass(slots=True, kw_only=True)
class JobContext:
    """The engine's parts. `stopping` closes the door for new paid requests; what is under way ends."""

    clock: Clock
    store: JobStore
    publisher: Publisher
    providers: Mapping[str, Provider]
    offers: Offers
    files: ClipFiles
    timing: Timing
    limits: FetchLimits
    deadlines_s: Mapping[str, float] = field(default_factory=dict)  # by account; else that of `timing`
    kept_days: int = 7
    remix_methods: tuple[RemixMethod, ...] = ("native", "edit", "image")  # of the remix ladder, as the host allows them
    booted_at: float = 0.0
    on_unknown: Literal["ask", "give_up"] = "ask"  # what becomes of a paid request that nobody can find
    upload_limit_bytes: int | None = None  # the host's word; None: what Discord says
    object_storage: ObjectStorage | None = None
    servers: ServerSettingsReader | None = None  # None: no server has rules, and no limits hold but the host's
    host_budget: HostBudget = field(default_factory=HostBudget)
    metrics: JobMetrics = field(default_factory=NullJobMetrics)
    stopping: bool = False
    poll_queue: PollQueue = field(default_factory=PollQueue)  # the jobs that render
    queue_state: FairQueueState = field(default_factory=FairQueueState)
    intents: dict[str, float] = field(default_factory=dict)  # job -> monotonic time of its intent in this process
    posted: dict[str, float] = field(default_factory=dict)  # job -> monotonic time of its last post in this process
    started: float = field(init=False)  # monotonic
    render_stats: RenderStats = field(init=False)

    def __post_init__(self) -> None:
        self.started = self.clock.monotonic()
        self.render_stats = RenderStats(self.store)

    @property
    def foreground(self) -> ForegroundGate:
        """Towards those who wait for an answer."""
        return self.limits.foreground

    def provider(self, job: Job) -> Provider | None:
        """The account that has the job, or is to have it; None where the host has taken it out."""
        return self.providers.get(job.account)

    def deadline_s(self, job: Job) -> float:
        """Return the seconds after its submission at which a job that still renders is held for a person."""
        return self.deadlines_s.get(job.account, self.timing.deadline_s)
