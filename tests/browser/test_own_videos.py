"""A person posts a video of their own in the page, and another remixes it."""

from pathlib import Path

import pytest
from playwright.async_api import expect

from bot.sandbox.discord import LocalMessage
from tests.browser.person import DESK, House, Person
from tests.browser.test_looks import OVERFLOW, picture
from tests.media.sample_videos import sample_video

SNOW = "make it snow softly"
pytestmark = pytest.mark.timeout(150)


async def post_video(alice: Person, house: House, folder: Path) -> LocalMessage:
    """Attach a video in the page and send it."""
    file = folder / "holiday.mp4"
    file.write_bytes(sample_video("long"))
    await alice.page.get_by_label("Attach files").set_input_files(file)
    await alice.write("from our holiday")
    discord = house.world.discord
    return await discord.wait_for(
        lambda: next((m for m in discord.all_messages if m.attachments and not m.is_bot), None), 30.0
    )


async def test_a_members_own_video_is_remixed_by_its_menu(house: House, tmp_path: Path) -> None:
    alice = await house.enter(size=DESK)
    posted = await post_video(alice, house, tmp_path)
    await expect(alice.shown(posted).locator("video")).to_be_visible()
    bob = await house.enter("bob", size=DESK)
    await bob.menu(posted, "Remix video")
    dialog = bob.page.get_by_role("dialog")
    await expect(dialog).to_contain_text("What should change in the new video?")
    await bob.fill(prompt=SNOW)
    await expect(bob.message(SNOW).locator("video")).to_be_visible(timeout=40_000)
    remix = await house.clip(SNOW)
    await expect(bob.shown(remix)).to_contain_text("by @alice (from its last frame)")
    await bob.still()
    await picture(bob, "own-video-remix")
    await bob.slash("tree")
    await expect(bob.message("The family of")).to_contain_text("uploaded")
    await bob.still()
    await picture(bob, "own-video-tree")
    assert await bob.page.evaluate(OVERFLOW) == 0
    assert alice.errors == []
    assert bob.errors == []


async def test_a_file_of_the_command_is_remixed(house: House, tmp_path: Path) -> None:
    file = tmp_path / "holiday.mp4"
    file.write_bytes(sample_video("long"))
    alice = await house.enter()
    await alice.slash("remix", prompt=SNOW, file=file)
    await expect(alice.message(SNOW).locator("video")).to_be_visible(timeout=40_000)


async def test_a_manager_switches_it_off_in_the_settings(house: House, tmp_path: Path) -> None:
    carol = await house.enter("carol")
    await carol.slash("settings panel")
    panel = carol.message("Settings · Overview")
    await expect(panel).to_contain_text("Remixes of any video")
    await carol.choose(panel, "v1s:nav:to", "Replies")
    panel = carol.message("Settings · Replies")
    await carol.choose(panel, "v1s:replies:videos", "The bot's videos only")
    await expect(panel).to_contain_text("Saved")
    posted = await post_video(carol, house, tmp_path)
    await carol.menu(posted, "Remix video")
    await expect(carol.message("This server allows remixes of my videos only.")).to_be_visible()
