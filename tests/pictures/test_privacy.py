"""Pictures are deleted with the data of the member, unless another video still uses them."""

from pathlib import Path

from bot.sandbox.providers import LocalOpenRouter
from tests.harness import BotHarness, open_harness
from tests.limits.privacy_helpers import ask_to_delete_my_data, wait_for_final_statuses
from tests.pictures.helpers import files_in, stored_pictures, upload

BOAT = "a paper boat on a pond"


async def make(harness: BotHarness) -> None:
    pictures = {"image": upload("red"), "last_image": upload("blue")}
    await harness.alice.slash(harness.channel, "generate", prompt=BOAT, model="kling-v3.0-std", **pictures)
    await harness.wait_for_clip(BOAT)
    await wait_for_final_statuses(harness)


async def delete_my_data(harness: BotHarness) -> None:
    await harness.alice.press(await ask_to_delete_my_data(harness), "Delete data, keep videos")
    await harness.wait_for_message("Your data has been deleted: 1 video")


async def test_delete_my_data_removes_the_pictures(tmp_path: Path) -> None:
    async with open_harness(tmp_path, other_providers=(LocalOpenRouter(render_s=0.1),)) as harness:
        await make(harness)
        assert len(files_in(harness)) == 2
        await delete_my_data(harness)
        assert files_in(harness) == []
        assert await stored_pictures(harness) == []


async def test_a_picture_that_another_members_video_uses_stays_until_that_is_deleted_too(tmp_path: Path) -> None:
    async with open_harness(tmp_path, other_providers=(LocalOpenRouter(render_s=0.1),)) as harness:
        await make(harness)
        await harness.bob.press(harness.clips_with_prompt(BOAT)[0], "Again")
        await harness.wait_until(lambda: len(harness.clips_with_prompt(BOAT)) == 2 or None)
        await wait_for_final_statuses(harness)
        await delete_my_data(harness)
        assert len(files_in(harness)) == 2
        assert len(await stored_pictures(harness)) == 2
