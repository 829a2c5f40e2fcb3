"""The stage for one cell of the matrix: one order, scripted trouble, and what came of it."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.jobs.job import Job, State
from tests.faults.crash_injection import Point
from tests.faults.fake_provider import Ability, FakeProvider
from tests.faults.invariants import Tally, check
from tests.faults.process_runs import Ground, Life, open_ground, virtually

DAY_S = 86_400.0


@dataclass
class Scene:
    """One order on its way. `kinds` are its ledger's entries, `events` its states in order."""

    ground: Ground
    life: Life
    ability: Ability
    ordering: "asyncio.Task[Job | None] | None" = None
    rewound: bool = False  # the database is not the one that all of it happened to

    @property
    def provider(self) -> FakeProvider:
        return self.life.providers[self.ability]

    async def order(self) -> None:
        self.ordering = self.life.do(self.life.order(self.ability))
        await asyncio.gather(self.ordering, return_exceptions=True)

    async def job(self) -> Job | None:
        rows = await self.ground.database.run("SELECT id FROM job")
        return await self.ground.store().job(rows[0]["id"]) if rows else None

    async def only(self) -> Job:
        job = await self.job()
        assert job is not None
        return job

    async def until(self, *states: State, within_s: float = 7200.0) -> Job:
        """The job, once it is in one of these states."""
        for _ in range(int(within_s)):
            job = await self.job()
            if job is not None and job.state in states:
                return job
            await asyncio.sleep(1.0)
        raise AssertionError(f"the job is {(await self.only()).state}")

    async def quiet(self, within_s: float = 100 * 3600.0) -> Job:
        """The job, once nothing more happens by itself; a process that died is started again."""
        for _ in range(int(within_s / 5)):
            if self.life.gate.dead:
                self.again()
            await asyncio.sleep(5.0)
            store = self.ground.store()
            if not await store.open_jobs() and await store.next_due() is None:
                break
        return await self.only()

    def again(self, points: frozenset[Point] = frozenset()) -> None:
        """Another process on the same disk."""
        script, posts = self.provider.script, self.life.publisher.script
        if not self.life.gate.dead:
            self.life.kill()
        self.life = self.ground.live(points=points)
        self.provider.script, self.life.publisher.script = script, posts

    async def kinds(self) -> set[str]:
        return {row["kind"] for row in await self.ground.database.run("SELECT kind FROM ledger")}

    async def moves(self) -> list[str]:
        """Part and kind of every move of money, in order."""
        rows = await self.ground.database.run("SELECT part, kind FROM ledger ORDER BY rowid")
        return [f"{row['part']} {row['kind']}" for row in rows]

    async def states(self) -> list[str]:
        return [row["to_state"] for row in await self.ground.database.run("SELECT to_state FROM event ORDER BY rowid")]

    @property
    def charges(self) -> int:
        return sum(self.ground.books.charges_by_job().values())

    @property
    def clips(self) -> int:
        return sum(each.has_clip and not each.deleted for each in self.ground.channel.messages.values())

    async def tally(self) -> Tally:
        return await check(self.ground)


Play = Callable[[Scene], Awaitable[None]]


def play(
    act: Play,
    ability: Ability = "none",
    *kills: tuple[str, str],
    paid: tuple[str, ...] = (),
    posts: tuple[str, ...] = (),
) -> None:
    """Act on a fresh stage; afterwards nothing may be lost, doubled or wrongly refunded.

    `kills` are (call, "before" | "after"); `paid` and `posts` script what becomes of paid requests and posts.
    """

    async def scene() -> None:
        points = frozenset(Point(name, 1, "before" if when == "before" else "after") for name, when in kills)
        async with open_ground(3) as ground:
            life = ground.live(points=points)
            stage = Scene(ground, life, ability)
            stage.provider.script = list(paid)
            stage.life.publisher.script = list(posts)
            await asyncio.sleep(1.0)
            await act(stage)
            assert stage.rewound or (await stage.tally()).clean, (await stage.tally()).line(3)

    virtually(scene)
