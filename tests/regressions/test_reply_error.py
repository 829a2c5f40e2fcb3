from pathlib import Path

import pytest

from tests.harness import open_studio
from tests.remix.helpers import a_clip


async def test_a_reply_that_breaks_on_our_side_is_told_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with open_studio(tmp_path) as studio:
        clip = await a_clip(studio)

        def broken(*_: object) -> None:
            raise RuntimeError("ours")

        monkeypatch.setattr("bot.ordering.service.JobService.quote", broken)
        await studio.bob.reply(clip, "make it snow softly")
        await studio.said("Something broke on my side")
