"""A provider that turns an order away: nothing is charged, and another model makes the same video."""

from pathlib import Path

import pytest

from bot.sandbox.discord import LocalMessage, Upload
from bot.sandbox.fault_injection import Fault
from tests.harness import open_studio

SENTENCE = "ToAPIs is busy. Not charged."


async def test_another_model_makes_what_the_first_could_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, a_picture: bytes
) -> None:
    async with open_studio(tmp_path) as studio:
        monkeypatch.setattr("bot.worker.submit.GIVE_UP_AFTER", 1)
        studio.provider.wire.fail(Fault(route="POST */videos/generations", status=429))
        boat = Upload("boat.png", a_picture, "image/png")
        await studio.bob.slash(studio.channel, "generate", prompt="a boat sails away", seconds=5, image=boat)
        line = await studio.said(SENTENCE)
        assert studio.provider.charges == []
        press = await studio.bob.press(line, "Other model")
        form = await studio.until(lambda: press.modal)
        await studio.bob.submit(form, {"model": "grok-video-1.5-preview"})
        clip = await studio.clip_of("a boat sails away")
        assert "Grok 1.5" in clip.content
        assert len(studio.provider.charges) == 1


async def test_where_no_other_model_can_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with open_studio(tmp_path) as studio:
        monkeypatch.setattr("bot.worker.submit.GIVE_UP_AFTER", 1)
        studio.provider.wire.fail(Fault(route="POST */videos/generations", status=429))
        await studio.bob.slash(studio.channel, "generate", prompt="a fox of paper", seconds=5)
        press = await studio.bob.press(await studio.said(SENTENCE), "Other model")
        answer = await press.answer()
        assert isinstance(answer, LocalMessage)
        assert answer.content == "No other model here can make this video. Try again later."
        assert answer.ephemeral_to == studio.bob.id
