from pathlib import Path

import pytest

from tests.remix.hands import a_clip
from tests.studio import open_studio


async def test_a_reply_that_breaks_on_our_side_is_told_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with open_studio(tmp_path) as studio:
        clip = await a_clip(studio)

        def broken(*_: object) -> None:
            raise RuntimeError("ours")

        monkeypatch.setattr("bot.jobs.desk.Desk.quote", broken)
        await studio.bob.reply(clip, "make it snow softly")
        await studio.said("Something broke on my side")
