"""A standby without the last commits takes over beside a gateway and three workers, which go on running.

PostgreSQL is a primary and a standby that follows it, and their address names both. The standby falls behind because
nothing that is sent to it arrives any more. Each process has a data folder of its own, so one worker alone knows of
each payment that is gone. What the host has to do then is in docs/postgres.md.
"""

import asyncio
import contextlib
import itertools
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bot.sandbox.discord import LocalMessage
from bot.sandbox.fault_injection import Fault
from bot.sandbox.postgres import LocalPostgres
from bot.store.epoch_file import EpochFile
from bot.store.group_commit import Row
from bot.store.location import StoreLocation
from bot.store.open import open_reader
from tests.bucket.local_s3 import local_s3
from tests.cluster.dark_proxy import DarkProxy
from tests.cluster.processes import Cluster, cluster
from tests.faults.invariants import Tally
from tests.faults.real_processes import check_books

WORKERS = "abc"
CREATE, STATUS = "POST /v1/videos/*", "GET /v1/videos/*"
POSTED, PAID, GONE, FRESH = "posted boat", "paid boat", "boat that is gone", "fresh boat"  # prompts
REFUSED = "My database went back to an earlier state"
ORDER_EVERY_S, LOOK_EVERY_S = 3.0, 1.0
HELD_WITHIN_S = 180.0  # each process asks once a minute
_HELD_MICROS = "sum(CASE WHEN credit = 'held' THEN micros WHEN debit = 'held' THEN -micros ELSE 0 END)"


@dataclass(frozen=True, kw_only=True)
class Servers:
    """A primary, the standby, and the line between them."""

    primary: LocalPostgres
    standby: LocalPostgres
    line: DarkProxy

    @property
    def url(self) -> str:
        """The address of whichever of the two takes writes."""
        hosts = f"{self.primary.folder},{self.standby.folder}"
        return f"postgresql://retake@/retake?host={hosts}&target_session_attrs=read-write"

    def fail_over(self) -> None:
        self.primary.kill()
        self.standby.promote()


@contextlib.asynccontextmanager
async def _servers() -> AsyncIterator[Servers]:
    primary = await asyncio.to_thread(partial(LocalPostgres, fast=True))
    with contextlib.closing(primary):
        primary.create("retake")
        async with DarkProxy(f"{primary.folder}/.s.PGSQL.5432") as line:
            through = f"postgresql://retake@127.0.0.1:{line.port}/postgres"
            standby = await asyncio.to_thread(partial(LocalPostgres, fast=True, primary=through))
            with contextlib.closing(standby):
                yield Servers(primary=primary, standby=standby, line=line)


async def run_promotion(data: Path, **env: str) -> Tally:
    """Lose a failover's last commits, and return what the books say in the end. Raise AssertionError.

    `env`: of all processes.
    """
    async with (
        _servers() as servers,
        local_s3() as s3,
        cluster(data, url=servers.url, env={**s3.env(), **env}) as found,
    ):
        for name in WORKERS:
            await found.worker(name, RETAKE_DATA=str(data / name))
        await _fall_behind(found, servers)
        await asyncio.to_thread(servers.fail_over)
        found.provider.wire.clear()
        await _assert_held(found)
        await _decide(found)
        await _work_again(found)
        return await _books(found)


async def _fall_behind(found: Cluster, servers: Servers) -> None:
    """Let the standby have two orders, one at the provider and one that isn't paid, and nothing of what follows."""
    wire = found.provider.wire
    renders = wire.fail(Fault(route=STATUS, status=503, times=None))
    await found.order(POSTED)
    await found.eventually(lambda: _states(found.location) == {POSTED: "polling"})
    busy = wire.fail(Fault(route=CREATE, status=429, headers={"Retry-After": "1"}, times=None))
    await found.order(PAID)
    await found.eventually(lambda: busy.hits)
    standby = StoreLocation(found.location.data, servers.standby.url("retake"))
    await found.eventually(lambda: _states(standby).keys() == {POSTED, PAID})
    servers.line.go_dark()
    wire.clear(renders)
    await found.eventually(lambda: _states(found.location)[POSTED] == "delivered")
    wire.fail(Fault(route=STATUS, status=503, times=None))
    wire.clear(busy)
    await found.order(GONE)
    last = {POSTED: "delivered", PAID: "polling", GONE: "polling"}
    await found.eventually(lambda: _states(found.location) == last)
    ((spent,),) = _rows(found.location, "SELECT sum(micros) FROM day_use")
    await found.eventually(lambda: all(_noted(found, name) == spent for name in WORKERS))  # soon after it's paid
    assert _states(standby)[POSTED] == "polling"
    assert (found.charges, len(found.clips)) == (3, 1)


def _noted(found: Cluster, name: str) -> int:
    """Return what a worker's folder knows was spent today, in micros."""
    mark = EpochFile(found.world.data / name / "postgres").read()
    return mark.day_micros if mark is not None else 0


async def _assert_held(found: Cluster) -> None:
    """All processes hold the database, also those that miss nothing, and the money of what is open in it."""
    await found.eventually(lambda: _states(found.location) == {POSTED: "needs_person", PAID: "needs_person"})
    ((price,),) = _rows(found.location, "SELECT DISTINCT price_micros FROM job")
    held = f"SELECT prompt, {_HELD_MICROS} FROM ledger JOIN job ON job.id = job_id GROUP BY prompt"  # noqa: S608
    assert dict(map(tuple, _rows(found.location, held))) == {POSTED: price, PAID: price}
    ((counted,),) = _rows(found.location, "SELECT sum(micros) FROM day_use")
    assert counted == 3 * price  # also the order that is gone
    for name in WORKERS:
        await _says(found, name, "failed over or was restored (timeline 1, now 2)")
    await _refuses(found)
    assert (found.charges, len(found.clips)) == (3, 1)  # nor was paid what the gateway took before it knew


async def _says(found: Cluster, name: str, what: str) -> None:
    """Wait until `healthy` says something of a worker."""
    async with asyncio.timeout(HELD_WITHIN_S):
        while what not in (await _run(found, name, "healthy"))[1]:  # noqa: ASYNC110 - of another process
            await asyncio.sleep(LOOK_EVERY_S)


async def _refuses(found: Cluster) -> None:
    """Order until the gateway refuses."""
    async with asyncio.timeout(HELD_WITHIN_S):
        for number in itertools.count():
            answer = await _order_as(found, f"member{number}", f"boat {number} meanwhile")
            if REFUSED in answer:
                return
            await asyncio.sleep(ORDER_EVERY_S)


async def _order_as(found: Cluster, member: str, prompt: str) -> str:
    """Order as a member who hasn't reached a limit yet. Return the answer."""
    (guild,) = found.world.discord.guilds
    asked = await guild.add_member(member).slash(found.channel, "generate", prompt=prompt)
    answer = await asked.answer(HELD_WITHIN_S)
    return answer.content if isinstance(answer, LocalMessage) else ""


async def _decide(found: Cluster) -> None:
    """Do what the host has to do: compare with the provider, stop the bot, adopt, and decide about what is held."""
    for each in (found.world.bot, *found.workers):
        assert await each.terminate() == 0
    code, said = await _run(found, WORKERS[0], "adopt", "--yes")
    assert (code, "Adopted: the bot takes requests again" in said) == (0, True), said
    codes = dict(map(tuple, _rows(found.location, "SELECT prompt, code FROM job")))
    (task_id,) = (task.id for task in found.provider.tasks.values() if task.prompt == PAID)
    for command in (("adopt", codes[PAID], task_id), ("give-up", codes[POSTED])):
        code, said = await _run(found, WORKERS[0], "jobs", *command)
        assert code == 0, said


async def _work_again(found: Cluster) -> None:
    """Start everything, and order another video."""
    for worker in found.workers:
        await worker.start()
    await found.world.start_bot()
    await _order_as(found, "bob", FRESH)
    await found.eventually(lambda: _states(found.location).get(FRESH) == "delivered")
    await found.eventually(lambda: set(_states(found.location).values()) == {"delivered", "cancelled"})
    for name in WORKERS:
        await _says(found, name, "Alive and ready.")


async def _books(found: Cluster) -> Tally:
    """End everything, and compare the books. Of the order that is gone, the provider alone knows."""
    for each in (found.world.bot, *found.workers):
        assert await each.terminate() == 0
    assert found.wrong_money() == []
    states = _states(found.location)
    assert (states.pop(POSTED), set(states.values())) == ("cancelled", {"delivered"})  # posted before; counted
    assert {found.provider.tasks[each.task_id].prompt for each in found.provider.charges} == {POSTED, GONE, *states}
    assert all(any(prompt in clip.content for clip in found.clips) for prompt in (POSTED, *states))
    assert not any(GONE in clip.content for clip in found.clips)
    tally = check_books(found.world, found.provider, found.location)
    tally.lost -= 1  # GONE
    tally.promotions = 1
    return tally


async def _run(found: Cluster, name: str, *words: str) -> tuple[int, str]:
    """Run a command of the host in the data folder of a worker. Return its exit code and what it prints."""
    env = {**found.world.env(), "RETAKE_ROLE": "worker", "RETAKE_DATA": str(found.world.data / name)}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", *words, env=env, cwd=found.world.data, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    out, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode()


def _states(location: StoreLocation) -> dict[str, str]:
    """Return the state of each job by its prompt."""
    return dict(map(tuple, _rows(location, "SELECT prompt, state FROM job")))


def _rows(location: StoreLocation, sql: str) -> list[Row]:
    with open_reader(location) as tx:
        return tx.run(sql)
