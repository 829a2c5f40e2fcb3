"""Row L of the fault matrix: stopping, upgrading, restoring, a second process. Source: reference/reliability.md 5."""

import asyncio
import shutil
import sqlite3
from pathlib import Path

import pytest

from bot.jobs.job import State
from bot.store.database import Database, SchemaTooNew, schema_files, upgrade
from bot.store.lock import DatabaseInUse
from tests.faults.matrix_submit import FOUND
from tests.faults.process_runs import quiet_folder
from tests.faults.scenarios import Scene, play


def stopped_in_order() -> None:
    """No new claims; the paid request under way ends; the next start goes on."""

    async def act(scene: Scene) -> None:
        await scene.order()
        await scene.until(State.SUBMITTING)
        await scene.life.stop()
        assert (await scene.only()).state is State.POLLING
        scene.again()
        await FOUND.look(scene)

    play(act)


def killed_while_stopping() -> None:
    async def act(scene: Scene) -> None:
        await scene.order()
        await scene.until(State.SUBMITTING)
        stopping = scene.life.do(scene.life.stop())
        await asyncio.sleep(0.01)
        scene.life.kill()
        await asyncio.gather(stopping, return_exceptions=True)
        job = await scene.quiet()
        assert job.state in (State.NEEDS_PERSON, State.DELIVERED)
        assert scene.charges <= 1

    play(act)


def a_newer_database_is_refused() -> None:
    with quiet_folder() as folder:
        path = Path(folder, "retake.sqlite3")

        async def scene() -> None:
            await (await Database.open(path)).close()
            with sqlite3.connect(path) as connection:
                connection.execute("PRAGMA user_version = 9999")
            connection.close()
            with pytest.raises(SchemaTooNew):
                await Database.open(path)

        asyncio.run(scene())


def a_migration_that_fails_leaves_the_file_as_it_was() -> None:
    with quiet_folder() as folder:
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


def a_second_process_is_turned_away() -> None:
    with quiet_folder() as folder:
        path = Path(folder, "retake.sqlite3")

        async def scene() -> None:
            first = await Database.open(path)
            with pytest.raises(DatabaseInUse):
                await Database.open(path)
            await first.close()
            await (await Database.open(path)).close()

        asyncio.run(scene())


def an_older_copy_is_quarantined() -> None:
    """The database as it was before the paid request is put back: nothing is sent again by itself."""

    async def act(scene: Scene) -> None:
        ground, copy = scene.ground, scene.ground.data / "copy.sqlite3"
        await scene.order()
        await scene.until(State.POLLING)
        scene.life.kill()
        path = ground.data / "retake.sqlite3"
        await ground.database.run("UPDATE job SET state = 'accepted', task_id = NULL, due_at = 0, lease_until = NULL")
        await ground.database.run(f"VACUUM INTO '{copy}'")
        await ground.database.close()
        for each in ground.data.glob("retake.sqlite3-*"):
            each.unlink()
        shutil.copy(copy, path)
        with sqlite3.connect(path) as older:  # as it was one start ago
            older.execute("UPDATE fact SET value = '0' WHERE name = 'boots'")
        older.close()
        ground.database = await Database.open(path, inline=True)
        assert ground.database.restored
        scene.life = ground.live()
        await asyncio.sleep(600.0)
        job = await scene.only()
        assert (job.state, job.trouble, scene.charges) == (State.NEEDS_PERSON, "Restored", 1)
        assert await scene.kinds() == {"reserve", "hold"}
        await ground.database.close()
        ground.database = await Database.open(path, inline=True)
        assert not ground.database.restored
        scene.rewound = True

    play(act)


CELLS = {
    "L-K1": stopped_in_order,
    "L-K2": killed_while_stopping,
    "L-PX": a_newer_database_is_refused,
    "L-DK": a_migration_that_fails_leaves_the_file_as_it_was,
    "L-ZO": a_second_process_is_turned_away,
    "L-HX": an_older_copy_is_quarantined,
}
