"""Rows C (budget), D (intent), E (submit) and K (ledger) of the fault matrix. Source: reference/reliability.md 5."""

import asyncio
import sqlite3

import pytest
from pydantic import ValidationError

from bot.catalogue.schema import PriceIn
from bot.jobs.job import State
from bot.jobs.provider_errors import Refused
from bot.jobs.server_settings import ServerSettings
from bot.ports.provider import Draft, ProviderOrder
from tests.faults.fakes import Ability
from tests.faults.scenes import DAY_S, Scene, play

SUBMITTED = "provider.submit"


def ended(state: State, *, charges: int, clips: int = 0, attempt: int | None = None, money: str = "") -> "Ending":
    return Ending(state, charges, clips, attempt, money)


class Ending:
    """An act: order, wait until nothing more happens, and look."""

    def __init__(self, state: State, charges: int, clips: int, attempt: int | None, money: str) -> None:
        self.state, self.charges, self.clips, self.attempt, self.money = state, charges, clips, attempt, money

    async def __call__(self, scene: Scene) -> None:
        await scene.order()
        await self.look(scene)

    async def look(self, scene: Scene) -> None:
        job = await scene.quiet()
        await asyncio.sleep(300.0)  # what was still under way has arrived
        assert (job.state, scene.charges, scene.clips) == (self.state, self.charges, self.clips)
        assert self.attempt in (None, job.task.attempt)
        assert not self.money or self.money in await scene.kinds()


ASKED = ended(State.NEEDS_PERSON, charges=1, money="hold")
ASKED_FOR_NOTHING = ended(State.NEEDS_PERSON, charges=0, money="hold")
FOUND = ended(State.DELIVERED, charges=1, clips=1, attempt=1, money="capture")
SECOND = ended(State.DELIVERED, charges=1, clips=1, attempt=2, money="capture")


def killed_before_the_request_left(ability: Ability) -> None:
    play({"none": ASKED_FOR_NOTHING, "list": SECOND, "key": FOUND}[ability], ability, (SUBMITTED, "before"))


def killed_before_the_answer_was_written_down(ability: Ability) -> None:
    play({"none": ASKED, "list": FOUND, "key": FOUND}[ability], ability, (SUBMITTED, "after"))


def no_answer_in_time(ability: Ability) -> None:
    play({"none": ASKED, "list": FOUND, "key": FOUND}[ability], ability, paid=("late",))


def an_answer_of_5xx_although_it_was_charged(ability: Ability) -> None:
    play({"none": ASKED, "list": FOUND, "key": FOUND}[ability], ability, paid=("lost",))


def too_many_requests(ability: Ability) -> None:
    play(ended(State.DELIVERED, charges=1, clips=1, attempt=1, money="capture"), ability, paid=("busy", "busy"))


def refused_before_and_after_an_ambiguous_try(ability: Ability) -> None:
    play(ended(State.REJECTED, charges=0, money="release"), ability, paid=("refused",))

    async def twice(scene: Scene) -> None:
        await scene.order()
        job = await scene.until(State.NEEDS_PERSON)
        scene.ground.resent[job.id] = 1
        await scene.life.job_service.resend(job.id, ServerSettings())
        scene.life.engine.wake_up()
        job = await scene.quiet()
        assert (job.state, job.trouble, scene.charges) == (State.REJECTED, Refused.__name__, 1)
        assert await scene.moves() == ["1 reserve", "1 hold", "1 capture", "2 reserve", "2 release"]

    play(twice, "none", paid=("lost", "refused"))


def paid_and_the_disk_does_not_take_it(ability: Ability) -> None:
    async def act(scene: Scene) -> None:
        loop = asyncio.get_running_loop()
        ordering = asyncio.create_task(scene.order())
        await ordering
        await scene.until(State.SUBMITTING)
        scene.ground.full_until = loop.time() + 300.0
        await FOUND.look(scene) if ability != "none" else await ASKED.look(scene)

    play(act, ability)


def taken_over_by_another_process(ability: Ability) -> None:
    async def act(scene: Scene) -> None:
        await scene.order()
        await scene.until(State.SUBMITTING)
        scene.again()  # the lock is free only once the first is dead
        taken_over = asyncio.get_running_loop().time()
        if ability == "list":
            await scene.until(State.POLLING, State.ACCEPTED)
            assert asyncio.get_running_loop().time() - taken_over >= scene.ground.timing.settle_s
        job = await scene.quiet()
        assert scene.charges <= 1
        assert job.state is (State.NEEDS_PERSON if ability == "none" else State.DELIVERED)

    play(act, ability)


def an_answer_that_says_nothing(ability: Ability) -> None:
    """HTML, no id, 50 MB: the adapters call all of these OutcomeUnknown (tests/providers): a lost answer."""
    an_answer_of_5xx_although_it_was_charged(ability)


def reclaimed_and_nothing_was_sent() -> None:
    play(FOUND, "none", ("store.transition.submitting", "before"))


def settled_after_the_intent() -> None:
    play(SECOND, "list", ("store.transition.submitting", "after"))


def no_paid_request_while_the_intent_cannot_be_written() -> None:
    async def act(scene: Scene) -> None:
        stalled = asyncio.Event()
        draft = scene.provider.draft

        async def wait(order: ProviderOrder) -> Draft:
            await stalled.wait()
            return await draft(order)

        scene.provider.draft = wait  # type: ignore[method-assign]
        await scene.order()
        scene.ground.full_until = asyncio.get_running_loop().time() + 900.0
        stalled.set()
        await asyncio.sleep(800.0)
        assert (scene.charges, (await scene.only()).state) == (0, State.ACCEPTED)
        await FOUND.look(scene)

    play(act)


def settled_by_the_later_of_two_clocks() -> None:
    for jump_s in (DAY_S, -DAY_S):

        async def act(scene: Scene, jump_s: float = jump_s) -> None:
            await scene.order()
            await scene.until(State.SUBMIT_UNKNOWN)
            began = asyncio.get_running_loop().time()
            scene.ground.clock.error = jump_s
            await scene.until(*(set(State) - {State.SUBMIT_UNKNOWN}))
            assert asyncio.get_running_loop().time() - began >= scene.ground.timing.settle_s - 60.0
            await FOUND.look(scene)

        play(act, "list", paid=("late",))


def a_stale_worker_is_dropped() -> None:
    async def act(scene: Scene) -> None:
        await scene.order()
        job = await scene.until(State.POLLING)
        now = scene.life.clock.now()
        fresh = await scene.ground.store().take_over(job.id, (State.POLLING,), now, 60.0)
        assert fresh is not None
        assert await scene.ground.store().transition(job, State.FAILED, now=now, why="stale") is None
        assert await scene.ground.store().update(job, progress=1.0) is None
        await FOUND.look(scene)

    play(act)


def no_order_no_reservation() -> None:
    async def act(scene: Scene) -> None:
        await scene.order()
        assert await scene.job() is None
        assert await scene.kinds() == set()

    play(act, "none", ("store.insert", "before"))


def the_reservation_is_in_the_orders_transaction() -> None:
    async def act(scene: Scene) -> None:
        await scene.order()
        assert await scene.kinds() == {"reserve"}
        assert (await scene.quiet()).state is State.ABANDONED

    play(act, "none", ("store.insert", "after"))


def no_request_where_nothing_can_be_reserved() -> None:
    async def act(scene: Scene) -> None:
        scene.ground.full_until = asyncio.get_running_loop().time() + 100.0
        with pytest.raises(sqlite3.OperationalError):
            await scene.life.order("none")
        assert scene.charges == 0

    play(act)


def a_price_is_a_number() -> None:
    for price in (float("nan"), float("inf"), -1.0):
        with pytest.raises(ValidationError):
            PriceIn.model_validate({"video_usd": price})


def settled_at_the_next_claim() -> None:
    play(
        ended(State.DELIVERED, charges=1, clips=1, money="capture"), "none", ("store.transition.downloading", "before")
    )


def settled_once() -> None:
    play(ended(State.DELIVERED, charges=1, clips=1, money="capture"), "none", ("store.transition.downloading", "after"))


def settled_when_the_disk_is_back() -> None:
    async def act(scene: Scene) -> None:
        await scene.order()
        await scene.until(State.POLLING)
        scene.ground.full_until = asyncio.get_running_loop().time() + 300.0
        await FOUND.look(scene)

    play(act)


PER_ABILITY = {
    "E-K1": killed_before_the_request_left,
    "E-K2": killed_before_the_answer_was_written_down,
    "E-TO": no_answer_in_time,
    "E-5X": an_answer_of_5xx_although_it_was_charged,
    "E-RL": too_many_requests,
    "E-PX": refused_before_and_after_an_ambiguous_try,
    "E-DK": paid_and_the_disk_does_not_take_it,
    "E-ZO": taken_over_by_another_process,
    "E-HX": an_answer_that_says_nothing,
}
CELLS = {
    "D-K1": reclaimed_and_nothing_was_sent,
    "D-K2": settled_after_the_intent,
    "D-DK": no_paid_request_while_the_intent_cannot_be_written,
    "D-CK": settled_by_the_later_of_two_clocks,
    "D-ZO": a_stale_worker_is_dropped,
    "C-K1": no_order_no_reservation,
    "C-K2": the_reservation_is_in_the_orders_transaction,
    "C-DK": no_request_where_nothing_can_be_reserved,
    "C-HX": a_price_is_a_number,
    "K-K1": settled_at_the_next_claim,
    "K-K2": settled_once,
    "K-DK": settled_when_the_disk_is_back,
    "K-ZO": a_stale_worker_is_dropped,
}
