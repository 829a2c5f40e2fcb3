"""Scenarios for the cells of the fault matrix: one job with scripted faults."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.jobs.job import Job, State
from tests.faults.crash_injection import CrashPoint
from tests.faults.fake_provider import Capability, FakeProvider
from tests.faults.invariants import Tally, check_invariants
from tests.faults.process_runs import FaultEnvironment, ProcessRun, open_environment, run_in_virtual_time

DAY_S = 86_400.0


@dataclass
class Scenario:
    """One requested video and the process that works on it."""

    environment: FaultEnvironment
    process: ProcessRun
    capability: Capability
    request_task: "asyncio.Task[Job | None] | None" = None
    database_restored: bool = False  # the database was replaced by an older one, so the invariants don't apply

    @property
    def provider(self) -> FakeProvider:
        return self.process.providers[self.capability]

    async def request_video(self) -> None:
        self.request_task = self.process.run_task(self.process.request_video(self.capability))
        await asyncio.gather(self.request_task, return_exceptions=True)

    async def job(self) -> Job | None:
        rows = await self.environment.database.run("SELECT id FROM job")
        return await self.environment.store().job(rows[0]["id"]) if rows else None

    async def require_job(self) -> Job:
        job = await self.job()
        assert job is not None
        return job

    async def wait_for_state(self, *states: State, within_s: float = 7200.0) -> Job:
        """Return the job when it is in one of these states. Raise AssertionError after `within_s`."""
        for _ in range(int(within_s)):
            job = await self.job()
            if job is not None and job.state in states:
                return job
            await asyncio.sleep(1.0)
        raise AssertionError(f"the job is {(await self.require_job()).state}")

    async def wait_until_idle(self, within_s: float = 100 * 3600.0) -> Job:
        """Return the job when nothing more happens. A process that died is restarted."""
        for _ in range(int(within_s / 5)):
            if self.process.crash_injector.dead:
                self.restart_process()
            await asyncio.sleep(5.0)
            store = self.environment.store()
            if not await store.open_jobs() and await store.next_due() is None:
                break
        return await self.require_job()

    def restart_process(self, points: frozenset[CrashPoint] = frozenset()) -> None:
        """Start another process on the same database and files."""
        script, posts = self.provider.script, self.process.publisher.script
        if not self.process.crash_injector.dead:
            self.process.kill()
        self.process = self.environment.start_process(points=points)
        self.provider.script, self.process.publisher.script = script, posts

    async def ledger_kinds(self) -> set[str]:
        return {row["kind"] for row in await self.environment.database.run("SELECT kind FROM ledger")}

    async def ledger_moves(self) -> list[str]:
        """Return part and kind of every ledger entry, in order."""
        rows = await self.environment.database.run("SELECT part, kind FROM ledger ORDER BY rowid")
        return [f"{row['part']} {row['kind']}" for row in rows]

    async def state_history(self) -> list[str]:
        return [
            row["to_state"] for row in await self.environment.database.run("SELECT to_state FROM event ORDER BY rowid")
        ]

    @property
    def charges(self) -> int:
        return sum(self.environment.provider_ledger.charges_by_job().values())

    @property
    def clips(self) -> int:
        return sum(message.has_clip and not message.deleted for message in self.environment.channel.messages.values())

    async def check(self) -> Tally:
        return await check_invariants(self.environment)


Steps = Callable[[Scenario], Awaitable[None]]


def run_scenario(
    steps: Steps,
    capability: Capability = "none",
    *kills: tuple[str, str],
    paid: tuple[str, ...] = (),
    posts: tuple[str, ...] = (),
) -> None:
    """Run the steps in a new environment and check the invariants afterwards.

    `kills` are (call, "before" | "after"); `paid` and `posts` are the outcomes of the next paid requests and posts.
    """

    async def scenario() -> None:
        points = frozenset(CrashPoint(name, 1, "before" if when == "before" else "after") for name, when in kills)
        async with open_environment(3) as environment:
            process = environment.start_process(points=points)
            scenario = Scenario(environment, process, capability)
            scenario.provider.script = list(paid)
            scenario.process.publisher.script = list(posts)
            await asyncio.sleep(1.0)
            await steps(scenario)
            assert scenario.database_restored or (await scenario.check()).clean, (await scenario.check()).summary(3)

    run_in_virtual_time(scenario)
