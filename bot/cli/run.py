"""Commands `run`, `doctor` and `healthy`."""

import asyncio
import gc
import logging
import signal
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import discord

from bot import log as logs
from bot.app import EXIT_CONFIG, App, alive_file
from bot.catalogue.load import CatalogueError, load_catalogue
from bot.catalogue.offers import Offers
from bot.chat.diagnostics import check_discord
from bot.cli import doctor
from bot.cli.database import EXIT_DAMAGED, EXIT_IN_USE
from bot.cli.doctor import Finding
from bot.client import configure_endpoints, own_commands
from bot.media.object_storage import StorageNotInstalled
from bot.net.ssrf_guard import SsrfGuard
from bot.settings import Settings
from bot.store import maintenance
from bot.store.backup import InvalidBackup
from bot.store.database import Database
from bot.store.integrity import DatabaseDamaged
from bot.store.lock import CannotOpen, DatabaseInUse
from bot.store.readonly import Damaged, Unreadable
from bot.worker import disk_quota
from bot.worker.clip_files import ClipFiles

THREADS = 32
COLLECT_AT = (20_000, 20, 50)  # a few commands create the default of 700 new objects
ALIVE_FOR_S = 120.0  # an older file means that the event loop hangs


def secrets_of(settings: Settings) -> list[str]:
    keys = [account.key.get_secret_value() for account in settings.accounts.values() if account.key is not None]
    keys += [settings.moderation_key.get_secret_value()] if settings.moderation_key is not None else []
    return [settings.token, *keys]


def health(settings: Settings) -> tuple[bool, str]:
    """Whether a bot on this data has turned its event loop lately, and a line that says which part isn't ready."""
    try:
        sign = alive_file(settings)
        age_s, says = time.time() - sign.stat().st_mtime, sign.read_text().splitlines()
    except OSError:
        return False, "No bot runs on this data."
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
    discord_check = await check_discord(settings.token, own_commands())
    own = await doctor.examine(
        accounts, SsrfGuard(settings.allow_hosts, settings.nat64_prefixes), offers, settings.data
    )
    usage = disk_quota.read_usage(ClipFiles(settings.data), int(settings.keep_gb * 1e9))
    return [
        Finding(
            what="Discord",
            state="bad" if discord_check.problems else "ok",
            says=f"Logged in as {discord_check.name}.",
        ),
        *(Finding(what="Discord", state="bad", says=text) for text in discord_check.problems),
        *(Finding(what="Discord", state="look", says=text) for text in discord_check.remarks),
        doctor.check_clock(discord_check.clock_offset_s),
        doctor.check_disk_usage(usage),
        *own,
    ]


async def run(settings: Settings) -> int:
    """Run the bot until SIGTERM or SIGINT. Return the exit code."""
    logs.set_up(settings.log_format, settings.log_level, secrets_of(settings))
    configure_endpoints(settings.discord_api, settings.discord_gateway, settings.discord_cdn)
    discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False  # Retake has no voice
    try:
        before = maintenance.before_upgrade(settings.data)
        database = await Database.open(settings.data / maintenance.DATABASE)
    except (DatabaseDamaged, Damaged):
        return _fail(str(DatabaseDamaged.__doc__), EXIT_DAMAGED)
    except CannotOpen as error:
        return _fail(str(type(error).__doc__), EXIT_IN_USE if isinstance(error, DatabaseInUse) else EXIT_CONFIG)
    except (InvalidBackup, Unreadable) as error:
        return _fail(f"The database cannot be read ({error}). Restore a backup: python -m bot restore FILE.")
    except OSError as error:
        return _fail(f"{settings.data} cannot be written ({error.strerror}). Give it to the user that runs Retake.")
    if before is not None:
        logging.getLogger("retake").info("upgraded the database; the backup before it is %s", before)
    try:
        return await _run(App(settings, database))
    except StorageNotInstalled as error:
        return _fail(str(type(error).__doc__))
    except (CatalogueError, ValueError) as error:
        return _fail(f"Retake cannot start:\n  - {error}")
    finally:
        await database.close()


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
