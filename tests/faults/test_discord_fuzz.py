"""Damaged gateway events and REST answers don't end the process or lose jobs. `make faults` has the long run."""

from bot.client import RetakeBot
from bot.ports.clock import SystemClock
from tests.faults.discord_events import DELIVERED, EVENTS
from tests.faults.fuzz_gateway import fuzz_gateway
from tests.faults.fuzz_rest import fuzz_rest


async def test_damaged_events_are_dropped_and_orders_are_answered() -> None:
    result = await fuzz_gateway(1000, seed=1)
    assert result.problems == []
    assert result.clean, result.line()
    assert set(result.sent) >= DELIVERED


async def test_damaged_rest_answers_lose_no_job() -> None:
    result = await fuzz_rest(200, seed=1)
    assert result.clean, (result.line(), result.lost, result.doubled, result.paid_twice)
    assert result.logins > 0
    assert result.paid > result.orders / 2


async def test_the_events_of_every_intent_are_among_those_that_are_damaged() -> None:
    asked = {name for name, on in RetakeBot(SystemClock()).intents if on}
    assert asked == EVENTS.keys() - {""}
