"""Commands `run`, `doctor` and `healthy`."""

import asyncio
import gc
import logging
import signal
import sqlite3
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from urllib.parse import unquote

import discord

from bot import log as logs
from bot.allocator import use_one_arena
from bot.app import EXIT_CONFIG, App, alive_file, location_of
from bot.catalogue.load import CatalogueError, load_catalogue
from bot.catalogue.offers import Offers
from bot.chat.diagnostics import check_discord
from bot.cli import doctor
from bot.cli.check_bucket import check_bucket
from bot.cli.check_writer import check_writer
from bot.cli.exits import EXIT_DAMAGED, code_of
from bot.cli.findings import Finding
from bot.client import configure_endpoints, own_commands
from bot.file_storage import files_folder
from bot.http_clients import writer_of
from bot.media.object_storage import StorageNotInstalled
from bot.net.ssrf_guard import SsrfGuard
from bot.ports.shards import ShardPlan, read_plan
from bot.scale.open import EngineNotInstalled
from bot.settings import Settings
from bot.store import maintenance
from bot.store.backup import InvalidBackup
from bot.store.file_errors import describe_access, describe_os_error, describe_sqlite_error
from bot.store.host_reads import read_flag
from bot.store.integrity import DatabaseDamaged
from bot.store.location import Role, StoreLocation
from bot.store.lock import CannotOpen
from bot.store.open import open_store
from bot.store.postgres_errors import PostgresInUse, PostgresTrouble, ShardsTaken
from bot.store.readonly import Damaged, Unreadable
from bot.store.sql_database import SqlDatabase
from bot.worker import disk_quota
from bot.worker.clip_files import ClipFiles

THREADS = 32
COLLECT_AT = (20_000, 20, 50)  # a few commands create the default of 700 new objects
OPEN_WITHIN_S = 60.0  # a bot that died with its machine keeps PostgreSQL's lock for up to 20 s
OPEN_EVERY_S = 2.0
ALIVE_FOR_S = 120.0  # an older file means that the event loop hangs


def secrets_of(settings: Settings) -> list[str]:
    keys = [account.key.get_secret_value() for account in settings.accounts.values() if account.key is not None]
    hooks = [account.webhook_secret for account in settings.accounts.values()]
    keys += [secret.get_secret_value() for secret in hooks if secret is not None]
    keys += [settings.moderation_key.get_secret_value()] if settings.moderation_key is not None else []
    keys += [settings.writer_key.get_secret_value()] if settings.writer_key is not None else []
    url = settings.postgres_url
    password = url.partition("://")[2].rpartition("@")[0].partition(":")[2]
    return [settings.token, *keys, url, password, unquote(password)]


def plan_of(settings: Settings) -> ShardPlan | None:
    """Return the shards that this gateway may hold, or None if it holds all or isn't one."""
    return read_plan(settings.shards) if settings.shards and settings.role == "gateway" else None


def health(settings: Settings) -> tuple[bool, str]:
    """Whether a bot on this data has turned its event loop lately, and a line that says which part isn't ready."""
    try:
        sign = alive_file(settings)
        age_s, says = time.time() - sign.stat().st_mtime, sign.read_text().splitlines()
    except FileNotFoundError:
        return False, "No bot runs on this data."
    except OSError as error:
        return False, describe_os_error(error, settings.data)
    if age_s >= ALIVE_FOR_S:
        return False, f"No bot has been alive on this data for {age_s / 60:.0f} minutes."
    return True, " ".join(["Alive, but not ready.", *says]) if says else "Alive and ready."


async def examine(settings: Settings) -> list[Finding]:
    """Run every check of `doctor`. Costs nothing and doesn't disturb a running bot."""
    logs.set_up(settings.log_format, "ERROR", secrets_of(settings))
    configure_endpoints(settings.discord_api, settings.discord_gateway, settings.discord_cdn)
    settings.data.mkdir(parents=True, exist_ok=True)
    try:
        accounts = settings.account_list()
        offers = Offers(load_catalogue(settings.catalogue), accounts, default=settings.default_model)
    except (CatalogueError, ValueError) as error:
        return [Finding(what="settings", state="bad", says=str(error))]
    discord_check = await check_discord(settings.token, own_commands(), partial(read_flag, location_of(settings)))
    guard = SsrfGuard(settings.allow_hosts, settings.nat64_prefixes)
    own = await doctor.examine(accounts, guard, offers, location_of(settings))
    usage = disk_quota.read_usage(ClipFiles(files_folder(settings)), int(settings.keep_gb * 1e9))
    return [
        *(
            [Finding(what="Discord", state="ok", says=f"Logged in as {discord_check.name}.")]
            if discord_check.name is not None
            else []
        ),
        *(Finding(what="Discord", state="bad", says=text) for text in discord_check.problems),
        *(Finding(what="Discord", state="look", says=text) for text in discord_check.remarks),
        *(Finding(what="settings", state="look", says=text) for text in settings.notices()),
        doctor.check_clock(discord_check.clock_offset_s),
        doctor.check_disk_usage(usage),
        *own,
        *await check_bucket(settings.storage_url),
        *await check_writer(writer_of(settings, guard)),
    ]


async def run(settings: Settings) -> int:
    """Run the bot until SIGTERM or SIGINT. Return the exit code."""
    logs.set_up(settings.log_format, settings.log_level, secrets_of(settings))
    use_one_arena()
    configure_endpoints(settings.discord_api, settings.discord_gateway, settings.discord_cdn)
    discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False  # Retake has no voice
    location = location_of(settings)
    if not location.database_url and (foreign := maintenance.foreign_file(settings.data)) is not None:
        return _fail(describe_access(foreign))
    try:
        settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
        before = maintenance.before_upgrade(settings.data) if not location.database_url else None
        shared = settings.shares_jobs
        database = await _open(location, settings.role, plan_of(settings), shared=shared)
    except (DatabaseDamaged, Damaged):
        return _fail(str(DatabaseDamaged.__doc__), EXIT_DAMAGED)
    except CannotOpen as error:
        return _fail(str(error), code_of(error))
    except InvalidBackup:
        return _fail("The copy that was made before the upgrade isn't whole, so nothing was upgraded. Check the disk.")
    except (Unreadable, sqlite3.Error) as error:
        file = error.database if isinstance(error, Unreadable) else location.file
        return _fail(describe_sqlite_error(error, file))
    except OSError as error:
        return _fail(describe_os_error(error, settings.data))
    if database.shards is not None:
        logging.getLogger("retake").info("holding the shards %s", database.shards)
    if before is not None:
        logging.getLogger("retake").info("upgraded the database; the backup before it is %s", before)
    try:
        return await _run(App(settings, database))
    except (EngineNotInstalled, StorageNotInstalled) as error:
        return _fail(str(type(error).__doc__))
    except (CatalogueError, ValueError) as error:
        return _fail(f"Retake cannot start:\n  - {error}")
    finally:
        await database.close()


async def _open(
    location: StoreLocation, role: Role = "all", plan: ShardPlan | None = None, *, shared: bool = False
) -> SqlDatabase:
    """Open the database. PostgreSQL is waited for: it may start together with the bot. Raise CannotOpen.

    A gateway waits until one ends, if there are more gateways than blocks of shards.
    """
    until, told = time.monotonic() + OPEN_WITHIN_S, ""
    while True:
        try:
            return await open_store(location, role, plan, shared=shared)
        except (PostgresTrouble, PostgresInUse) as error:
            if isinstance(error, ShardsTaken) and error.waits:
                until = time.monotonic() + OPEN_WITHIN_S
            if time.monotonic() > until or (isinstance(error, PostgresTrouble) and error.refused):
                raise
            if str(error) != told:
                logging.getLogger("retake").warning("%s Trying again.", error)
            told = str(error)
            await asyncio.sleep(OPEN_EVERY_S)


async def _run(app: App) -> int:
    loop = asyncio.get_running_loop()
    # More threads than downloads can block in wait_idle_sync: host names are resolved in them too.
    loop.set_default_executor(ThreadPoolExecutor(THREADS, thread_name_prefix="retake"))
    gc.set_threshold(*COLLECT_AT)
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, app.stop)
    try:
        return await app.run()
    finally:
        await app.close()


def _fail(sentence: str, code: int = EXIT_CONFIG) -> int:
    print(sentence, file=sys.stderr)  # noqa: T201
    return code
