import asyncio
from pathlib import Path

import pytest

from bot.sandbox.fault_injection import Fault
from tests.harness import open_harness
from tests.remix.helpers import create_clip


async def test_a_double_press_of_retry_is_charged_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with open_harness(tmp_path) as harness:
        await create_clip(harness)
        monkeypatch.setattr("bot.worker.submit.GIVE_UP_AFTER", 1)
        harness.provider.wire.fail(Fault(route="POST */videos/generations", status=429))
        await harness.bob.slash(harness.channel, "generate", prompt="a fox of paper", seconds=5)
        line = await harness.wait_for_message("is busy. Not charged.")
        await asyncio.gather(harness.bob.press(line, "Retry"), harness.bob.press(line, "Retry"))
        await harness.wait_for_clip("a fox of paper")
        await asyncio.sleep(2)
        assert len(harness.provider.charges) == 2  # the first clip and this one


async def test_an_edit_form_submitted_twice_is_charged_once(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        await create_clip(harness)
        await harness.bob.slash(harness.channel, "generate", prompt="[refuse] a fox of paper", seconds=5)
        line = await harness.wait_for_message("The provider rejected this prompt (safety). Not charged.")
        one, two = await harness.bob.press(line, "Edit and retry"), await harness.bob.press(line, "Edit and retry")
        forms = [await harness.wait_until(lambda: one.modal), await harness.wait_until(lambda: two.modal)]
        for form in forms:
            await harness.bob.submit(form, {"prompt": "a fox of paper"})
        await harness.wait_for_clip("a fox of paper")
        await asyncio.sleep(2)
        assert len(harness.provider.charges) == 2
