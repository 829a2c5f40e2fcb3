"""A member without videos can delete their data as well: their stars, styles and refused requests."""

from pathlib import Path

from tests.gallery.helpers import STAR, stars_of, wait_for_stars
from tests.harness import open_harness
from tests.limits.helpers import database_of, response_message, response_text
from tests.remix.helpers import create_clip


async def test_a_member_who_has_only_starred_a_video_can_delete_their_data(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        await harness.bob.react(await create_clip(harness), STAR)
        await wait_for_stars(harness, harness.bob)
        await response_text(await harness.bob.slash(harness.channel, "style save", name="noir", words="film noir"))
        jobs = await response_message(await harness.bob.slash(harness.channel, "jobs"))
        assert jobs.content.startswith("You haven't made any videos here yet.")
        asked = await response_message(await harness.bob.press(jobs, "Delete my data"))
        await harness.bob.press(asked, "Delete data, keep videos")
        await harness.wait_for_message("Your data has been deleted: 0 videos.")
        assert await stars_of(harness) == set()
        assert await database_of(harness).run("SELECT 1 FROM style") == []
