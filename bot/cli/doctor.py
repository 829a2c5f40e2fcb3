"""Checks of `python -m bot doctor`: accounts, catalogue, disk, database, ffmpeg, clock. They cost nothing."""

import asyncio
import shutil
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

from bot.catalogue.offers import Offers
from bot.cli.check_account import check_account
from bot.cli.findings import Finding, State
from bot.media.ffmpeg import FfmpegFailed, run
from bot.net.ssrf_guard import SsrfGuard
from bot.providers.account import Account
from bot.store import integrity, rollback
from bot.store.integrity import DatabaseDamaged
from bot.store.location import StoreLocation
from bot.store.lock import CannotOpen
from bot.store.migrations import SchemaTooNew
from bot.store.open import read_postgres
from bot.store.postgres_errors import ClockSkew
from bot.store.readonly import Unreadable
from bot.worker.disk_quota import DiskUsage

MIN_FREE_BYTES = 2 << 30
WAL_RESET_FIXED = (3, 51, 3)  # Source: reference/reliability.md 2.0


def check_catalogue(offers: Offers) -> Iterator[Finding]:
    """Check which models can be requested, and which prices are estimates."""
    enabled = offers.enabled()
    if not enabled:
        yield Finding(what="catalogue", state="bad", says="No model can be ordered with these accounts.")
    for offer in enabled:
        price = offer.model.price
        if price is not None and price.source.startswith("estimate"):
            yield Finding(what=f"model {offer.key}", state="look", says=f"The price is an {price.source}.")
    unpriced = [offer.key for offer in offers.all() if offer.off is None and offer.model.price is None]
    if unpriced:
        yield Finding(what="catalogue", state="look", says=f"No price, so refused: {', '.join(unpriced)}.")
    if enabled:
        yield Finding(what="catalogue", state="ok", says=f"{len(enabled)} models can be ordered.")


def check_disk(data: Path) -> Finding:
    """Check the free disk space."""
    free = shutil.disk_usage(data).free
    return Finding(
        what="disk",
        state="ok" if free >= MIN_FREE_BYTES else "look",
        says=f"{free / (1 << 30):.1f} GiB free for clips.",
    )


def check_database(location: StoreLocation) -> list[Finding]:
    """Check the database that is used, and what is stored in it."""
    if location.database_url:
        return list(check_postgres(location))
    return [check_sqlite(), check_stored_data(location.file)]


def check_sqlite() -> Finding:
    """Check the version of SQLite."""
    fixed = sqlite3.sqlite_version_info >= WAL_RESET_FIXED
    text = f"SQLite {sqlite3.sqlite_version}."
    if not fixed:
        text += " Older than 3.51.3: never open the database with a second writer."
    return Finding(what="database", state="ok" if fixed else "look", says=text)


def check_postgres(location: StoreLocation) -> Iterator[Finding]:
    """Check whether PostgreSQL answers, its clock and its schema."""
    try:
        facts = read_postgres(location)
    except CannotOpen as error:
        yield Finding(what="database", state="bad", says=str(error))
        return
    except Unreadable as error:
        yield Finding(what="database", state="bad", says=f"The database can't be read: {error}.")
        return
    yield Finding(what="database", state="ok", says=f"PostgreSQL {facts.server}.")
    if facts.is_skewed:
        yield Finding(what="database", state="bad", says=str(ClockSkew()))
    if facts.rollback:
        yield Finding(what="stored data", state="bad", says=facts.rollback)
    if facts.schema > facts.newest_schema:
        yield Finding(what="stored data", state="bad", says=str(SchemaTooNew()))
    elif facts.schema < facts.newest_schema:
        told = f"The next start upgrades the schema from {facts.schema} to {facts.newest_schema}."
        yield Finding(what="stored data", state="look", says=told)
    else:
        yield Finding(what="stored data", state="ok", says="The schema is up to date.")


def check_stored_data(database: Path) -> Finding:
    """Whether the database is whole, and as new as the mark beside it."""
    what = "stored data"
    try:
        integrity.check_database(database)
        says = rollback.examine(database, time.time())
    except DatabaseDamaged as error:
        return Finding(what=what, state="bad", says=str(error))
    except Unreadable as error:
        return Finding(what=what, state="bad", says=f"The database can't be read: {error}.")
    return Finding(what=what, state="look" if says else "ok", says=says or "The database is whole.")


async def check_ffmpeg() -> Finding:
    try:
        await run(["-version"], timeout_s=20.0)
    except (FfmpegFailed, OSError):
        return Finding(what="ffmpeg", state="bad", says="There is no ffmpeg that runs: clips cannot be made to fit.")
    return Finding(what="ffmpeg", state="ok", says="ffmpeg runs.")


def check_clock(offset_s: float | None) -> Finding:
    """Check the clock. `offset_s`: this machine's time minus Discord's, None if unknown."""
    if offset_s is None:
        return Finding(what="clock", state="look", says="Discord did not say what time it is.")
    if abs(offset_s) > 30.0:
        return Finding(what="clock", state="bad", says=f"This machine's clock is off by {offset_s:+.0f} s.")
    return Finding(what="clock", state="ok", says=f"Within {abs(offset_s):.0f} s of Discord's.")


def check_disk_usage(usage: DiskUsage) -> Finding:
    """Check how much of the disk quota is used."""
    used = usage.clip_bytes + usage.other_bytes
    full: State = "look" if used > 0.9 * usage.quota_bytes else "ok"
    text = f"{usage.clips} clips, {used / 1e9:.1f} of {usage.quota_bytes / 1e9:.0f} GB."
    return Finding(what="kept clips", state=full, says=text)


async def examine(accounts: list[Account], guard: SsrfGuard, offers: Offers, location: StoreLocation) -> list[Finding]:
    """Run every check except those of Discord."""
    checks = await asyncio.gather(*(check_account(account, guard, offers) for account in accounts))
    return [
        check_disk(location.data),
        *await asyncio.to_thread(check_database, location),
        await check_ffmpeg(),
        *(finding for findings in checks for finding in findings),
        *check_catalogue(offers),
    ]
