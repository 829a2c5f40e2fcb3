"""A video whose member has deleted their data has no author in any list: its row carries no id from the next day on."""

from pathlib import Path

from tests.gallery.helpers import STAR, wait_for_stars
from tests.harness import open_harness
from tests.limits.helpers import database_of, response_text
from tests.limits.privacy_helpers import ask_to_delete_my_data, wait_for_final_statuses
from tests.remix.helpers import code_of, create_clip


async def test_lists_name_no_member_that_does_not_exist(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        clip = await create_clip(harness)
        await wait_for_final_statuses(harness)
        await harness.alice.press(await ask_to_delete_my_data(harness), "Delete data, keep videos")
        await harness.wait_for_message("Your data has been deleted: 1 video")
        await database_of(harness).run("UPDATE job SET user_id = 0")  # the next day
        await harness.bob.react(clip, STAR)
        await wait_for_stars(harness, harness.bob)
        remix = await harness.bob.slash(harness.channel, "remix", prompt="make it snow on the sea", video=code_of(clip))
        await remix.answer()
        posted = await harness.wait_for_clip("make it snow on the sea")
        asked = [
            await harness.bob.slash(harness.channel, name, **options)
            for name, options in (
                ("top", {}),
                ("history", {}),
                ("tree", {"video": code_of(clip)}),
            )
        ]
        said = [await response_text(each) for each in (*asked, await harness.bob.press(clip, "Details"))]
        for text in (posted.content, *said):
            assert code_of(clip) in text
            assert "<@0>" not in text
            assert "(deleted)" in text
        await wait_for_final_statuses(harness)
