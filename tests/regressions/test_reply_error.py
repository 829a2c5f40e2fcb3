from pathlib import Path

import pytest

from tests.harness import open_harness
from tests.remix.helpers import create_clip


async def test_an_internal_error_is_reported_to_the_author_of_a_reply(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_harness(tmp_path) as harness:
        clip = await create_clip(harness)

        def broken(*_: object) -> None:
            raise RuntimeError("ours")

        monkeypatch.setattr("bot.ordering.quote.quote", broken)
        await harness.bob.reply(clip, "make it snow softly")
        await harness.wait_for_message("Something went wrong on my side")
