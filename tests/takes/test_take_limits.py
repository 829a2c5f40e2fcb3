"""Takes within limits and budgets: what fits is offered, and ordered with one press."""

import asyncio
from pathlib import Path

import pytest

from bot.jobs.bundle_errors import TakesOverBudget, TakesOverHostBudget, TakesOverMonth, TooManyTakes
from bot.jobs.bundle_limits import rejection_for_takes
from bot.jobs.limits import Caps, HostBudget, UsageTotals
from bot.jobs.rejections import BudgetTooLow, LimitReached
from bot.sandbox.discord import LocalMessage
from bot.sandbox.fault_injection import Fault
from tests.harness import open_harness
from tests.limits.helpers import set_server_settings
from tests.remix.helpers import LIGHTHOUSE, labels

NOON = 1_795_262_400.0
FOUR = [100_000] * 4


@pytest.mark.parametrize(
    ("caps", "used", "said"),
    [
        (
            Caps(server_day_micros=1_000_000),
            UsageTotals(server_day_micros=690_000),
            (TakesOverBudget, "Four cost ≈ $0.40; $0.31 is left today. Three?"),
        ),
        (
            Caps(server_month_micros=1_000_000),
            UsageTotals(server_month_micros=790_000),
            (TakesOverMonth, "Four cost ≈ $0.40; $0.21 is left this month. Two?"),
        ),
        (
            Caps(host=HostBudget(day_micros=1_000_000)),
            UsageTotals(host_day_micros=850_000),
            (TakesOverHostBudget, "Four cost ≈ $0.40, more than is left of this bot's video budget. One?"),
        ),
        (
            Caps(member_videos=5),
            UsageTotals(member_videos=3),
            (TooManyTakes, "Four are too many: 2 more can be requested today. Two?"),
        ),
    ],
)
def test_the_error_offers_what_fits(caps: Caps, used: UsageTotals, said: tuple[type, str]) -> None:
    error = rejection_for_takes(caps, used, FOUR, NOON)
    assert error is not None
    assert (type(error), error.sentence()) == said


def test_where_not_one_fits_the_error_is_that_of_one_video() -> None:
    assert isinstance(
        rejection_for_takes(Caps(member_videos=5), UsageTotals(member_videos=5), FOUR, NOON), LimitReached
    )
    low = rejection_for_takes(Caps(server_day_micros=1_000_000), UsageTotals(server_day_micros=950_000), FOUR, NOON)
    assert isinstance(low, BudgetTooLow)
    assert rejection_for_takes(Caps(server_day_micros=400_000, member_videos=4), UsageTotals(), FOUR, NOON) is None


async def test_the_button_orders_as_many_as_fit_and_once(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        await set_server_settings(harness, budget_day_micros=310_000)
        refused = await (await harness.alice.slash(harness.channel, "generate", prompt=LIGHTHOUSE, takes=4)).answer()
        assert isinstance(refused, LocalMessage)
        assert refused.content == "Four cost ≈ $0.40; $0.31 is left today. Three?"
        assert labels(refused) == ["Three", "Edit and retry"]
        assert harness.database is not None
        assert await harness.database.run("SELECT 1 FROM job") == []
        await harness.restart()
        await harness.alice.press(refused, "Three")
        second = await (await harness.alice.press(refused, "Three")).answer()
        assert isinstance(second, LocalMessage)
        assert second.ephemeral_to == harness.alice.id
        clip = await harness.wait_for_clip(LIGHTHOUSE)
        assert len(clip.attachments) == 3
        assert len(harness.provider.charges) == 3


async def test_the_price_of_the_order_is_reserved_before_anything_is_sent(tmp_path: Path) -> None:
    async with open_harness(tmp_path, render_s=60.0) as harness:
        await set_server_settings(harness, budget_day_micros=400_000)
        await harness.alice.slash(harness.channel, "generate", prompt=LIGHTHOUSE, takes=4)
        other = await (await harness.bob.slash(harness.channel, "generate", prompt="a paper boat")).answer()
        assert isinstance(other, LocalMessage)
        assert "budget" in other.content
        assert other.ephemeral_to == harness.bob.id


async def test_a_second_press_orders_nothing_while_the_answer_to_the_first_is_unclear(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        await set_server_settings(harness, budget_day_micros=310_000)
        refused = await (await harness.alice.slash(harness.channel, "generate", prompt=LIGHTHOUSE, takes=4)).answer()
        assert isinstance(refused, LocalMessage)
        await set_server_settings(harness, budget_day_micros=5_000_000)
        lost = harness.discord.wire.fail(Fault(route="POST */channels/*/messages", when="after", status=403, times=1))
        await harness.alice.press(refused, "Three")
        await harness.wait_until(lambda: lost.hits or None)
        await asyncio.sleep(0.5)
        await harness.alice.press(refused, "Three")
        await harness.wait_for_message("I've just taken this request from you.")
        await harness.wait_for_clip(LIGHTHOUSE)
        assert len(harness.provider.charges) == 3
