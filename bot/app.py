"""Composition root: builds the bot from settings, runs it and shuts it down in order."""

import asyncio
import logging
import math
import sys
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import discord

from bot.background import TaskSet, wait_for_event
from bot.catalogue.load import load_catalogue
from bot.catalogue.offers import Offers
from bot.chat.delivery.attachments import Attachments
from bot.chat.delivery.publisher import DiscordPublisher
from bot.chat.services import build_chat_services
from bot.chat.views.thumbnails import Thumbnails
from bot.client import RetakeBot
from bot.foreground import ForegroundGate
from bot.health import serving
from bot.media.object_storage import BucketStorage
from bot.metrics import Gateway, Metrics
from bot.net.downloads import Downloads
from bot.net.moderation import ModerationClient
from bot.net.ssrf_guard import GuardBroken, SsrfGuard
from bot.ordering.service import JobService
from bot.ports.clock import SystemClock
from bot.ports.provider import FetchLimits, Provider
from bot.providers import build_provider
from bot.readiness import Readiness
from bot.settings import Settings
from bot.store.database import Database
from bot.store.jobs import SqlJobStore
from bot.store.maintenance import DATABASE
from bot.store.repositories import build_repositories
from bot.worker.clip_files import ClipFiles
from bot.worker.context import JobContext
from bot.worker.disk_quota import keep_quota
from bot.worker.engine import Worker
from bot.worker.poll_schedule import Timing
from bot.worker.retention import RetentionSweep

log = logging.getLogger("retake.app")

EXIT_CONFIG = 78  # sysexits.h
DRAIN_S = 25.0
ALIVE_EVERY_S = 5.0


def _moderation(settings: Settings, guard: SsrfGuard) -> ModerationClient | None:
    """Return the client of the moderation endpoint, or None if the host hasn't set one up."""
    if settings.moderation_url is None:
        return None
    key = settings.moderation_key.get_secret_value() if settings.moderation_key is not None else ""
    return ModerationClient(
        settings.moderation_url, key, guard, fail=settings.moderation_fail, model=settings.moderation_model or ""
    )


def alive_file(settings: Settings) -> Path:
    return settings.data / "alive"


def touch_alive_file(settings: Settings) -> None:
    """Set the file's time to now. Only its owner may read it, and one of an earlier version is made so."""
    path = alive_file(settings)
    path.touch(mode=0o600)
    path.chmod(0o600)


class App:
    """One run of the bot on one database."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self._settings = settings
        self._clock = SystemClock()
        self._store = SqlJobStore(database)
        self._guard = SsrfGuard(settings.allow_hosts, settings.nat64_prefixes)
        self._object_storage = BucketStorage(settings.storage_url) if settings.storage_url else None
        accounts = settings.account_list()
        self._offers = Offers(load_catalogue(settings.catalogue), accounts, default=settings.default_model)
        self._providers: dict[str, Provider] = {
            account.name: build_provider(account, self._guard) for account in accounts
        }
        self._deadlines_s = {account.name: account.deadline_s for account in accounts}
        self._downloads = Downloads(self._guard)
        self._repositories = build_repositories(database)
        self._moderation = _moderation(settings, self._guard)
        self._booted_at = self._clock.now()
        self._stopped = asyncio.Event()
        self._bot: RetakeBot | None = None
        self._metrics = Metrics(settings.data / DATABASE, self._gateway, settings.accounts)
        self._readiness = Readiness(self._metrics, self._stopped.is_set, database)

    def stop(self) -> None:
        """Stop the run: called on SIGTERM and SIGINT."""
        self._stopped.set()

    async def close(self) -> None:
        for provider in self._providers.values():
            await provider.close()
        await self._downloads.close()
        if self._moderation is not None:
            await self._moderation.close()

    async def run(self) -> int:
        """Run until asked to stop and return the exit code. A client that can't connect is rebuilt after a pause."""
        try:
            await self._downloads.self_test()
        except GuardBroken as error:
            print(type(error).__doc__, file=sys.stderr)  # noqa: T201
            return EXIT_CONFIG
        alive = asyncio.create_task(self._touch_alive_file(), name="alive file")
        try:
            async with serving(self._settings.health_port, self._metrics, self._readiness):
                return await self._run_until_stopped()
        finally:
            alive.cancel()

    async def _run_until_stopped(self) -> int:
        pause_s = 1.0
        while not self._stopped.is_set():
            bot, worker, sweep = self._build()
            try:
                return await self._serve(bot, worker, sweep)
            except discord.LoginFailure:
                print("Discord refuses the bot token. Check RETAKE_DISCORD_TOKEN.", file=sys.stderr)  # noqa: T201
                return EXIT_CONFIG
            except discord.PrivilegedIntentsRequired:
                raise
            except (discord.DiscordException, aiohttp.ClientError, OSError, TimeoutError, AttributeError) as error:
                # AttributeError: discord.py 2.7.1 trips over a first handshake that fails (its issue 10520).
                log.warning("could not connect to Discord", extra={"why": type(error).__name__})
            await wait_for_event(self._stopped, pause_s)
            pause_s = min(60.0, pause_s * 2)
        return 0

    def _gateway(self) -> Gateway:
        """Return the state of the connection to Discord."""
        bot = self._bot
        if bot is None or bot.is_closed() or not bot.is_ready():
            return Gateway()
        connected = sum(not shard.is_closed() for shard in bot.shards.values())
        latency_s = bot.latency if math.isfinite(bot.latency) else None
        return Gateway(shards=len(bot.shards), connected=connected, latency_s=latency_s)

    async def _touch_alive_file(self) -> None:
        """Touch a file while the event loop runs, and write what isn't ready: `python -m bot healthy` reads it."""
        while True:
            try:
                touch_alive_file(self._settings)
                says = await self._readiness.not_ready()
                alive_file(self._settings).write_text("".join(f"{sentence}\n" for sentence in says))
            except OSError as error:
                # Kept alive: the task. `healthy` fails until the disk takes it.
                log.warning("could not touch the alive file", extra={"why": error.strerror or str(error)})
            await asyncio.sleep(ALIVE_EVERY_S)

    def _build(self) -> tuple[RetakeBot, Worker, RetentionSweep]:
        """Build a client, and the worker and handlers that use it."""
        settings, foreground = self._settings, ForegroundGate()
        bot = self._bot = RetakeBot()
        cdn = urlsplit(settings.discord_cdn).netloc if settings.discord_cdn else None
        publisher = DiscordPublisher(
            bot, self._clock, foreground, Attachments(self._downloads, cdn), self._offers.title_for
        )
        context = self._job_context(publisher, foreground)
        worker = Worker(context)
        job_service = JobService(
            store=self._store,
            clock=self._clock,
            offers=self._offers,
            remix_methods=settings.remix_rungs,
            servers=self._repositories.servers,
            host_budget=settings.host_budget(),
            lease_s=context.timing.lease_s,
            wake=worker.wake_up,
            drop_poll=context.poll_queue.drop,
        )
        thumbnails = Thumbnails(context.files.clips.with_name("thumbs"))
        sweep = RetentionSweep(
            context,
            self._repositories.retention,
            job_service.give_up,
            drop=thumbnails.drop_id,
            present=bot.present_guilds,
        )
        bot.services = build_chat_services(
            bot,
            clock=self._clock,
            store=self._store,
            offers=self._offers,
            repositories=self._repositories,
            clips=context.files.clips,
            foreground=foreground,
            host_budget=settings.host_budget(),
            job_service=job_service,
            publisher=publisher,
            moderator=self._moderation,
            thumbnails=thumbnails,
            delete_member=sweep.delete_member,
        )
        return bot, worker, sweep

    def _job_context(self, publisher: DiscordPublisher, foreground: ForegroundGate) -> JobContext:
        settings = self._settings
        context = JobContext(
            clock=self._clock,
            store=self._store,
            publisher=publisher,
            providers=self._providers,
            offers=self._offers,
            files=ClipFiles(settings.data, foreground),
            timing=Timing(first_check_s=settings.first_check_s, check_every_s=settings.check_every_s),
            limits=FetchLimits(
                max_bytes=settings.clip_limit_mb << 20, timeout_s=240.0, min_bytes_per_s=20_000, foreground=foreground
            ),
            deadlines_s=self._deadlines_s,
            kept_days=settings.kept_days,
            upload_limit_bytes=settings.upload_limit_mb << 20 if settings.upload_limit_mb else None,
            object_storage=self._object_storage,
            booted_at=self._booted_at,
            metrics=self._metrics,
            servers=self._repositories.servers,
        )
        context.files.prepare()
        return context

    async def _serve(self, bot: RetakeBot, worker: Worker, sweep: RetentionSweep) -> int:
        """Log in, run until the process is asked to stop or the connection ends, then drain."""
        background = TaskSet()
        async with bot:
            await bot.login(self._settings.token)
            loop = asyncio.create_task(worker.run(), name="worker")
            gateway = asyncio.create_task(bot.connect(), name="gateway")
            stopped = background.start(self._stopped.wait(), name="stop signal")
            background.start(keep_quota(worker.context, int(self._settings.keep_gb * 1e9)), name="disk quota")
            background.start(sweep.run(), name="retention")
            background.start(bot.services.confirmations.run(), name="confirmations")
            await asyncio.wait({gateway, stopped, loop}, return_when=asyncio.FIRST_COMPLETED)
            await background.close()
            await worker.stop(DRAIN_S)
            await loop
            if not gateway.done():
                await bot.close()
            await gateway
        log.info("stopped")
        return 0
