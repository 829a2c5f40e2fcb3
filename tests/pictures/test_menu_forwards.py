"""*Make a video of this* on a forward: the member must be able to see the original's channel too."""

from pathlib import Path

import pytest

from bot.sandbox.discord import LocalMessage, Modal
from tests.harness import open_harness
from tests.pictures.test_menu import BOAT, MENU, NO_PICTURE, post


@pytest.mark.parametrize("hidden", [False, True])
async def test_a_forwarded_picture_becomes_a_video_if_its_channel_is_seen(tmp_path: Path, hidden: bool) -> None:
    async with open_harness(tmp_path) as harness:
        talk = harness.guild.add_channel("talk")
        original = post(harness.alice, harness, "red")
        if hidden:
            harness.channel.forbid(harness.bob, "view_channel")
        forward = await harness.alice.forward(original, talk)
        answer = await (await harness.bob.menu(forward, MENU)).answer()
        if hidden:
            assert isinstance(answer, LocalMessage)
            assert answer.content.startswith(NO_PICTURE)
            assert harness.provider.charges == []
            return
        assert isinstance(answer, Modal)
        await harness.bob.submit(answer, prompt=BOAT)
        assert (await harness.wait_for_clip(BOAT)).channel is talk


async def test_a_picture_of_an_age_restricted_channel_stays_there(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        talk = harness.guild.add_channel("talk")
        harness.channel.set_nsfw(True)
        forward = await harness.alice.forward(post(harness.alice, harness, "red"), talk)
        answer = await (await harness.alice.menu(forward, MENU)).answer()
        assert isinstance(answer, LocalMessage)
        assert answer.content.startswith(NO_PICTURE)
