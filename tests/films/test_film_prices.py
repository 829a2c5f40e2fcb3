"""What a film's question tells is what the press costs, and words that AutoMod blocks keep no film waiting."""

import re
from pathlib import Path

import pytest

from bot.sandbox.discord import LocalMessage
from bot.sandbox.fault_injection import Fault
from bot.sandbox.providers import LocalFal
from tests.films.helpers import SHOTS, place_of, plan, question
from tests.films.test_film_ladder import prices
from tests.films.test_stale_shots import press
from tests.harness import BotHarness, open_harness


def told(harness: BotHarness) -> list[LocalMessage]:
    """Return the answers that say that a price has risen."""
    rose = "A shot costs ≈ $0.05 now, more than you confirmed."
    return [message for message in harness.discord.all_messages if rose in message.content]


async def test_a_second_press_does_not_confirm_a_price_that_was_not_read(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        await harness.alice.press(await plan(harness, SHOTS[:2]), "Start")
        shown = await question(harness, 1, "is done")
        assert harness.database is not None
        await harness.database.run("UPDATE film SET shot_micros = 10000")
        await harness.alice.press(shown, "Keep")
        await harness.wait_until(lambda: len(told(harness)) == 1)
        await harness.alice.press(shown, "Keep")
        await harness.wait_until(lambda: len(told(harness)) == 2)
        assert len(harness.provider.charges) == 1


@pytest.mark.parametrize("fails_first", [True, False])
async def test_another_take_is_told_at_the_price_of_what_it_continues(tmp_path: Path, fails_first: bool) -> None:
    """A shot whose earlier one was made again by another means costs what continuing the new take costs."""
    fal = LocalFal(render_s=0.1)
    async with open_harness(tmp_path, other_providers=(fal,)) as harness:
        broken = Fault(route="POST *extend*", status=422, body={"detail": "bad"})
        if fails_first:
            fal.wire.fail(broken)
        await harness.alice.press(await plan(harness, model="grok-imagine-video"), "Start")
        await harness.alice.press(await question(harness, 1, "is done"), "Keep")
        if fails_first:
            two = await press(harness, await question(harness, 2, "wasn't made"), "Again", 2, "is done")
        else:
            two = await question(harness, 2, "is done")
        three = await press(harness, two, "Keep", 3, "the last one")
        two = await press(harness, three, "Back", 2, "made already")
        if not fails_first:
            fal.wire.fail(broken)
            two = await press(harness, two, "Again", 2, "wasn't made")
        two = await press(harness, two, "Again", 2, "made already")
        three = await press(harness, two, "Keep", 3, "the last one")
        said = re.search(r"Another take costs ≈ \$([0-9.]+)\.\n", three.content + "\n")
        assert said is not None, three.content
        await press(harness, three, "Again", 3, "the last one")
        assert (await prices(harness))[-1] == round(float(said[1]) * 1e6)


async def test_words_that_automod_blocks_keep_no_film_waiting(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        asked = await plan(harness, SHOTS[:2])
        harness.guild.automod.words = {"noon"}
        await harness.alice.press(asked, "Start")
        shown = await question(harness, 1, "is done")
        assert shown.channel is place_of(harness)
        assert SHOTS[1] not in shown.content
