"""Simulated bot processes: the real worker and JobService on a real database, with a fake provider and Discord."""

import asyncio
import contextlib
import contextvars
import random
import string
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast
from unittest.mock import patch

from bot.catalogue.model import Model, Price
from bot.catalogue.offers import Offers
from bot.jobs.job import Job, Kind, RequestOrigin
from bot.ordering.quote import Request
from bot.ports.job_store import JobStore
from bot.ports.provider import FetchLimits, Provider
from bot.ports.publisher import Publisher
from bot.store.jobs import SqlJobStore
from bot.store.sql_database import SqlDatabase
from bot.worker.clip_files import ClipFiles
from bot.worker.context import JobContext
from bot.worker.engine import Worker
from bot.worker.poll_schedule import Timing
from tests.faults.ablation import Rule, disable_rule, store_without
from tests.faults.clip import CLIP
from tests.faults.crash_injection import CrashingStore, CrashInjector, CrashPoint
from tests.faults.fake_provider import Capability, FakeProvider, KeyedProvider, ListingProvider
from tests.faults.fake_publisher import FakePublisher
from tests.faults.fault_rates import NO_FAULTS, FaultRates
from tests.faults.ground_truth import DiscordChannel, ProviderLedger
from tests.faults.virtual_time import OWNER, ProcessClock, VirtualClock, VirtualLoop, create_owned_task
from tests.service_factory import create, job_service_of
from tests.stores import open_inline

LIMITS = FetchLimits(max_bytes=1 << 20, timeout_s=60.0, min_bytes_per_s=1)
PROVIDER_CLASSES: Mapping[Capability, type[FakeProvider]] = {
    "none": FakeProvider,
    "list": ListingProvider,
    "key": KeyedProvider,
}


class FakeAccount:
    """Account data for the offers."""

    kind = "fake"
    flavour = ""
    price = None
    models = ()
    off = None

    def __init__(self, name: str) -> None:
        self.name = name


MODEL = Model(
    key="fake", kind="fake", title="Fake", wire="fake", family="fake", price=Price(video_micros=100_000), first_s=10.0
)


@dataclass
class FaultEnvironment:
    """Everything that outlives a process: database, files, provider ledger, channel and time."""

    database: SqlDatabase
    data: Path
    rng: random.Random
    fault_rates: FaultRates = NO_FAULTS
    disabled_rule: Rule | None = None
    clock: VirtualClock = field(default_factory=VirtualClock)
    provider_ledger: ProviderLedger = field(default_factory=ProviderLedger)
    channel: DiscordChannel = field(default_factory=DiscordChannel)
    # Job id -> number of times its requester agreed to pay again.
    accepted_resends: dict[str, int] = field(default_factory=dict)
    kills: int = 0
    server_crashes: int = 0  # of PostgreSQL
    disk_full_until: float = -1.0  # the disk is full until this monotonic time
    process: "ProcessRun | None" = None
    timing: Timing = field(default_factory=lambda: Timing(lease_s=120.0))
    last_interaction_id: int = 1000

    def start_process(self, *, kill_rate: float = 0.0, points: frozenset[CrashPoint] = frozenset()) -> "ProcessRun":
        """Start a process."""
        self.process = ProcessRun(self, kill_rate, points)
        self.process.start()
        return self.process

    def store(self) -> SqlJobStore:
        """Return a store without crash injection, for assertions."""
        return SqlJobStore(self.database)

    def disk_is_full(self) -> bool:
        return asyncio.get_running_loop().time() < self.disk_full_until


class ProcessRun:
    """One process, from its start to its end."""

    def __init__(self, environment: FaultEnvironment, kill_rate: float, points: frozenset[CrashPoint]) -> None:
        self.environment = environment
        self.tasks: dict[asyncio.Task[Any], None] = {}  # used as an ordered set
        self.exited = asyncio.Event()
        self.crash_injector = CrashInjector(
            environment.rng, self._on_kill, kill_rate=kill_rate, points=points, disk_full=environment.disk_is_full
        )
        self.clock = ProcessClock(environment.clock)
        shared = (
            environment.provider_ledger,
            self.crash_injector,
            environment.clock,
            environment.rng,
            environment.fault_rates,
            CLIP,
        )
        self.providers = {name: provider_class(name, *shared) for name, provider_class in PROVIDER_CLASSES.items()}
        self.publisher = FakePublisher(
            environment.channel, self.crash_injector, environment.clock, environment.rng, environment.fault_rates
        )
        store = CrashingStore(store_without(environment.disabled_rule)(environment.database), self.crash_injector)
        self.context = disable_rule(
            environment.disabled_rule,
            JobContext(
                clock=self.clock,
                store=cast(JobStore, store),
                publisher=cast(Publisher, self.publisher),
                providers=cast(Mapping[str, Provider], self.providers),
                offers=Offers([MODEL], [FakeAccount(name) for name in PROVIDER_CLASSES]),
                files=ClipFiles(environment.data),
                timing=environment.timing,
                limits=LIMITS,
                booted_at=self.clock.now(),
            ),
        )
        self.context.files.prepare()
        self.worker = Worker(self.context)
        self.job_service = job_service_of(self.context, self.worker.wake_up)

    def start(self) -> None:
        self.run_task(self.worker.run())

    def run_task(self, work: Any) -> "asyncio.Task[Any]":
        """Start a task that is cancelled when the process is killed."""
        context = contextvars.copy_context()
        context.run(OWNER.set, self.tasks)
        return context.run(asyncio.get_running_loop().create_task, work)

    def _on_kill(self) -> None:
        self.environment.kills += 1
        self.exited.set()
        for task in list(self.tasks):
            task.cancel()

    def kill(self) -> None:
        self.crash_injector.kill()

    async def stop(self) -> None:
        """Shut down as on SIGTERM."""
        await self.worker.stop(25.0)
        await asyncio.gather(*self.tasks, return_exceptions=True)
        self.crash_injector.dead = True

    async def request_video(self, capability: Capability, takes: int = 1) -> Job | None:
        """Request a video as a member does: row, private answer, its record, status message, confirmation.

        With several `takes`, return the first. Discord accepts the answer and the status message unless a fault occurs.
        """
        environment = self.environment
        environment.last_interaction_id += 1
        origin = RequestOrigin(
            user_id=1, guild_id=1, channel_id=1, interaction_id=environment.last_interaction_id, interaction_token="t"
        )
        request = Request(kind=Kind.GENERATE, prompt="a paper boat", model=f"fake@{capability}", takes=takes)
        job = await create(self.job_service, origin, request)
        if job is None:
            return None
        self.crash_injector.reach("discord.answer", "before")
        outcome = environment.rng.random()
        if outcome < environment.fault_rates.respond / 2:
            return job  # Discord did not receive it
        message_id = environment.channel.respond(job.id, environment.clock.true_time())
        self.crash_injector.reach("discord.answer", "after")
        if outcome < environment.fault_rates.respond:
            return job  # Discord received it; the bot does not know
        answered = await self.job_service.record_answer(job, message_id)
        if answered is None:
            return job
        self.crash_injector.reach("discord.status", "before")
        if environment.rng.random() < environment.fault_rates.respond / 2:
            return job  # Discord did not receive it
        status_id = environment.channel.post_status(job.id, environment.clock.true_time())
        self.crash_injector.reach("discord.status", "after")
        await self.job_service.confirm(answered, status_id)
        self.worker.wake_up()
        return job


def memory_folder() -> "tempfile.TemporaryDirectory[str]":
    """Create a temporary folder, in memory if possible."""
    memory = Path("/dev/shm")  # noqa: S108
    return tempfile.TemporaryDirectory(prefix="retake-faults-", dir=memory if memory.is_dir() else None)


@contextlib.contextmanager
def seeded_ids(rng: random.Random) -> Iterator[None]:
    """Derive job ids and codes from the seed, so that equal seeds sort equally."""

    def new_id() -> str:
        return "".join(rng.choices(string.ascii_letters, k=22))

    def new_code(length: int = 4) -> str:
        return "".join(rng.choices(string.ascii_uppercase, k=length))

    with (
        patch("bot.ordering.new_job.new_job_id", new_id),
        patch("bot.ordering.takes.new_bundle_id", new_id),
        patch("bot.ordering.new_job.new_code", new_code),
    ):
        yield


@contextlib.asynccontextmanager
async def open_environment(
    seed: int = 0, *, rates: FaultRates = NO_FAULTS, rule: Rule | None = None
) -> AsyncIterator[FaultEnvironment]:
    """Open an environment for the length of a block. Requires the virtual event loop."""
    asyncio.get_running_loop().set_task_factory(create_owned_task)
    rng = random.Random(seed)  # noqa: S311
    with memory_folder() as folder, seeded_ids(rng):
        data = Path(folder)
        database = await open_inline(data / "retake.sqlite3")
        environment = FaultEnvironment(database, data, rng, fault_rates=rates, disabled_rule=rule)
        try:
            yield environment
        finally:
            if environment.process is not None:
                environment.process.kill()
            await asyncio.sleep(0)
            await database.close()


def run_in_virtual_time(work: Callable[[], Any]) -> Any:
    """Run a coroutine function in virtual time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(work())
