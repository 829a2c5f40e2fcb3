"""A provider rejects a request: nothing is charged, and another model can make the same video."""

from pathlib import Path

import pytest

from bot.sandbox.discord import LocalMessage, Upload
from bot.sandbox.fault_injection import Fault
from tests.harness import open_harness

SENTENCE = "ToAPIs is busy. Not charged."


async def test_another_model_makes_the_rejected_video(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, png_bytes: bytes
) -> None:
    async with open_harness(tmp_path) as harness:
        monkeypatch.setattr("bot.worker.submit.GIVE_UP_AFTER", 1)
        harness.provider.wire.fail(Fault(route="POST */videos/generations", status=429))
        boat = Upload("boat.png", png_bytes, "image/png")
        await harness.bob.slash(harness.channel, "generate", prompt="a boat sails away", seconds=5, image=boat)
        line = await harness.wait_for_message(SENTENCE)
        assert harness.provider.charges == []
        press = await harness.bob.press(line, "Other model")
        form = await harness.wait_until(lambda: press.modal)
        await harness.bob.submit(form, {"model": "grok-video-1.5-preview"})
        clip = await harness.wait_for_clip("a boat sails away")
        assert "Grok 1.5" in clip.content
        assert len(harness.provider.charges) == 1


async def test_a_request_without_another_model_is_answered_with_a_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_harness(tmp_path) as harness:
        monkeypatch.setattr("bot.worker.submit.GIVE_UP_AFTER", 1)
        harness.provider.wire.fail(Fault(route="POST */videos/generations", status=429))
        await harness.bob.slash(harness.channel, "generate", prompt="a fox of paper", seconds=5)
        press = await harness.bob.press(await harness.wait_for_message(SENTENCE), "Other model")
        answer = await press.answer()
        assert isinstance(answer, LocalMessage)
        assert answer.content == "No other model here can make this video. Try again later."
        assert answer.ephemeral_to == harness.bob.id
