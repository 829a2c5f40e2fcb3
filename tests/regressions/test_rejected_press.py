"""A press that a budget rejects isn't used up: the next one gives the same reason, not "too late"."""

from pathlib import Path

from tests.harness import open_harness
from tests.limits.helpers import LIGHTHOUSE, response_text, set_server_settings


async def test_a_press_that_a_budget_rejects_does_not_count(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        await harness.alice.slash(harness.channel, "generate", prompt=LIGHTHOUSE)
        clip = await harness.wait_for_clip(LIGHTHOUSE)
        await set_server_settings(harness, budget_day_micros=1)
        for _ in range(2):
            answer = await response_text(await harness.alice.press(clip, "Again"))
            assert answer.startswith("This video costs ≈ $0.10, and this server's whole budget"), answer
        await set_server_settings(harness, budget_day_micros=None)
        await harness.alice.press(clip, "Again")
        await harness.wait_until(lambda: len(harness.clips) == 2 or None)
