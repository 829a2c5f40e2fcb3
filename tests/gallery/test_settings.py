"""The page *Gallery* of the settings."""

from pathlib import Path

from tests.gallery.helpers import STAR, shown_in, wait_for_post, wait_for_stars
from tests.harness import open_harness
from tests.limits.helpers import (
    add_manager,
    open_page,
    panel_text,
    response_message,
    response_text,
    selected_values,
    server_settings_of,
    submit_form,
)
from tests.remix.helpers import create_clip


async def test_a_manager_chooses_the_channel_and_the_number_of_stars(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        maud, gallery = add_manager(harness), harness.guild.add_channel("gallery")
        clip = await create_clip(harness)
        await harness.bob.react(clip, STAR)
        await wait_for_stars(harness, harness.bob)
        panel = await response_message(await maud.slash(harness.channel, "settings panel"))
        assert "**Gallery** none, from 3 ⭐" in panel_text(panel)
        page = await open_page(harness, maud, panel, "gallery")
        page = await response_message(await maud.select(page, "v1s:gallery:channel", [str(gallery.id)]))
        assert selected_values(page, "v1s:gallery:channel") == [str(gallery.id)]
        opened = await maud.press(page, "Stars …")
        await opened.answer()
        said = await response_text(await maud.submit(opened.modal, stars="0"))
        assert said == "Stars: 0 isn't a whole number from 1 to 1000. Nothing was changed."
        assert shown_in(gallery) == []
        page = await submit_form(harness, maud, await maud.press(page, "Stars …"), stars="1")
        assert "Videos with **1** ⭐ or more" in panel_text(page)
        rules = await server_settings_of(harness)
        assert (rules.gallery_channel_id, rules.gallery_stars) == (gallery.id, 1)
        await wait_for_post(harness, gallery)  # the stars of the last days count, too
        audit = await response_text(await maud.slash(harness.channel, "settings audit"))
        assert f"gallery: none → <#{gallery.id}>" in audit
        assert "stars for the gallery: 3 → 1" in audit


async def test_a_gallery_that_the_bot_cannot_post_in_is_told(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        maud, gallery = add_manager(harness), harness.guild.add_channel("gallery")
        gallery.forbid(harness.discord.bot_user, "attach_files")
        panel = await response_message(await maud.slash(harness.channel, "settings panel"))
        page = await open_page(harness, maud, panel, "gallery")
        page = await response_message(await maud.select(page, "v1s:gallery:channel", [str(gallery.id)]))
        assert "I can't post in the gallery's channel: I need Attach Files there." in panel_text(page)
        page = await response_message(await maud.select(page, "v1s:gallery:channel", []))
        assert "I can't post" not in panel_text(page)
        assert (await server_settings_of(harness)).gallery_channel_id is None
