import asyncio
from pathlib import Path

from bot.sandbox.fault_injection import Fault
from bot.store.open import open_reader
from tests.harness import open_harness
from tests.remix.helpers import create_clip, response_text
from tests.stores import location_in


async def test_a_job_can_be_resolved_after_its_status_message_was_deleted(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        await create_clip(harness)
        lost = harness.provider.wire.fail(
            Fault(route="POST */videos/generations", drop=True, when="after", delay_s=1.0)
        )
        interaction = await harness.bob.slash(harness.channel, "generate", prompt="a fox of paper", seconds=5)
        line = await harness.status_of(interaction)
        moderator = harness.guild.add_member("mod", permissions=("manage_messages",))
        await harness.wait_until(lambda: lost.hits)
        await moderator.delete(line)
        await asyncio.sleep(3)
        jobs = await harness.bob.slash(harness.channel, "jobs")
        await response_text(jobs)
        listed = await harness.wait_until(lambda: jobs.original)
        labels = {b["label"]: b["custom_id"] for row in listed.components for b in row["components"]}
        give_up = next(label for label in labels if label.startswith("Give up"))
        await harness.bob.press(listed, give_up)
        await asyncio.sleep(1)
        with open_reader(location_in(tmp_path)) as tx:
            rows = tx.run("SELECT state FROM job ORDER BY created_at DESC LIMIT 1")
        assert rows[0][0] == "cancelled"
