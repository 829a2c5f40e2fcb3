"""Where the parts meet: builds the bot from its settings, runs it, and lets it end in order."""

import asyncio
import logging
import sys
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import discord

from bot.catalogue.load import load_catalogue
from bot.catalogue.offers import Offers
from bot.chat.access import Access
from bot.chat.orders import Orders
from bot.chat.pictures import Pictures
from bot.chat.presses import JobPresses
from bot.chat.publisher import DiscordPublisher
from bot.client import RetakeBot, Services
from bot.guard import Guard
from bot.http import Downloads
from bot.jobs.clock import SystemClock
from bot.jobs.desk import Desk
from bot.jobs.engine import Engine
from bot.jobs.files import Files
from bot.jobs.model import Job
from bot.jobs.parts import Parts
from bot.jobs.provider import FetchLimits, Provider
from bot.jobs.timing import Pace
from bot.providers import build
from bot.providers.account import Account
from bot.settings import AccountSettings, Settings
from bot.store.database import Database
from bot.store.jobs import JobStore

log = logging.getLogger("retake.app")

EXIT_CONFIG = 78  # sysexits.h
DRAIN_S = 25.0
ALIVE_EVERY_S = 15.0


def account_of(name: str, settings: AccountSettings) -> Account:
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


def sign_of_life(settings: Settings) -> Path:
    return settings.data / "alive"


class App:
    """One run of the bot on one database."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self._settings = settings
        self._clock = SystemClock()
        self._store = JobStore(database)
        self._guard = Guard(settings.allow_hosts)
        accounts = [account_of(name, each) for name, each in settings.accounts.items()]
        self._offers = Offers(load_catalogue(settings.catalogue), accounts, default=settings.default_model)
        self._providers: dict[str, Provider] = {each.name: build(each, self._guard) for each in accounts}
        self._downloads = Downloads(self._guard)
        self._booted_at = self._clock.now()
        self._stopped = asyncio.Event()

    def stop(self) -> None:
        """Asked to end: SIGTERM or SIGINT."""
        self._stopped.set()

    async def close(self) -> None:
        for provider in self._providers.values():
            await provider.close()
        await self._downloads.close()

    async def run(self) -> int:
        """Until asked to stop. A client that cannot connect is built anew, with growing pauses."""
        life = asyncio.create_task(self._show_life(), name="sign of life")
        try:
            return await self._connected_or_not()
        finally:
            life.cancel()

    async def _connected_or_not(self) -> int:
        pause_s = 1.0
        while not self._stopped.is_set():
            bot, engine = self._assemble()
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

    def _title_of(self, job: Job) -> str:
        return self._offers.model_of(job.account, job.model).title

    async def _show_life(self) -> None:
        """Touch a file while the event loop turns; `python -m bot healthy` looks at it."""
        while True:
            sign_of_life(self._settings).touch()
            await asyncio.sleep(ALIVE_EVERY_S)

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._stopped.wait()
        except TimeoutError:
            return

    def _assemble(self) -> tuple[RetakeBot, Engine]:
        settings = self._settings
        bot = RetakeBot()
        cdn = urlsplit(settings.discord_cdn).netloc if settings.discord_cdn else None
        publisher = DiscordPublisher(bot, self._clock, Pictures(self._downloads, cdn), self._title_of)
        parts = Parts(
            clock=self._clock,
            store=self._store,
            publisher=publisher,
            providers=self._providers,
            offers=self._offers,
            files=Files(settings.data),
            pace=Pace(first_check_s=settings.first_check_s, check_every_s=settings.check_every_s),
            limits=FetchLimits(max_bytes=settings.clip_limit_mb << 20, wall_s=240.0, min_bytes_per_s=20_000),
            kept_days=settings.kept_days,
            rungs=settings.remix_rungs,
            booted_at=self._booted_at,
        )
        parts.files.prepare()
        engine, desk = Engine(parts), Desk(parts)
        access = Access()
        orders = Orders(parts, desk, engine, publisher)
        bot.services = Services(
            parts=parts,
            store=self._store,
            desk=desk,
            engine=engine,
            orders=orders,
            access=access,
            presses=JobPresses(parts, desk, engine, orders, access),
        )
        return bot, engine

    async def _serve(self, bot: RetakeBot, engine: Engine) -> int:
        """Log in, work, drain."""
        async with bot:
            await bot.login(self._settings.token)
            loop = asyncio.create_task(engine.run(), name="engine")
            gateway = asyncio.create_task(bot.connect(), name="gateway")
            stopped = asyncio.create_task(self._stopped.wait(), name="stop signal")
            await asyncio.wait({gateway, stopped, loop}, return_when=asyncio.FIRST_COMPLETED)
            stopped.cancel()
            await engine.stop(DRAIN_S)
            await loop
            if not gateway.done():
                await bot.close()
            await gateway
        log.info("stopped")
        return 0
