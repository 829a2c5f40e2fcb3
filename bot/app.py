"""Where the parts meet: builds the bot from its settings, runs it, and lets it end in order."""

import asyncio
import logging
import math
import sys
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import discord

from bot.catalogue.load import load_catalogue
from bot.catalogue.offers import Offers
from bot.chat.delivery.attachments import Attachments
from bot.chat.delivery.budget_alerts import BudgetAlerts
from bot.chat.delivery.publisher import DiscordPublisher
from bot.chat.permissions.request_policy import RequestPolicy
from bot.chat.permissions.video_access import VideoAccess
from bot.chat.requests.job_actions import JobActionHandler
from bot.chat.requests.submission import RequestSubmission
from bot.client import RetakeBot, Services
from bot.foreground import ForegroundGate
from bot.health import serving
from bot.jobs.limits import HostBudget
from bot.media.object_storage import BucketStorage
from bot.metrics import Gateway, Metrics
from bot.net.client import Downloads
from bot.net.moderation import Moderation
from bot.net.ssrf_guard import GuardBroken, SsrfGuard
from bot.ordering.service import JobService
from bot.ports.clock import SystemClock
from bot.ports.provider import FetchLimits, Provider
from bot.providers import build_provider
from bot.providers.account import Account
from bot.settings import AccountSettings, Settings
from bot.store.database import Database
from bot.store.jobs import SqlJobStore
from bot.store.maintenance import DATABASE
from bot.store.repositories import build_repositories
from bot.worker.clip_files import ClipFiles
from bot.worker.context import JobContext
from bot.worker.disk_quota import keep_tidy
from bot.worker.engine import Worker
from bot.worker.poll_schedule import Timing

log = logging.getLogger("retake.app")

EXIT_CONFIG = 78  # sysexits.h
DRAIN_S = 25.0
ALIVE_EVERY_S = 15.0


def account_from(name: str, settings: AccountSettings) -> Account:
    """An account's settings in the adapters' terms."""
    kind = settings.kind or name
    return Account(
        name=name,
        kind=kind,
        title=settings.title or "",
        base_url=settings.base_url or "",
        key=settings.key.get_secret_value() if settings.key is not None else "",
        flavour=settings.flavour if kind == "openai_videos" else "",
        protocol=settings.protocol if kind == "octopusx" else "",
        encoding=settings.encoding,
        requests_per_s=settings.requests_per_s,
        jobs_at_once=settings.jobs_at_once,
        deadline_s=settings.deadline_h * 3600.0,
    )


def host_budget_of(settings: Settings) -> HostBudget:
    """What the whole bot may spend."""
    day, month = settings.budget_day_usd, settings.budget_month_usd
    return HostBudget(
        day_micros=None if day is None else int(day * 1_000_000),
        month_micros=None if month is None else int(month * 1_000_000),
    )


def moderator_of(settings: Settings, guard: SsrfGuard) -> Moderation | None:
    """Who looks at prompts, if the host has set up anybody."""
    if settings.moderation_url is None:
        return None
    key = settings.moderation_key.get_secret_value() if settings.moderation_key is not None else ""
    return Moderation(
        settings.moderation_url, key, guard, fail=settings.moderation_fail, model=settings.moderation_model or ""
    )


def alive_file(settings: Settings) -> Path:
    return settings.data / "alive"


class App:
    """One run of the bot on one database."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self._settings = settings
        self._clock = SystemClock()
        self._store = SqlJobStore(database)
        self._guard = SsrfGuard(settings.allow_hosts, settings.nat64_prefixes)
        self._object_storage = BucketStorage(settings.storage_url) if settings.storage_url else None
        accounts = [account_from(name, each) for name, each in settings.accounts.items()]
        self._offers = Offers(load_catalogue(settings.catalogue), accounts, default=settings.default_model)
        self._providers: dict[str, Provider] = {each.name: build_provider(each, self._guard) for each in accounts}
        self._downloads = Downloads(self._guard)
        self._repositories = build_repositories(database)
        self._screen = moderator_of(settings, self._guard)
        self._booted_at = self._clock.now()
        self._stopped = asyncio.Event()
        self._bot: RetakeBot | None = None
        self._metrics = Metrics(settings.data / DATABASE, self._gateway, settings.accounts)

    def stop(self) -> None:
        """Asked to end: SIGTERM or SIGINT."""
        self._stopped.set()

    async def close(self) -> None:
        for provider in self._providers.values():
            await provider.close()
        await self._downloads.close()
        if self._screen is not None:
            await self._screen.close()

    async def run(self) -> int:
        """Until asked to stop. A client that cannot connect is built anew, with growing pauses."""
        try:
            await self._downloads.self_test()
        except GuardBroken as error:
            print(type(error).__doc__, file=sys.stderr)  # noqa: T201
            return EXIT_CONFIG
        life = asyncio.create_task(self._touch_alive_file(), name="sign of life")
        try:
            async with serving(self._settings.health_port, self._metrics, self._stopped.is_set):
                return await self._run_until_stopped()
        finally:
            life.cancel()

    async def _run_until_stopped(self) -> int:
        pause_s = 1.0
        while not self._stopped.is_set():
            bot, engine = self._build()
            try:
                return await self._serve(bot, engine)
            except discord.LoginFailure:
                print("Discord refuses the bot token. Check RETAKE_DISCORD_TOKEN.", file=sys.stderr)  # noqa: T201
                return EXIT_CONFIG
            except discord.PrivilegedIntentsRequired:
                raise
            except (discord.DiscordException, aiohttp.ClientError, OSError, TimeoutError, AttributeError) as error:
                # AttributeError: discord.py 2.7.1 trips over a first handshake that fails (its issue 10520).
                log.warning("could not connect to Discord", extra={"why": type(error).__name__})
            await self._pause(pause_s)
            pause_s = min(60.0, pause_s * 2)
        return 0

    def _gateway(self) -> Gateway:
        """The line to Discord, as it is now."""
        bot = self._bot
        if bot is None or bot.is_closed() or not bot.is_ready():
            return Gateway()
        connected = sum(not shard.is_closed() for shard in bot.shards.values())
        latency_s = bot.latency if math.isfinite(bot.latency) else None
        return Gateway(shards=len(bot.shards), connected=connected, latency_s=latency_s)

    async def _touch_alive_file(self) -> None:
        """Touch a file while the event loop turns; `python -m bot healthy` looks at it."""
        while True:
            alive_file(self._settings).touch()
            await asyncio.sleep(ALIVE_EVERY_S)

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._stopped.wait()
        except TimeoutError:
            return

    def _build(self) -> tuple[RetakeBot, Worker]:
        settings = self._settings
        bot = self._bot = RetakeBot()
        cdn = urlsplit(settings.discord_cdn).netloc if settings.discord_cdn else None
        foreground = ForegroundGate()
        publisher = DiscordPublisher(
            bot, self._clock, foreground, Attachments(self._downloads, cdn), self._offers.title_of
        )
        context = JobContext(
            clock=self._clock,
            store=self._store,
            publisher=publisher,
            providers=self._providers,
            offers=self._offers,
            files=ClipFiles(settings.data, foreground),
            timing=Timing(first_check_s=settings.first_check_s, check_every_s=settings.check_every_s),
            limits=FetchLimits(
                max_bytes=settings.clip_limit_mb << 20, wall_s=240.0, min_bytes_per_s=20_000, foreground=foreground
            ),
            kept_days=settings.kept_days,
            upload_limit_bytes=settings.upload_limit_mb << 20 if settings.upload_limit_mb else None,
            object_storage=self._object_storage,
            remix_methods=settings.remix_rungs,
            booted_at=self._booted_at,
            metrics=self._metrics,
            servers=self._repositories.servers,
            host_budget=host_budget_of(settings),
        )
        context.files.prepare()
        engine, job_service = Worker(context), JobService(context)
        video_access = VideoAccess()
        budget_alerts = BudgetAlerts(bot, context, self._repositories)
        submission = RequestSubmission(
            context,
            job_service,
            engine,
            publisher,
            RequestPolicy(self._repositories.servers, self._clock, self._screen),
            budget_alerts,
        )
        bot.services = Services(
            context=context,
            store=self._store,
            job_service=job_service,
            engine=engine,
            submission=submission,
            video_access=video_access,
            job_actions=JobActionHandler(context, job_service, engine, submission, video_access),
            budget_alerts=budget_alerts,
        )
        return bot, engine

    async def _serve(self, bot: RetakeBot, engine: Worker) -> int:
        """Log in, work, drain."""
        async with bot:
            await bot.login(self._settings.token)
            loop = asyncio.create_task(engine.run(), name="engine")
            gateway = asyncio.create_task(bot.connect(), name="gateway")
            stopped = asyncio.create_task(self._stopped.wait(), name="stop signal")
            shelf = asyncio.create_task(keep_tidy(engine.context, int(self._settings.keep_gb * 1e9)), name="shelf")
            await asyncio.wait({gateway, stopped, loop}, return_when=asyncio.FIRST_COMPLETED)
            stopped.cancel()
            shelf.cancel()
            await engine.stop(DRAIN_S)
            await loop
            if not gateway.done():
                await bot.close()
            await gateway
        log.info("stopped")
        return 0
