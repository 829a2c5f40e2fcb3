import asyncio
from pathlib import Path

import pytest

from bot.sandbox.fault_injection import Fault
from tests.harness import open_studio
from tests.remix.helpers import a_clip


async def test_a_double_press_of_retry_is_paid_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with open_studio(tmp_path) as studio:
        await a_clip(studio)
        monkeypatch.setattr("bot.worker.submit.GIVE_UP_AFTER", 1)
        studio.provider.wire.fail(Fault(route="POST */videos/generations", status=429))
        await studio.bob.slash(studio.channel, "generate", prompt="a fox of paper", seconds=5)
        line = await studio.said("is busy. Not charged.")
        await asyncio.gather(studio.bob.press(line, "Retry"), studio.bob.press(line, "Retry"))
        await studio.clip_of("a fox of paper")
        await asyncio.sleep(2)
        assert len(studio.provider.charges) == 2  # the first clip, and this one


async def test_an_edit_form_that_is_sent_twice_is_paid_once(tmp_path: Path) -> None:
    async with open_studio(tmp_path) as studio:
        await a_clip(studio)
        await studio.bob.slash(studio.channel, "generate", prompt="[refuse] a fox of paper", seconds=5)
        line = await studio.said("The provider refused this prompt (safety). Not charged.")
        one, two = await studio.bob.press(line, "Edit and retry"), await studio.bob.press(line, "Edit and retry")
        forms = [await studio.until(lambda: one.modal), await studio.until(lambda: two.modal)]
        for form in forms:
            await studio.bob.submit(form, {"prompt": "a fox of paper"})
        await studio.clip_of("a fox of paper")
        await asyncio.sleep(2)
        assert len(studio.provider.charges) == 2
