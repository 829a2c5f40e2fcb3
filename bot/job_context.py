"""Build what the steps of jobs use from the settings."""

from collections.abc import Mapping
from dataclasses import replace

from bot.catalogue.offers import Offers
from bot.file_storage import files_folder
from bot.foreground import ForegroundGate
from bot.jobs.server_settings import ServerSettingsReader
from bot.ports.clock import Clock
from bot.ports.file_store import FileStore
from bot.ports.host_alarm import HostAlarm
from bot.ports.job_store import JobStore
from bot.ports.metrics import JobMetrics
from bot.ports.object_storage import ObjectStorage
from bot.ports.provider import FetchLimits, Provider
from bot.ports.publisher import Publisher
from bot.ports.sweeps import SweepLock
from bot.settings import Settings
from bot.worker.clip_files import ClipFiles
from bot.worker.context import JobContext
from bot.worker.leases import LEASE_S, Leases
from bot.worker.poll_schedule import Timing

SHARED_PART_S = 3600.0  # unfinished files that are younger may be those of the other process


def build_job_context(
    settings: Settings,
    *,
    clock: Clock,
    store: JobStore,
    publisher: Publisher,
    providers: Mapping[str, Provider],
    offers: Offers,
    foreground: ForegroundGate,
    object_storage: ObjectStorage | None,
    file_store: FileStore,
    sweep_lock: SweepLock,
    metrics: JobMetrics,
    host_alarm: HostAlarm,
    servers: ServerSettingsReader,
) -> JobContext:
    """Build the context and prepare its folders. Raise OSError."""
    context = JobContext(
        clock=clock,
        store=store,
        publisher=publisher,
        providers=providers,
        offers=offers,
        files=ClipFiles(files_folder(settings), foreground),
        file_store=file_store,
        sweep_lock=sweep_lock,
        timing=_timing(settings),
        limits=FetchLimits(
            max_bytes=settings.clip_limit_mb << 20, timeout_s=240.0, min_bytes_per_s=20_000, foreground=foreground
        ),
        deadlines_s={account.name: account.deadline_s for account in settings.account_list()},
        kept_days=settings.kept_days,
        upload_limit_bytes=settings.upload_limit_mb << 20 if settings.upload_limit_mb else None,
        object_storage=object_storage,
        booted_at=clock.now(),
        metrics=metrics,
        host_alarm=host_alarm,
        servers=servers,
    )
    if settings.role == "worker":
        context.leases = Leases(store, clock, context.poll_queue)
    context.files.prepare(min_age_s=0.0 if settings.role == "all" else SHARED_PART_S)
    return context


def _timing(settings: Settings) -> Timing:
    """Return the worker's intervals. Where several processes use a database, nobody's lease lasts for long."""
    timing = Timing(first_check_s=settings.first_check_s, check_every_s=settings.check_every_s)
    return timing if settings.role == "all" else replace(timing, lease_s=LEASE_S)
