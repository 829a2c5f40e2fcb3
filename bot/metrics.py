"""Prometheus metrics. Labels are accounts, models and closed sets, never personal data."""

import asyncio
import logging
import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from bot import __version__
from bot.jobs.errors import RetakeError
from bot.ports.metrics import SUBMITTED, outcome_of
from bot.store.location import StoreLocation
from bot.store.lock import CannotOpen
from bot.store.readonly import Damaged, TooSlow, Unreadable
from bot.store.stats import Stats, StatsReader

log = logging.getLogger("retake.metrics")

KEEP_S = 5.0  # a database reading is reused for this long
CONTENT_TYPE = CONTENT_TYPE_LATEST
_QUICK = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_SLOW = (1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0)
_LAG = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """The state of the gateway connection. `latency_s` is None before the first heartbeat is acknowledged."""

    shards: int = 0
    connected: int = 0
    latency_s: float | None = None

    @property
    def up(self) -> bool:
        return self.shards > 0 and self.connected == self.shards


class Metrics:
    """Implements `JobMetrics` with counters and histograms; reads gauges when they are scraped."""

    def __init__(
        self, location: StoreLocation, gateway: Callable[[], Gateway | None], accounts: Iterable[str] = ()
    ) -> None:
        self.registry = CollectorRegistry()
        self.gateway = gateway  # returns None in a process that never connects
        self._location = location
        self._gauges = StatsReader(location)
        self._reading: Stats | None = None
        self._read_at = -KEEP_S
        self.store_trouble = ""  # one sentence while the database can't be read
        self._turn = asyncio.Lock()
        self._build_counters()
        for account in accounts:  # a series that starts at 0 shows its first increase
            for outcome in SUBMITTED:
                self._submits.labels(account, outcome)
            self._asked.labels(account)
            self._words.labels(account)
        self.registry.register(_State(self))
        ProcessCollector(registry=self.registry)

    def _build_counters(self) -> None:
        own, account = self.registry, ("account",)
        self._submits = Counter(
            "retake_submits", "Paid requests, by what became of them.", ("account", "outcome"), registry=own
        )
        self._sent = Histogram(
            "retake_submit_seconds", "Until a paid request was answered.", account, buckets=_QUICK, registry=own
        )
        self._errors = Counter(
            "retake_provider_errors", "Errors of providers, by class.", ("account", "error"), registry=own
        )
        self._words = Counter(
            "retake_unknown_status", "Polls with a status word that isn't known.", account, registry=own
        )
        self._asked = Histogram(
            "retake_poll_seconds", "Until a provider said how its tasks are.", account, buckets=_QUICK, registry=own
        )
        self._late = Histogram(
            "retake_poll_late_seconds", "From due to asked.", buckets=(*_LAG, 30.0, 120.0), registry=own
        )
        self._fetched = Histogram(
            "retake_download_seconds", "To bring a clip to disk.", account, buckets=_SLOW, registry=own
        )
        self._rendered = Histogram(
            "retake_render_seconds", "From submitted to done.", ("account", "model"), buckets=_SLOW, registry=own
        )
        self._delivered = Histogram("retake_delivery_seconds", "From done to posted.", buckets=_SLOW, registry=own)
        self._lag = Histogram("retake_loop_lag_seconds", "How late the event loop turns.", buckets=_LAG, registry=own)
        self._scrapes = Counter("retake_scrape_failures", "Looks at the database that failed.", registry=own)
        info = Gauge("retake_build_info", "What runs.", ("version",), registry=own)
        info.labels(__version__).set(1)

    def submitted(self, account: str, took_s: float, error: RetakeError | None = None) -> None:
        self._sent.labels(account).observe(took_s)
        self._submits.labels(account, outcome_of(error)).inc()
        self._erred(account, error)

    def polled(self, account: str, took_s: float, error: RetakeError | None = None) -> None:
        self._asked.labels(account).observe(took_s)
        self._erred(account, error)

    def unknown_status(self, account: str) -> None:
        self._words.labels(account).inc()

    def poll_started_late(self, late_s: float) -> None:
        self._late.observe(max(0.0, late_s))

    def downloaded(self, account: str, took_s: float, error: RetakeError | None = None) -> None:
        if error is None:
            self._fetched.labels(account).observe(took_s)
        self._erred(account, error)

    def rendered(self, account: str, model: str, took_s: float) -> None:
        self._rendered.labels(account, model).observe(max(0.0, took_s))

    def delivered(self, after_s: float) -> None:
        self._delivered.observe(max(0.0, after_s))

    def lagged(self, lag_s: float) -> None:
        """Record the lag of the event loop, in seconds."""
        self._lag.observe(max(0.0, lag_s))

    def _erred(self, account: str, error: RetakeError | None) -> None:
        if error is not None:
            self._errors.labels(account, type(error).__name__).inc()

    async def look(self) -> Stats | None:
        """Return a reading of the database, at most 5 s old, or None if it can't be read."""
        async with self._turn:
            if time.monotonic() - self._read_at >= KEEP_S:
                try:
                    self._reading = await asyncio.to_thread(self._gauges.read, time.time())
                except (CannotOpen, Unreadable, TooSlow, OSError) as error:
                    log.warning("cannot read the gauges", extra={"why": type(error).__name__})
                    self._reading, self.store_trouble = None, _store_trouble(error)
                    self._scrapes.inc()
                self._read_at = time.monotonic()
            return self._reading

    async def text(self) -> bytes:
        """Return the metrics in Prometheus's text format."""
        await self.look()
        return generate_latest(self.registry)

    def state(self) -> Iterator[Metric]:
        """Yield the gauges that are read on scrape. Those of the database are omitted if it can't be read."""
        if (gateway := self.gateway()) is not None:
            yield _gauge("retake_gateway_up", "1 while every shard is connected.", float(gateway.up))
            yield _gauge("retake_gateway_shards_connected", "Shards that are connected.", gateway.connected)
            if gateway.latency_s is not None:
                yield _gauge("retake_gateway_latency_seconds", "Of the last heartbeat.", gateway.latency_s)
        try:
            yield _gauge("retake_disk_free_bytes", "Where the data lies.", shutil.disk_usage(self._location.data).free)
        except OSError:
            log.warning("cannot see the disk")
        if (size := self._size()) is not None:
            yield _gauge("retake_database_bytes", "The database and what is not yet merged in.", size)
        if self._reading is not None:
            yield from _of_reading(self._reading)

    def _size(self) -> int | None:
        if self._location.database_url:
            return self._reading.database_bytes if self._reading is not None else None
        return _file_size(self._location.file)


class _State(Collector):
    """Collects `Metrics.state` for the registry."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def describe(self) -> list[Metric]:
        """Return nothing, so that registering doesn't read the database."""
        return []

    def collect(self) -> Iterator[Metric]:
        return self._metrics.state()


def _of_reading(reading: Stats) -> Iterator[Metric]:
    jobs = GaugeMetricFamily("retake_jobs", "Jobs, by state.", labels=("state",))
    for state, count in reading.jobs.items():
        jobs.add_metric((state.value,), count)
    money = GaugeMetricFamily("retake_money_usd", "Sums of the ledger since its beginning.", labels=("pot",))
    for pot in ("reserved", "held", "spent", "released"):
        money.add_metric((pot,), getattr(reading, pot) / 1_000_000)
    yield jobs
    yield money
    yield _gauge(
        "retake_oldest_open_job_seconds", "Age of the oldest job that is not at an end.", reading.oldest_open_s
    )
    yield _gauge("retake_overdue_seconds", "How long a due job has been left alone.", reading.late_s)
    yield _gauge(
        "retake_database_rollback_timestamp_seconds",
        "The last start that found the database gone or older than its mark; 0 if none did.",
        reading.rolled_back_at,
    )
    yield _gauge("retake_starts", "Starts of the bot on this database.", reading.starts)
    yield _gauge("retake_look_seconds", "How long the look at the database took.", reading.took_s)


def _store_trouble(error: Exception) -> str:
    match error:
        case Damaged():
            return "The database is damaged: restore the newest backup."
        case TooSlow():
            return "The database responds too slowly."
        case CannotOpen():
            return str(error)
        case _:
            return "The database can't be read."


def _gauge(name: str, says: str, value: float) -> Metric:
    return GaugeMetricFamily(name, says, value=value)


def _file_size(database: Path) -> int:
    sizes = (path.stat().st_size for path in (database, database.with_name(f"{database.name}-wal")) if path.exists())
    return sum(sizes)
