"""/top: the most starred videos that the asker may see."""

from pathlib import Path

from tests.gallery.helpers import STAR, eventually
from tests.harness import BotHarness, open_harness
from tests.limits.helpers import database_of, response_text
from tests.remix.helpers import code_of, create_clip, delete_by_button


async def wait_for_count(harness: BotHarness, stars: int) -> None:
    async def check() -> bool:
        return len(await database_of(harness).run("SELECT 1 FROM star")) == stars

    await eventually(harness, check)


async def test_videos_are_ordered_by_their_stars_and_equal_ones_share_a_place(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        carol, dave = harness.guild.add_member("carol"), harness.guild.add_member("dave")
        few = await create_clip(harness, "a paper boat on a pond")
        most = await create_clip(harness, "a kite over a hill")
        as_few = await create_clip(harness, "a tin robot in the rain")
        await create_clip(harness, "a video without a star")
        for clip, members in ((few, [carol]), (most, [carol, dave, harness.bob]), (as_few, [dave])):
            for member in members:
                await member.react(clip, STAR)
        await wait_for_count(harness, 5)
        asked = await harness.bob.slash(harness.channel, "top", days=1)
        assert (await response_text(asked)).splitlines() == [
            "**Most starred videos of the last day**",
            f"1\\. ⭐ 3 · [{code_of(most)}]({most.link}) · <@{harness.alice.id}> · a kite over a hill",
            f"2\\. ⭐ 1 · [{code_of(few)}]({few.link}) · <@{harness.alice.id}> · a paper boat on a pond",
            f"2\\. ⭐ 1 · [{code_of(as_few)}]({as_few.link}) · <@{harness.alice.id}> · a tin robot in the rain",
        ]


async def test_what_the_asker_may_not_see_has_no_place(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        hidden, adults = harness.guild.add_channel("hidden"), harness.guild.add_channel("adults", nsfw=True)
        cellar = harness.channel.add_thread("cellar", private=True, members=(harness.alice,))
        hidden.forbid(harness.bob, "view_channel")
        clips = [await create_clip(harness, f"a secret in {place.name}", channel=place) for place in (hidden, adults)]
        clips.append(await create_clip(harness, "a secret in cellar", channel=cellar))
        carol = harness.guild.add_member("carol")
        cellar.join(carol)
        for clip in clips:
            await carol.react(clip, STAR)
        await wait_for_count(harness, 3)
        said = await response_text(await harness.bob.slash(harness.channel, "top"))
        assert said == "No video of the last 7 days that you can see has a ⭐ yet."
        seen = await response_text(await carol.slash(harness.channel, "top", days=7))
        assert "a secret in hidden" in seen
        assert "a secret in cellar" in seen
        assert "adults" not in seen
        assert "a secret in adults" in await response_text(await carol.slash(adults, "top"))


async def test_older_and_deleted_videos_have_no_place(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        old = await create_clip(harness, "a paper boat on a pond")
        gone = await create_clip(harness, "a kite over a hill")
        for clip in (old, gone):
            await harness.bob.react(clip, STAR)
        await wait_for_count(harness, 2)
        await delete_by_button(harness.alice, gone)
        await harness.wait_for_message("Deleted")
        await database_of(harness).run(
            "UPDATE job SET delivered_at = delivered_at - 90000 WHERE result_message_id = ?", (old.id,)
        )
        assert "has a ⭐ yet" in await response_text(await harness.bob.slash(harness.channel, "top", days=1))
        listed = await response_text(await harness.bob.slash(harness.channel, "top", days=2))
        assert code_of(old) in listed
        assert code_of(gone) not in listed
