"""Composition root: builds the bot from settings, runs it and shuts it down in order."""

import asyncio
import logging
import math
import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from socket import gethostname
from urllib.parse import urlsplit

import discord

from bot.background import TaskSet
from bot.catalogue.load import load_catalogue
from bot.catalogue.offers import Offers
from bot.chat.delivery.attachments import Attachments
from bot.chat.delivery.host_alarm import DiscordHostAlarm
from bot.chat.delivery.host_messages import HostMessages
from bot.chat.delivery.publisher import DiscordPublisher
from bot.chat.gateway.command_sync import CommandSync
from bot.chat.gateway.connection import Connection
from bot.chat.gateway.rest_client import RestClient, RestConnection
from bot.chat.gateway.rest_pace import paced
from bot.chat.services import build_chat_services
from bot.chat.views.thumbnails import Thumbnails
from bot.client import RetakeBot
from bot.file_storage import build_file_store, keep_files, open_bucket, trouble_in
from bot.foreground import ForegroundGate
from bot.health import serving
from bot.http_clients import moderation_of, writer_of
from bot.job_context import build_job_context
from bot.metrics import Gateway, Metrics
from bot.net.downloads import Downloads
from bot.net.ssrf_guard import GuardBroken, SsrfGuard
from bot.ordering.service import JobService
from bot.ports.host_alarm import HostAlarm
from bot.readiness import Readiness
from bot.scale.open import open_dispatcher
from bot.settings import Settings
from bot.several_gateways import build_client, shards_lost, start_gateway_tasks
from bot.shared_folder import SharedFolder
from bot.shared_work import build_providers, share_work
from bot.store.jobs import SqlJobStore
from bot.store.location import StoreLocation
from bot.store.open import sweep_lock
from bot.store.repositories import build_repositories
from bot.store.sql_database import SqlDatabase
from bot.webhooks import Webhooks, receiving
from bot.worker.account_pauses import follow_pauses
from bot.worker.cancellation import can_cancel
from bot.worker.context import JobContext
from bot.worker.engine import Worker
from bot.worker.model_lists import ModelLists
from bot.worker.retention import RetentionSweep

log = logging.getLogger("retake.app")

EXIT_CONFIG, EXIT_UNAVAILABLE = 78, 69  # sysexits.h
DRAIN_S = 25.0
ALIVE_EVERY_S = 5.0


def location_of(settings: Settings) -> StoreLocation:
    """Return where the bot's data is."""
    return StoreLocation(settings.data, settings.postgres_url)


def alive_file(settings: Settings) -> Path:
    """Return the file that shows whether a process turns its event loop. Gateways and workers may share the folder."""
    plan = f"-{settings.shards.replace('/', '-')}" if settings.shards and settings.role == "gateway" else ""
    machine = f"-{gethostname()}" if plan.startswith("-auto") else ""  # in a container, the container's name
    return settings.data / ("alive" if settings.role == "all" else f"alive-{settings.role}{plan}{machine}")


def touch_alive_file(settings: Settings) -> None:
    """Set the file's time to now. Only its owner may read it, and one of an earlier version is made so."""
    path = alive_file(settings)
    path.touch(mode=0o600)
    path.chmod(0o600)


class App:
    """One run of the bot on one database."""

    def __init__(self, settings: Settings, database: SqlDatabase) -> None:
        self._settings = settings
        self._database = database
        self._clock = database.clock
        self._store = SqlJobStore(database)
        self._guard = SsrfGuard(settings.allow_hosts, settings.nat64_prefixes)
        self._object_storage = open_bucket(settings)
        accounts = settings.account_list()
        self._offers = Offers(load_catalogue(settings.catalogue), accounts, default=settings.default_model)
        for notice in settings.notices():
            log.warning(notice)
        self._providers = build_providers(accounts, self._guard, settings, database)
        self._model_lists = ModelLists(
            store=self._store, clock=self._clock, providers=self._providers, offers=self._offers
        )
        self._downloads = Downloads(self._guard)
        self._repositories = build_repositories(database)
        self._moderation = moderation_of(settings, self._guard)
        self._writer = writer_of(settings, self._guard)
        self._stopped = asyncio.Event()
        self._bot: RetakeBot | None = None  # None in a worker, which answers nobody
        self._connection: Connection | RestConnection | None = None
        self._dispatcher = open_dispatcher(location_of(settings), database) if settings.role == "worker" else None
        self._file_store = build_file_store(settings, self._object_storage)
        self._folder = SharedFolder(self._store, self._clock, settings.data, self._file_store)
        self._command_sync: CommandSync | None = None
        self._metrics = Metrics(location_of(settings), self._gateway, settings.accounts)
        self._readiness = Readiness(
            self._metrics, self._stopped.is_set, database, discord=self._discord_trouble, remark=self._sync_remark,
            storage=trouble_in(self._file_store),
        )  # fmt: skip

    def stop(self) -> None:
        """Stop the run: called on SIGTERM and SIGINT."""
        self._stopped.set()

    async def close(self) -> None:
        for provider in self._providers.values():
            await provider.close()
        await self._downloads.close()
        if self._moderation is not None:
            await self._moderation.close()
        if self._writer is not None:
            await self._writer.close()

    async def run(self) -> int:
        """Run until asked to stop, or until Discord refuses what only the host can change. Return the exit code."""
        try:
            await self._downloads.self_test()
        except GuardBroken as error:
            print(type(error).__doc__, file=sys.stderr)  # noqa: T201
            return EXIT_CONFIG
        alive = asyncio.create_task(self._touch_alive_file(), name="alive file")
        try:
            async with serving(self._settings.health_port, self._metrics, self._readiness):
                return await self._serve(self._build())
        finally:
            alive.cancel()

    def _discord_trouble(self) -> str:
        return self._connection.trouble if self._connection is not None else ""

    def _sync_remark(self) -> str:
        return self._command_sync.remark() if self._command_sync is not None else ""

    def _gateway(self) -> Gateway | None:
        """Return the state of the connection to Discord, or None if this process never connects."""
        bot = self._bot
        if self._settings.role == "worker":
            return None
        if bot is None or bot.is_closed() or not bot.is_ready():
            return Gateway()
        shards = [shard for number, shard in bot.shards.items() if number < (bot.shard_count or 0)]
        latency_s = bot.latency if math.isfinite(bot.latency) else None
        return Gateway(shards=len(shards), connected=sum(not each.is_closed() for each in shards), latency_s=latency_s)

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

    def _build(self) -> "_Parts":
        """Build the client, and the worker and handlers that use it."""
        settings, foreground, role = self._settings, ForegroundGate(), self._settings.role
        bot = self._bot = build_client(settings.discord_gateway, self._database) if role != "worker" else None
        client = paced(bot if bot is not None else RestClient(), settings.rest_per_s)
        cdn = urlsplit(settings.discord_cdn).netloc if settings.discord_cdn else None
        attachments = Attachments(self._downloads, cdn)
        title_for, presence = self._offers.title_for, self._repositories.presence
        publisher = DiscordPublisher(client, self._clock, foreground, attachments, title_for, self._store, presence)
        host_messages = HostMessages(client, settings.host_alarm_channel)
        host_alarm = DiscordHostAlarm(host_messages, self._store, self._clock)
        context = self._job_context(publisher, foreground, host_alarm)
        worker = Worker(context, self._dispatcher)
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
            can_cancel=partial(can_cancel, context),
        )
        parts = _Parts(client=client, bot=bot, worker=worker, job_service=job_service)
        if bot is None:
            return parts
        thumbnails = Thumbnails(context.files.thumbs, self._file_store)
        sweep = parts.sweep = RetentionSweep(
            context, self._repositories.retention, job_service.give_up, presence=presence
        )
        bot.services = build_chat_services(
            bot,
            clock=self._clock,
            store=self._store,
            offers=self._offers,
            repositories=self._repositories,
            clips=context.files.clips,
            file_store=self._file_store,
            foreground=foreground,
            host_budget=settings.host_budget(),
            host_messages=host_messages,
            job_service=job_service,
            publisher=publisher,
            attachments=attachments,
            moderator=self._moderation,
            writer=self._writer,
            thumbnails=thumbnails,
            delete_member=sweep.delete_member,
            shards=self._database.shards,
        )
        return parts

    def _job_context(self, publisher: DiscordPublisher, foreground: ForegroundGate, alarm: HostAlarm) -> JobContext:
        context = build_job_context(
            self._settings, clock=self._clock, store=self._store, publisher=publisher, providers=self._providers,
            offers=self._offers, foreground=foreground, object_storage=self._object_storage,
            file_store=self._file_store, sweep_lock=partial(sweep_lock, location_of(self._settings)),
            metrics=self._metrics, host_alarm=alarm, servers=self._repositories.servers,
        )  # fmt: skip
        return share_work(context, self._settings, self._store.database)

    async def _serve(self, parts: "_Parts") -> int:
        """Run what the role asks for until the process is asked to stop; then drain."""
        settings, background, worker, bot = self._settings, TaskSet(), parts.worker, parts.bot

        def on_login() -> None:
            if bot is not None:
                self._command_sync = start_gateway_tasks(background, bot, self._database)
            background.start(parts.job_service.resume_messages(), name="waiting messages")

        works = settings.role != "gateway"
        await self._model_lists.restore()
        webhooks = Webhooks(clock=self._clock, providers=self._providers, announce=worker.announce)
        webhook_url = settings.webhook_url if works else None
        async with parts.client, receiving(webhook_url, settings.webhook_host, settings.webhook_port, webhooks):
            if bot is not None:
                self._connection = Connection(bot, settings.token, self._clock, on_login)
            elif isinstance(parts.client, RestClient):
                self._connection = RestConnection(parts.client, settings.token, self._clock, on_login)
            loop = asyncio.create_task(worker.run() if works else self._stopped.wait(), name="worker")
            ends = [background.start(self._connected(), name="connection")]
            if settings.role == "gateway":
                ends.append(background.start(self._folder.differs(), name="shared folder"))
                ends.append(background.start(shards_lost(self._database), name="shards"))
            elif settings.role == "worker":
                ends.append(
                    background.start(self._folder.publish(beside_others=settings.shares_jobs), name="shared folder")
                )
            background.start(follow_pauses(worker.context), name="pauses of accounts")
            background.start(keep_files(settings, worker.context, self._file_store, works=works), name="kept files")
            if parts.sweep is not None:
                several = self._database.shards is not None
                background.start(parts.sweep.run(beside_others=several), name="retention")
            background.start(self._model_lists.run(), name="lists of models")
            stopped = background.start(self._stopped.wait(), name="stop signal")
            await asyncio.wait({*ends, stopped, loop}, return_when=asyncio.FIRST_COMPLETED)
            refused = next((str(each.result()) for each in ends if each.done()), "")
            await background.close()
            await worker.stop(DRAIN_S)
            self._stopped.set()
            await loop
            if bot is not None:
                await bot.services.close()
        if refused:
            log.error(refused)
            print(refused, file=sys.stderr)  # noqa: T201
            return EXIT_UNAVAILABLE if self._database.shards_lost else EXIT_CONFIG
        log.info("stopped")
        return 0

    async def _connected(self) -> str:
        return await self._connection.run() if self._connection is not None else ""


@dataclass(slots=True, kw_only=True)
class _Parts:
    """What a run consists of. A worker has neither `bot` nor `sweep`: it sees no servers."""

    client: discord.Client
    bot: RetakeBot | None
    worker: Worker
    job_service: JobService
    sweep: RetentionSweep | None = None
