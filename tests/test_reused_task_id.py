"""A provider reuses the source's task id for a remix: two jobs and two different clips."""

import json
import sqlite3
from pathlib import Path

from bot.sandbox.providers import LocalOctopusX
from tests.harness import open_harness


async def test_a_remix_with_the_task_id_of_its_source_is_a_separate_video(tmp_path: Path) -> None:
    octopus = LocalOctopusX(render_s=0.3)
    octopus.remix_reuses_id = True
    async with open_harness(tmp_path, other_providers=(octopus,), default_model="grok-video-3@octopusx") as harness:
        await harness.alice.slash(harness.channel, "generate", prompt="a fox of folded paper")
        first = await harness.wait_for_clip("a fox of folded paper")
        await harness.bob.reply(first, "it wears a red scarf")
        second = await harness.wait_for_clip("it wears a red scarf")
        assert first.attachments[0].data != second.attachments[0].data
        assert len(octopus.charges) == 2
    rows = sqlite3.connect(tmp_path / "retake.sqlite3").execute(
        "SELECT task_id, spare_ids FROM job ORDER BY created_at"
    )
    (source_id, source_spare), (remix_id, _) = rows.fetchall()
    assert source_id == remix_id
    assert "?" not in json.loads(source_spare).get("url", "")  # no signed link is stored
