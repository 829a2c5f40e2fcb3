"""Checks of `python -m bot doctor`: accounts, catalogue, disk, SQLite, ffmpeg, clock. They cost nothing."""

import asyncio
import shutil
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from bot.catalogue.offers import Offers
from bot.jobs.clean_text import clean
from bot.jobs.errors import RetakeError
from bot.jobs.provider_errors import AccountTrouble
from bot.media.ffmpeg import FfmpegFailed, run
from bot.net.ssrf_guard import SsrfGuard
from bot.ports.provider import Missing, Provider, Task
from bot.providers import build_provider
from bot.providers.account import Account
from bot.store import rollback
from bot.store.integrity import DatabaseDamaged, check_database
from bot.store.maintenance import DATABASE
from bot.store.readonly import Unreadable
from bot.worker.disk_quota import DiskUsage

State = Literal["ok", "look", "bad"]
MIN_FREE_BYTES = 2 << 30
WAL_RESET_FIXED = (3, 51, 3)  # Source: reference/reliability.md 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Result of one check. The field names are the keys of the JSON output.

    `look`: it works, but the host should know about it. `bad`: it doesn't work.
    """

    what: str
    state: State
    says: str


async def check_account(account: Account, guard: SsrfGuard) -> list[Finding]:
    """Check an account's key, reachability and balance, with read requests only."""
    subject = f"account {account.name}"
    provider = build_provider(account, guard)
    try:
        state = await provider.check(
            Task(task_id="retake-doctor", protocol=account.protocol, endpoint=account.endpoint)
        )
    except AccountTrouble as error:
        return [Finding(what=subject, state="bad", says=f"{account.title} refuses the key ({type(error).__name__}).")]
    except RetakeError as error:
        return [Finding(what=subject, state="bad", says=f"{account.title}: {clean(error.sentence())}")]
    else:
        known = "as expected" if isinstance(state, Missing) else "with an answer that I did not expect"
        finding = Finding(what=subject, state="ok", says=f"{account.title} answers {known}; the key is taken.")
        return [finding, *await _balance(subject, account.title, provider)]
    finally:
        await provider.close()


async def _balance(subject: str, title: str, provider: Provider) -> list[Finding]:
    try:
        balance = await provider.balance()
    except RetakeError as error:
        return [Finding(what=subject, state="look", says=f"{title} does not say its balance ({type(error).__name__}).")]
    if balance is None:
        return []
    left = "no limit" if balance.remaining is None else f"{balance.remaining:g}"
    empty = balance.remaining is not None and balance.remaining <= 0
    return [Finding(what=subject, state="bad" if empty else "ok", says=f"Left: {left} ({balance.unit}).")]


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


def check_machine(data: Path) -> Iterator[Finding]:
    """Check the free disk space and the version of SQLite."""
    free = shutil.disk_usage(data).free
    yield Finding(
        what="disk",
        state="ok" if free >= MIN_FREE_BYTES else "look",
        says=f"{free / (1 << 30):.1f} GiB free for clips.",
    )
    fixed = sqlite3.sqlite_version_info >= WAL_RESET_FIXED
    text = f"SQLite {sqlite3.sqlite_version}."
    if not fixed:
        text += " Older than 3.51.3: never open the database with a second writer."
    yield Finding(what="database", state="ok" if fixed else "look", says=text)


def check_stored_data(database: Path) -> Finding:
    """Whether the database is whole, and as new as the mark beside it."""
    what = "stored data"
    try:
        check_database(database)
        says = rollback.examine(database, time.time())
    except DatabaseDamaged as error:
        return Finding(what=what, state="bad", says=type(error).__doc__ or "")
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


async def examine(accounts: list[Account], guard: SsrfGuard, offers: Offers, data: Path) -> list[Finding]:
    """Run every check except those of Discord."""
    checks = await asyncio.gather(*(check_account(account, guard) for account in accounts))
    return [
        *check_machine(data),
        await asyncio.to_thread(check_stored_data, data / DATABASE),
        await check_ffmpeg(),
        *(finding for findings in checks for finding in findings),
        *check_catalogue(offers),
    ]
