"""What becomes of a lost paid request at accounts that can't say whether they have it."""

import asyncio
from collections.abc import Sequence

from bot.jobs.job import State
from bot.ports.provider import Task
from bot.ports.provider_capabilities import LostRequest
from tests.faults.expected_outcome import HELD_WITH_CHARGE
from tests.faults.fake_provider import ListingProvider
from tests.faults.scenarios import Scenario, run_scenario


def test_who_cannot_tell_has_the_requester_asked_within_a_minute() -> None:
    """In virtual time: neither the settling time nor the day of retries is waited for."""

    async def steps(scenario: Scenario) -> None:
        async def cannot_tell(lost: LostRequest) -> Sequence[Task] | None:
            return None

        assert isinstance(scenario.provider, ListingProvider)
        scenario.provider.find_tasks = cannot_tell  # type: ignore[method-assign]
        await scenario.request_video()
        await scenario.wait_for_state(State.SUBMIT_UNKNOWN, State.NEEDS_PERSON)
        unknown_since = asyncio.get_running_loop().time()
        await scenario.wait_for_state(State.NEEDS_PERSON)
        assert asyncio.get_running_loop().time() - unknown_since < 60.0
        await HELD_WITH_CHARGE.check(scenario)

    run_scenario(steps, "list", paid=("lost",))
