"""Lives of a pretended bot process: the real engine and desk, between fakes, on one real database."""

import asyncio
import contextlib
import contextvars
import random
import string
import struct
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
from bot.store.database import Database
from bot.store.jobs import SqlJobStore
from bot.worker.clip_files import ClipFiles
from bot.worker.context import JobContext
from bot.worker.engine import Worker
from bot.worker.poll_schedule import Timing
from tests.faults.ablation import Rule, store_without, without
from tests.faults.crash_injection import Gate, GatedStore, Point
from tests.faults.fake_provider import Ability, FakeProvider, KeyedProvider, ListingProvider
from tests.faults.fake_publisher import FakePublisher
from tests.faults.fault_rates import CALM, Odds
from tests.faults.ground_truth import Channel, ProviderBooks
from tests.faults.virtual_time import OWNER, LifeClock, VirtualClock, VirtualLoop, keep_owner
from tests.service_factory import create, job_service_of

LIMITS = FetchLimits(max_bytes=1 << 20, wall_s=60.0, min_bytes_per_s=1)
KINDS: Mapping[Ability, type[FakeProvider]] = {"none": FakeProvider, "list": ListingProvider, "key": KeyedProvider}


def _box(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(body), name) + body


def _index(media_at: int) -> bytes:
    mvhd = _box(b"mvhd", struct.pack(">IIIII", 0, 0, 0, 1000, 1000) + bytes(80))
    tkhd = _box(b"tkhd", struct.pack(">IIII", 7, 0, 0, 1) + bytes(60) + struct.pack(">II", 64 << 16, 36 << 16))
    stsd = _box(b"stsd", struct.pack(">II", 0, 1) + _box(b"avc1", bytes(78)))
    stsz = _box(b"stsz", struct.pack(">IIII", 0, 0, 1, 64))
    stco = _box(b"stco", struct.pack(">III", 0, 1, media_at))
    hdlr = _box(b"hdlr", bytes(8) + b"vide" + bytes(13))
    mdhd = _box(b"mdhd", struct.pack(">IIIII", 0, 0, 0, 1000, 1000) + bytes(4))
    mdia = _box(b"mdia", mdhd + hdlr + _box(b"minf", _box(b"stbl", stsd + stsz + stco)))
    return _box(b"moov", mvhd + _box(b"trak", tkhd + mdia))


def tiny_clip() -> bytes:
    """The least that passes for a video: one second of 64 by 36 pixels in H.264."""
    head = _box(b"ftyp", b"isom\0\0\2\0isom")
    return head + _index(len(head) + len(_index(0)) + 8) + _box(b"mdat", bytes(64))


CLIP = tiny_clip()


class Seller:
    """An account, as the offers see it."""

    kind = "fake"
    flavour = ""
    off = None

    def __init__(self, name: str) -> None:
        self.name = name


MODEL = Model(
    key="fake", kind="fake", title="Fake", wire="fake", family="fake", price=Price(video_micros=100_000), first_s=10.0
)


@dataclass
class Ground:
    """What outlives every process: the database, the disk, the provider's books, the channel, time."""

    database: Database
    data: Path
    rng: random.Random
    odds: Odds = CALM
    rule: Rule | None = None
    clock: VirtualClock = field(default_factory=VirtualClock)
    books: ProviderBooks = field(default_factory=ProviderBooks)
    channel: Channel = field(default_factory=Channel)
    resent: dict[str, int] = field(default_factory=dict)  # job -> how often a person has accepted to pay again
    kills: int = 0
    full_until: float = -1.0  # the disk takes nothing before this monotonic time
    now: "Life | None" = None
    timing: Timing = field(default_factory=lambda: Timing(lease_s=120.0))
    interactions: int = 1000

    def live(self, *, kill_odds: float = 0.0, points: frozenset[Point] = frozenset()) -> "Life":
        """Start a process."""
        self.now = Life(self, kill_odds, points)
        self.now.start()
        return self.now

    def store(self) -> SqlJobStore:
        """The database as nobody's process: for looking."""
        return SqlJobStore(self.database)

    def disk_is_full(self) -> bool:
        return asyncio.get_running_loop().time() < self.full_until


class Life:
    """One process, from its start to its kill."""

    def __init__(self, ground: Ground, kill_odds: float, points: frozenset[Point]) -> None:
        self.ground = ground
        self.tasks: dict[asyncio.Task[Any], None] = {}  # a set that keeps its order
        self.died = asyncio.Event()
        self.gate = Gate(ground.rng, self._die, odds=kill_odds, points=points, disk_full=ground.disk_is_full)
        self.clock = LifeClock(ground.clock)
        facts = (ground.books, self.gate, ground.clock, ground.rng, ground.odds, CLIP)
        self.providers = {name: kind(name, *facts) for name, kind in KINDS.items()}
        self.publisher = FakePublisher(ground.channel, self.gate, ground.clock, ground.rng, ground.odds)
        store = GatedStore(store_without(ground.rule)(ground.database), self.gate)
        self.context = without(
            ground.rule,
            JobContext(
                clock=self.clock,
                store=cast(JobStore, store),
                publisher=cast(Publisher, self.publisher),
                providers=cast(Mapping[str, Provider], self.providers),
                offers=Offers([MODEL], [Seller(name) for name in KINDS]),
                files=ClipFiles(ground.data),
                timing=ground.timing,
                limits=LIMITS,
                booted_at=self.clock.now(),
            ),
        )
        self.context.files.prepare()
        self.engine = Worker(self.context)
        self.job_service = job_service_of(self.context, self.engine.wake_up)

    def start(self) -> None:
        self.do(self.engine.run())

    def do(self, work: Any) -> "asyncio.Task[Any]":
        """Something that this process does: it ends with it."""
        context = contextvars.copy_context()
        context.run(OWNER.set, self.tasks)
        return context.run(asyncio.get_running_loop().create_task, work)

    def _die(self) -> None:
        self.ground.kills += 1
        self.died.set()
        for task in list(self.tasks):
            task.cancel()

    def kill(self) -> None:
        self.gate.kill()

    async def stop(self) -> None:
        """SIGTERM."""
        await self.engine.stop(25.0)
        await asyncio.gather(*self.tasks, return_exceptions=True)
        self.gate.dead = True

    async def order(self, ability: Ability) -> Job | None:
        """A member orders; Discord takes the answer, mostly."""
        ground = self.ground
        ground.interactions += 1
        asked = RequestOrigin(
            user_id=1, guild_id=1, channel_id=1, interaction_id=ground.interactions, interaction_token="t"
        )
        request = Request(kind=Kind.GENERATE, prompt="a paper boat", model=f"fake@{ability}")
        job = await create(self.job_service, asked, request)
        if job is None:
            return None
        self.gate.step("discord.answer", "before")
        fate = ground.rng.random()
        if fate < ground.odds.answered / 2:
            return job  # Discord never had it
        message_id = ground.channel.answer(job.id, ground.clock.true())
        self.gate.step("discord.answer", "after")
        if fate < ground.odds.answered:
            return job  # the answer is there, and we do not know
        await self.job_service.confirm(job, message_id)
        self.engine.wake_up()
        return job


def quiet_folder() -> "tempfile.TemporaryDirectory[str]":
    """In memory where there is such a place: what is fsynced here need not outlive the machine."""
    memory = Path("/dev/shm")  # noqa: S108
    return tempfile.TemporaryDirectory(prefix="retake-faults-", dir=memory if memory.is_dir() else None)


@contextlib.contextmanager
def seeded_names(rng: random.Random) -> Iterator[None]:
    """Ids and codes from the seed: what is sorted by them is sorted alike every time."""

    def new_id() -> str:
        return "".join(rng.choices(string.ascii_letters, k=22))

    def new_code(length: int = 4) -> str:
        return "".join(rng.choices(string.ascii_uppercase, k=length))

    with patch("bot.ordering.service.new_job_id", new_id), patch("bot.ordering.service.new_code", new_code):
        yield


@contextlib.asynccontextmanager
async def open_ground(seed: int = 0, *, odds: Odds = CALM, rule: Rule | None = None) -> AsyncIterator[Ground]:
    """A ground to live on, for the length of a block, inside a virtual loop."""
    asyncio.get_running_loop().set_task_factory(keep_owner)
    rng = random.Random(seed)  # noqa: S311
    with quiet_folder() as folder, seeded_names(rng):
        data = Path(folder)
        database = await Database.open(data / "retake.sqlite3", inline=True)
        await database.run("PRAGMA synchronous=OFF")
        ground = Ground(database, data, rng, odds=odds, rule=rule)
        try:
            yield ground
        finally:
            if ground.now is not None:
                ground.now.kill()
            await asyncio.sleep(0)
            await database.close()


def virtually(work: Callable[[], Any]) -> Any:
    """Run a coroutine function in virtual time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(work())
