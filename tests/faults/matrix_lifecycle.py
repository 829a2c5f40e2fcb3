"""Row L of the fault matrix: shutdown, upgrade, restore, a second process. Source: reference/reliability.md 5."""

import asyncio
import shutil
import sqlite3
from pathlib import Path

import pytest

from bot.jobs.job import State
from bot.store.database import Database
from bot.store.lock import DatabaseInUse
from bot.store.migrations import SchemaTooNew, schema_files, upgrade
from tests.faults.expected_outcome import DELIVERED
from tests.faults.process_runs import memory_folder
from tests.faults.scenarios import Scenario, run_scenario


def a_graceful_stop_finishes_the_paid_request() -> None:
    """No job is claimed, the paid request in progress finishes, and the next start continues."""

    async def steps(scenario: Scenario) -> None:
        await scenario.request_video()
        await scenario.wait_for_state(State.SUBMITTING)
        await scenario.process.stop()
        assert (await scenario.require_job()).state is State.POLLING
        scenario.restart_process()
        await DELIVERED.check(scenario)

    run_scenario(steps)


def a_kill_during_the_stop_charges_at_most_once() -> None:
    async def steps(scenario: Scenario) -> None:
        await scenario.request_video()
        await scenario.wait_for_state(State.SUBMITTING)
        stopping = scenario.process.run_task(scenario.process.stop())
        await asyncio.sleep(0.01)
        scenario.process.kill()
        await asyncio.gather(stopping, return_exceptions=True)
        job = await scenario.wait_until_idle()
        assert job.state in (State.NEEDS_PERSON, State.DELIVERED)
        assert scenario.charges <= 1

    run_scenario(steps)


def a_newer_schema_is_rejected() -> None:
    with memory_folder() as folder:
        path = Path(folder, "retake.sqlite3")

        async def run() -> None:
            await (await Database.open(path)).close()
            with sqlite3.connect(path) as connection:
                connection.execute("PRAGMA user_version = 9999")
            connection.close()
            with pytest.raises(SchemaTooNew):
                await Database.open(path)

        asyncio.run(run())


def a_failed_migration_is_rolled_back() -> None:
    with memory_folder() as folder:
        connection = sqlite3.connect(Path(folder, "retake.sqlite3"), isolation_level=None)
        upgrade(connection)
        before = list(connection.execute("SELECT name, sql FROM sqlite_master ORDER BY name"))
        last = schema_files()[-1][0]
        broken = [*schema_files(), (last + 1, "CREATE TABLE half (x INTEGER); CREATE TABLE job (x INTEGER);")]
        with pytest.raises(sqlite3.OperationalError):
            upgrade(connection, broken)
        assert list(connection.execute("SELECT name, sql FROM sqlite_master ORDER BY name")) == before
        assert connection.execute("PRAGMA user_version").fetchone() == (last,)
        connection.close()


def a_second_process_is_rejected() -> None:
    with memory_folder() as folder:
        path = Path(folder, "retake.sqlite3")

        async def run() -> None:
            first = await Database.open(path)
            with pytest.raises(DatabaseInUse):
                await Database.open(path)
            await first.close()
            await (await Database.open(path)).close()

        asyncio.run(run())


def open_jobs_of_a_restored_database_are_held() -> None:
    """A database from before the paid request is restored: nothing is sent again automatically."""

    async def steps(scenario: Scenario) -> None:
        environment, copy = scenario.environment, scenario.environment.data / "copy.sqlite3"
        await scenario.request_video()
        await scenario.wait_for_state(State.POLLING)
        scenario.process.kill()
        path = environment.data / "retake.sqlite3"
        await environment.database.run(
            "UPDATE job SET state = 'accepted', task_id = NULL, due_at = 0, lease_until = NULL"
        )
        await environment.database.run(f"VACUUM INTO '{copy}'")
        await environment.database.close()
        for file in environment.data.glob("retake.sqlite3-*"):
            file.unlink()
        shutil.copy(copy, path)
        with sqlite3.connect(path) as older:  # as it was one start ago
            older.execute("UPDATE fact SET value = '0' WHERE name = 'boots'")
        older.close()
        environment.database = await Database.open(path, inline=True)
        assert environment.database.restored
        scenario.process = environment.start_process()
        await asyncio.sleep(600.0)
        job = await scenario.require_job()
        assert (job.state, job.trouble, scenario.charges) == (State.NEEDS_PERSON, "Restored", 1)
        assert await scenario.ledger_kinds() == {"reserve", "hold"}
        await environment.database.close()
        environment.database = await Database.open(path, inline=True)
        assert not environment.database.restored
        scenario.database_restored = True

    run_scenario(steps)


CELLS = {
    "L-K1": a_graceful_stop_finishes_the_paid_request,
    "L-K2": a_kill_during_the_stop_charges_at_most_once,
    "L-PX": a_newer_schema_is_rejected,
    "L-DK": a_failed_migration_is_rolled_back,
    "L-ZO": a_second_process_is_rejected,
    "L-HX": open_jobs_of_a_restored_database_are_held,
}
