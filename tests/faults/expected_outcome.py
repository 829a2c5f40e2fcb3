"""The expected end of a scenario: state, charges, clips, attempts and money."""

import asyncio

from bot.jobs.job import State
from tests.faults.scenarios import Scenario


def expect(
    state: State, *, charges: int, clips: int = 0, attempt: int | None = None, money: str = ""
) -> "ExpectedOutcome":
    return ExpectedOutcome(state, charges, clips, attempt, money)


class ExpectedOutcome:
    """Request a video, wait until nothing more happens, and check the outcome."""

    def __init__(self, state: State, charges: int, clips: int, attempt: int | None, money: str) -> None:
        self.state, self.charges, self.clips, self.attempt, self.money = state, charges, clips, attempt, money

    async def __call__(self, scenario: Scenario) -> None:
        await scenario.request_video()
        await self.check(scenario)

    async def check(self, scenario: Scenario) -> None:
        job = await scenario.wait_until_idle()
        await asyncio.sleep(300.0)  # delayed requests have arrived by now
        assert (job.state, scenario.charges, scenario.clips) == (self.state, self.charges, self.clips)
        assert self.attempt in (None, job.task.attempt)
        assert not self.money or self.money in await scenario.ledger_kinds()


HELD_WITH_CHARGE = expect(State.NEEDS_PERSON, charges=1, money="hold")
HELD_WITHOUT_CHARGE = expect(State.NEEDS_PERSON, charges=0, money="hold")
DELIVERED = expect(State.DELIVERED, charges=1, clips=1, attempt=1, money="capture")
DELIVERED_ON_SECOND_ATTEMPT = expect(State.DELIVERED, charges=1, clips=1, attempt=2, money="capture")
