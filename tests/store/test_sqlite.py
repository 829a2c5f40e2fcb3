"""The SQLite store: the conformance suite, durability, query plans, the epoch file and exclusive ownership."""

import sqlite3
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from bot.jobs.job import State
from bot.ports.job_store import JobStore
from bot.store.database import Database
from bot.store.epoch_file import Epoch, EpochFile, is_restored
from bot.store.jobs import CLAIM, SqlJobStore
from bot.store.lock import NetworkDisk, file_system_of, is_network, refuse_network
from tests.store.conformance import Conformance, insert_job, transition_through
from tests.store.factories import NOW, make_job
from tests.store.state_machine import JobStoreStateMachine


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqlJobStore]:
    database = await Database.open(tmp_path / "retake.sqlite3")
    yield SqlJobStore(database)
    await database.close()


class TestSqlJobStore(Conformance):
    """Run the conformance suite."""


MEMORY = next((folder for folder in ("/dev/shm",) if Path(folder).is_dir()), None)  # noqa: S108


class SqliteStateMachine(JobStoreStateMachine):
    """The same statements without a thread, in memory if possible."""

    @staticmethod
    async def open() -> JobStore:
        folder = tempfile.mkdtemp(prefix="retake-machine-", dir=MEMORY)
        return SqlJobStore(await Database.open(Path(folder, "retake.sqlite3"), inline=True))

    @staticmethod
    async def close(store: JobStore) -> None:
        assert isinstance(store, SqlJobStore)
        (row,) = await store.database.run("SELECT file FROM pragma_database_list WHERE name = 'main'")
        await store.database.close()
        for file in Path(row["file"]).parent.iterdir():
            file.unlink()
        Path(row["file"]).parent.rmdir()

    @staticmethod
    async def ledger_balances(store: JobStore, job_id: str) -> dict[str, int]:
        assert isinstance(store, SqlJobStore)
        found: dict[str, int] = {}
        for row in await store.database.run("SELECT * FROM ledger WHERE job_id = ?", (job_id,)):
            found[row["debit"]] = found.get(row["debit"], 0) - row["micros"]
            found[row["credit"]] = found.get(row["credit"], 0) + row["micros"]
        return found


TestSqliteStateMachine = SqliteStateMachine.TestCase
TestSqliteStateMachine.settings = settings(
    max_examples=40, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
)


async def test_commits_are_durable(store: SqlJobStore) -> None:
    (mode,) = await store.database.run("PRAGMA journal_mode")
    (sync,) = await store.database.run("PRAGMA synchronous")
    assert (mode[0], sync[0]) == ("wal", 2)


@pytest.mark.parametrize("table", ["event", "ledger"])
async def test_history_is_append_only(store: SqlJobStore, table: str) -> None:
    await transition_through(store, await insert_job(store), State.ACCEPTED)
    for change in (f"UPDATE {table} SET at = 0", f"DELETE FROM {table}"):  # noqa: S608
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            await store.database.run(change)


async def test_events_record_the_transitions_of_a_job(store: SqlJobStore) -> None:
    job = await transition_through(store, await insert_job(store), State.ACCEPTED, State.SUBMITTING, State.POLLING)
    rows = await store.database.run("SELECT * FROM event WHERE job_id = ? ORDER BY seq", (job.id,))
    assert [row["to_state"] for row in rows] == ["received", "accepted", "submitting", "polling"]
    assert [row["from_state"] for row in rows] == [None, "received", "accepted", "submitting"]


async def test_the_claim_reads_due_jobs_only(store: SqlJobStore) -> None:
    plan = [row["detail"] for row in await store.database.run(f"EXPLAIN QUERY PLAN {CLAIM}", (NOW, NOW, NOW, NOW, 9))]
    assert "SEARCH job USING INDEX job_due (due_at<?)" in plan
    assert not any(line.startswith("SCAN") or "TEMP B-TREE" in line for line in plan)


async def test_money_is_settled_at_most_once(store: SqlJobStore) -> None:
    job = await transition_through(store, await insert_job(store), State.ACCEPTED, State.SUBMITTING, State.POLLING)
    done = await store.transition(job, State.DOWNLOADING, now=NOW, why="done", money="capture")
    assert done is not None
    await store.transition(done, State.NEEDS_PERSON, now=NOW, why="no file", money="hold")
    kinds = [row["kind"] for row in await store.database.run("SELECT kind FROM ledger ORDER BY rowid")]
    assert kinds == ["reserve", "capture"]


async def test_a_restored_copy_is_detected(tmp_path: Path) -> None:
    path = tmp_path / "retake.sqlite3"
    database = await Database.open(path)
    store = SqlJobStore(database)
    await store.new_epoch(NOW)
    job = await transition_through(store, await insert_job(store), State.ACCEPTED)
    await database.close()
    backup = path.read_bytes()
    database = await Database.open(path)
    assert not database.restored
    await SqlJobStore(database).transition(job, State.SUBMITTING, now=NOW, why="intent")
    await database.close()
    path.write_bytes(backup)
    database = await Database.open(path)
    assert database.restored
    assert await SqlJobStore(database).new_epoch(NOW) == 1
    held = await SqlJobStore(database).job(job.id)
    assert held is not None
    assert (held.state, held.trouble) == (State.NEEDS_PERSON, "Restored")
    await database.close()


def test_an_older_epoch_file_means_a_crash_and_a_newer_one_a_restore(tmp_path: Path) -> None:
    assert not is_restored(Epoch(), None)
    assert is_restored(Epoch(boots=1), None)
    assert not is_restored(Epoch(boots=3, events=9), Epoch(boots=2, events=7))
    assert is_restored(Epoch(boots=3, events=9), Epoch(boots=3, events=10))
    assert is_restored(Epoch(boots=2), Epoch(boots=3))
    sidecar = EpochFile(tmp_path / "retake.sqlite3")
    assert sidecar.read() is None
    sidecar.write(Epoch(boots=3, events=10))
    assert sidecar.read() == Epoch(boots=3, events=10)


MOUNTS = """21 1 8:1 / / rw - ext4 /dev/sda1 rw
22 21 0:40 / /srv rw - nfs4 server:/x rw
23 22 0:41 / /srv/local\\040disk rw - xfs /dev/sdb1 rw
24 21 0:42 / /far rw - fuse.sshfs me@there:/ rw"""


def test_network_file_systems_are_refused(tmp_path: Path) -> None:
    assert file_system_of(Path("/data"), MOUNTS) == "ext4"
    assert file_system_of(Path("/srv/data"), MOUNTS) == "nfs4"
    assert file_system_of(Path("/srv/local disk/data"), MOUNTS) == "xfs"
    assert [is_network(kind) for kind in ("nfs4", "fuse.sshfs", "cifs", "xfs", "overlay", "fuse")] == [
        True, True, True, False, False, False,
    ]  # fmt: skip
    mountinfo = tmp_path / "mountinfo"
    mountinfo.write_text(f"21 1 0:40 / {tmp_path} rw - nfs server:/x rw")
    with pytest.raises(NetworkDisk):
        refuse_network(tmp_path, mountinfo)


async def test_an_unknown_column_raises(store: SqlJobStore) -> None:
    job = await store.insert(make_job())
    assert job is not None
    with pytest.raises(TypeError, match="colour"):
        await store.update(job, colour="red")  # type: ignore[call-arg]  # what the type check refuses
