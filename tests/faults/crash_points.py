"""kill -9 at every call across the edge of the process, before and after its effect, alone and in pairs."""

import asyncio
import itertools
import logging
from collections.abc import Iterable

from bot.jobs.job import State
from tests.faults.crash_injection import Point
from tests.faults.fake_provider import Ability
from tests.faults.invariants import Tally, check
from tests.faults.process_runs import open_ground, virtually

QUIET_S = 3600.0


def journey(ability: Ability, points: frozenset[Point] = frozenset()) -> tuple[Tally, list[Point], State]:
    """One order from its command to its clip; every point kills the life that reaches it."""
    logging.disable(logging.CRITICAL)
    try:
        result: tuple[Tally, list[Point], State] = virtually(lambda: _journey(ability, points))
        return result
    finally:
        logging.disable(logging.NOTSET)


async def _journey(ability: Ability, points: frozenset[Point]) -> tuple[Tally, list[Point], State]:
    async with open_ground(7) as ground:
        life = ground.live(points=points)
        await asyncio.sleep(1.0)
        ordering = life.do(life.order(ability))
        await asyncio.gather(ordering, return_exceptions=True)
        loop = asyncio.get_running_loop()
        until = loop.time() + QUIET_S
        while loop.time() < until:
            if ground.now is not None and ground.now.gate.dead:
                await asyncio.sleep(1.0)
                left = points - set(ground.now.gate.passed)
                ground.live(points=frozenset(left) if ground.kills < len(points) else frozenset())
            await asyncio.sleep(5.0)
            if not await ground.store().open_jobs() and await ground.store().next_due() is None:
                break
        rows = await ground.database.run("SELECT state FROM job")
        state = State(rows[0]["state"]) if rows else State.ABANDONED
        return await check(ground), life.gate.passed, state


def points_of(ability: Ability) -> list[Point]:
    """Every point that an undisturbed journey passes."""
    _, passed, _ = journey(ability)
    return list(dict.fromkeys(passed))


def _rounds(point: Point) -> int:
    return 1 if point.name in ("store.claim", "store.next_due", "publisher.show_status", "provider.check") else 3


def enumerate_points(ability: Ability, pairs: bool = False) -> Tally:
    """Every point alone; or every point followed by every other one in the next life."""
    points = points_of(ability)
    plans: Iterable[frozenset[Point]] = (frozenset({point}) for point in points)
    if pairs:  # the loop's idle rounds are all alike
        plans = (frozenset(pair) for pair in itertools.combinations([p for p in points if p.nth <= _rounds(p)], 2))
    total = Tally()
    for plan in plans:
        tally, _, state = journey(ability, plan)
        total += tally
        if not tally.clean:
            total.broken.append(f"{ability}: killed at {sorted(map(str, plan))}, ended {state.value}")
    return total
