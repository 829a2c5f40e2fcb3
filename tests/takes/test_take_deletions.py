"""Takes of one message that are deleted at the same time."""

import asyncio
from pathlib import Path

from bot.sandbox.discord import LocalMessage
from bot.sandbox.fault_injection import Fault
from tests.harness import open_harness
from tests.takes.helpers import buttons_of, codes_of, eventually, order_takes


async def test_two_takes_deleted_at_once_are_both_gone(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        clip = await order_takes(harness, 3)
        first, second, left = codes_of(clip)
        asked = await (await harness.alice.press(clip, "Delete")).answer()
        assert isinstance(asked, LocalMessage)
        harness.discord.wire.fail(Fault(route="PATCH */channels/*/messages/*", delay_s=0.5))
        await asyncio.gather(*(harness.alice.press(asked, place) for place in ("1", "2")))
        database = harness.database
        assert database is not None
        sql = "SELECT 1 FROM job WHERE deleted_at IS NOT NULL"
        await eventually(lambda: database.run(sql), lambda rows: len(rows) == 2)
        assert codes_of(clip) == [left]
        assert first not in clip.content
        assert second not in clip.content
        assert buttons_of(clip) == [["Remix", "Again", "Details", "Delete"]]
