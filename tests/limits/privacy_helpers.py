"""Helpers for tests of deleted data."""

import contextlib
import sqlite3
from pathlib import Path

from bot.sandbox.discord import LocalMessage
from bot.store.open import open_reader
from bot.worker.retention import RetentionSweep
from tests.harness import BotHarness
from tests.limits.helpers import database_of, response_message
from tests.limits.service_harness import ServiceHarness
from tests.stores import location_in, on_postgres

DAY = 86_400.0


def make_sweep(harness: ServiceHarness) -> RetentionSweep:
    return RetentionSweep(
        harness.context,
        harness.repositories.retention,
        harness.job_service.give_up,
        presence=harness.repositories.presence,
    )


async def stored_prompts(harness: ServiceHarness) -> list[str]:
    return [row[0] for row in await harness.database.run("SELECT prompt FROM job ORDER BY created_at")]


async def ask_to_delete_my_data(harness: BotHarness) -> LocalMessage:
    jobs = await response_message(await harness.alice.slash(harness.channel, "jobs"))
    return await response_message(await harness.alice.press(jobs, "Delete my data"))


async def wait_for_final_statuses(harness: BotHarness) -> None:
    """Wait until the final status of every job is posted."""
    for _ in range(500):
        rows = await database_of(harness).run("SELECT 1 FROM job WHERE due_at IS NOT NULL OR lease_until IS NOT NULL")
        if not rows:
            return
        await harness.discord.world.bus.changed(0.02)
    raise AssertionError("a job is still due")


def dump(data: Path) -> str:
    if on_postgres():
        with open_reader(location_in(data)) as tx:
            tables = tx.run("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")
            return "\n".join(str([tuple(row) for row in tx.run(f"SELECT * FROM {name}")]) for (name,) in tables)  # noqa: S608
    with contextlib.closing(sqlite3.connect(data / "retake.sqlite3")) as connection:
        return "\n".join(connection.iterdump())
