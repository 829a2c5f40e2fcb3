"""Words of commands that come with an option in a reply."""

from pathlib import Path

import pytest

from tests.harness import open_harness
from tests.remix.helpers import create_clip


@pytest.mark.parametrize("word", ["cancel", "delete"])
async def test_a_commands_word_with_an_option_orders_nothing(tmp_path: Path, word: str) -> None:
    async with open_harness(tmp_path) as harness:
        clip = await create_clip(harness)
        await harness.alice.reply(clip, f"{word} --ar 9:16")
        await harness.wait_for_message("so there's nothing to cancel" if word == "cancel" else "Delete")
        assert len(harness.provider.charges) == 1


async def test_again_with_an_option_makes_the_same_video_with_it(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        clip = await create_clip(harness)
        await harness.alice.reply(clip, "again --ar 9:16")
        await harness.wait_until(lambda: len(harness.provider.tasks) == 2 or None)
        first, second = harness.provider.tasks.values()
        assert (second.kind, second.prompt, second.aspect) == ("create", first.prompt, "9:16")
