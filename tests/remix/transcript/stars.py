"""Stars, the gallery that they fill, `/top`, and a contest from its announcement to its result."""

from bot.sandbox.discord import Channel, LocalMessage
from tests.gallery.helpers import STAR, shown_in, wait_for_post
from tests.gallery.test_contests import start_contest, wait_for_entries
from tests.gallery.test_top import wait_for_count
from tests.harness import BotHarness
from tests.limits.helpers import add_manager, open_page, response_message
from tests.remix.helpers import code_of, create_clip, job_id_of
from tests.remix.transcript.recorder import Recorder


async def show_in_the_gallery(harness: BotHarness, script: Recorder, clip: LocalMessage) -> Channel:
    """Choose the gallery in the settings, and give a clip the stars that it takes to be shown there. Return it."""
    script.heading("Stars, and the gallery that they fill")
    maud, gallery = add_manager(harness), harness.guild.add_channel("gallery")
    panel = await response_message(await maud.slash(harness.channel, "settings panel"))
    page = await open_page(harness, maud, panel, "gallery")
    chosen = await script.choose(maud, page, "v1s:gallery:channel", str(gallery.id), f"#{gallery.name}")
    page = await response_message(chosen)
    await (await script.fill(maud, await script.press(maud, page, "Stars …"), stars="2")).answer()
    for name in ("nils", "olga"):
        await script.member(name).react(clip, STAR)
    await wait_for_post(harness, gallery)
    await (await harness.alice.slash(harness.channel, "top", days=1)).answer()
    return gallery


async def hold_a_contest(harness: BotHarness, script: Recorder, gallery: Channel) -> None:
    """Enter one video by button and one by a star, vote, and end the contest."""
    script.heading("A contest")
    maud, paul, rosa = script.member("maud"), script.member("paul"), script.member("rosa")
    announced = await start_contest(harness, maud)
    leaves = await create_clip(harness, "leaves on a pond", by=paul)
    fox = await create_clip(harness, "a fox in the mist", by=rosa)
    asked = await response_message(await script.press(paul, announced, "Enter"))
    menu = str(asked.components[0]["components"][0]["custom_id"])
    await (await script.choose(paul, asked, menu, job_id_of(leaves), code_of(leaves))).answer()
    await rosa.react(fox, STAR)
    await wait_for_entries(harness, leaves, fox)
    await harness.alice.react(fox, STAR)
    await harness.bob.react(fox, STAR)
    await harness.alice.react(leaves, STAR)
    await wait_for_count(harness, 5)
    await harness.wait_until(lambda: len(shown_in(gallery)) == 2 or None)
    await (await script.press(paul, announced, "Entries")).answer()
    await (await maud.slash(harness.channel, "contest end")).answer()
    await harness.wait_for_message("The contest has ended")
