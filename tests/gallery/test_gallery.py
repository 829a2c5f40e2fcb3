"""The gallery through the local Discord: which stars count, what is shown, and when it's taken down again."""

from pathlib import Path

import pytest

from bot.jobs.server_settings import ReplyMode
from bot.sandbox.discord import LocalMessage
from bot.sandbox.fault_injection import Fault
from tests.gallery.helpers import (
    STAR,
    eventually,
    nothing_is_shown,
    open_gallery,
    shown_clip,
    shown_in,
    stars_of,
    wait_for_post,
    wait_for_stars,
    wait_until_gone,
)
from tests.harness import BotHarness, open_harness
from tests.limits.helpers import database_of, repositories_of, response_message, response_text
from tests.remix.helpers import code_of, create_clip, delete_by_button, job_id_of, labels


async def test_each_member_s_star_counts_once_but_not_the_requester_s_or_a_bot_s(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        gallery, clip = await open_gallery(harness, stars=2), await create_clip(harness)
        robot = harness.guild.add_member(user=harness.discord.world.add_user("robot", bot=True))
        for member in (harness.alice, robot, harness.bob):
            await member.react(clip, STAR)
        await harness.bob.react(clip, "🔥")
        await harness.bob.unreact(clip, STAR)
        await harness.bob.react(clip, STAR)
        await wait_for_stars(harness, harness.bob)
        assert await nothing_is_shown(harness, gallery)
        carol = harness.guild.add_member("carol")
        await carol.react(clip, STAR)
        post = await wait_for_post(harness, gallery)
        assert await stars_of(harness) == {harness.bob.id, carol.id}
        assert f"<@{harness.alice.id}>" in post.content
        assert clip.link in post.content
        assert post.attachments[0].data == clip.attachments[0].data
        assert post.mentions == []


async def test_a_star_on_what_is_no_video_counts_for_nothing(tmp_path: Path) -> None:
    async with open_harness(tmp_path, render_s=30.0) as harness:
        await open_gallery(harness)
        said = await harness.alice.say(harness.channel, "look")
        await harness.alice.slash(harness.channel, "generate", prompt="a paper boat")
        status = await harness.wait_for_message("Rendering")
        for message in (said, status):
            await harness.bob.react(message, STAR)
        await harness.bot.services.gallery.collect()
        assert await stars_of(harness) == set()


async def test_a_remix_is_shown_with_everyone_whose_videos_it_was_remixed_from(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        gallery = await open_gallery(harness, reply_mode=ReplyMode.INSTANT)
        carol = harness.guild.add_member("carol")
        first = await create_clip(harness, "a paper boat on a pond")
        await harness.bob.reply(first, "make it snow softly")
        second = await harness.wait_for_clip("make it snow softly")
        await carol.reply(second, "make it night at last")
        third = await harness.wait_for_clip("make it night at last")
        await harness.alice.react(third, STAR)
        post = await wait_for_post(harness, gallery)
        line = post.content.splitlines()[-1]
        assert line == (
            f"-# remixed from [{code_of(second)}]({second.link}) by <@{harness.bob.id}>"
            f" ← [{code_of(first)}]({first.link}) by <@{harness.alice.id}>"
        )
        assert f"<@{carol.id}> **make it night at last**" in post.content


async def test_a_star_taken_back_takes_the_post_down_and_does_not_bring_it_back_at_once(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        clip, post, gallery = await shown_clip(harness)
        await harness.bob.unreact(clip, STAR)
        await wait_until_gone(harness, post)
        await harness.bob.react(clip, STAR)
        await wait_for_stars(harness, harness.bob)
        await harness.bot.services.gallery.work_off()
        assert shown_in(gallery) == []
        await database_of(harness).run("UPDATE shown SET due_at = 0")  # ten minutes later
        await harness.bot.services.gallery.work_off()
        assert await wait_for_post(harness, gallery) is not post


@pytest.mark.parametrize("emoji", [None, STAR], ids=["all reactions", "all stars"])
async def test_a_moderator_who_removes_the_stars_takes_the_post_down(tmp_path: Path, emoji: str | None) -> None:
    async with open_harness(tmp_path) as harness:
        clip, post, _ = await shown_clip(harness)
        maud = harness.guild.add_member("maud", manage=True)
        await maud.clear_reactions(clip, emoji)
        await wait_until_gone(harness, post)
        assert await stars_of(harness) == set()


async def test_a_deleted_video_leaves_the_gallery(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        clip, post, _ = await shown_clip(harness)
        await delete_by_button(harness.alice, clip)
        await wait_until_gone(harness, post)


async def test_a_video_that_is_not_for_remixing_leaves_the_gallery_or_never_comes(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        clip, post, gallery = await shown_clip(harness)
        details = await response_message(await harness.alice.press(clip, "Details"))
        await harness.alice.press(details, "Not for remixing")
        await wait_until_gone(harness, post)
        other = await create_clip(harness, "a kite over a hill")
        details = await response_message(await harness.alice.press(other, "Details"))
        await harness.alice.press(details, "Not for remixing")
        await response_message(await harness.alice.press(other, "Details"))
        await harness.bob.react(other, STAR)
        await wait_for_stars(harness, harness.bob)
        await harness.bot.services.gallery.work_off()
        assert shown_in(gallery) == []


async def test_deleting_data_and_videos_takes_posts_down_and_deletes_stars(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        clip, post, _ = await shown_clip(harness)
        mine = await create_clip(harness, "a kite over a hill", by=harness.bob)
        await harness.alice.react(mine, STAR)
        await wait_for_stars(harness, harness.alice, harness.bob)
        harness.discord.wire.fail(Fault(route=f"DELETE */messages/{clip.id}", status=403, times=None))
        listed = await response_message(await harness.alice.slash(harness.channel, "jobs"))
        question = await response_message(await harness.alice.press(listed, "Delete my data"))
        await harness.alice.press(question, "Delete data and videos")
        await harness.wait_for_message("Your data has been deleted")
        assert post.deleted  # even if the video itself could not be deleted
        assert harness.alice.id not in await stars_of(harness)


async def test_a_post_that_a_moderator_deletes_stays_away(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        clip, post, gallery = await shown_clip(harness)
        maud = harness.guild.add_member("maud", manage=True)
        await maud.delete(post)

        async def removed() -> bool:
            return bool(await database_of(harness).run("SELECT 1 FROM shown WHERE removed_at IS NOT NULL"))

        await eventually(harness, removed)
        carol = harness.guild.add_member("carol")
        await carol.react(clip, STAR)
        await wait_for_stars(harness, harness.bob, carol)
        await harness.restart()
        await harness.bot.services.gallery.work_off()
        assert shown_in(gallery) == []


async def test_the_buttons_of_a_post_work_for_those_who_may_use_the_video(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        clip, post, _ = await shown_clip(harness)
        assert labels(post) == ["Remix", "Details"]
        details = await response_text(await harness.bob.press(post, "Details"))
        assert code_of(clip) in details
        opened = await harness.bob.press(post, "Remix")
        await opened.answer()
        await harness.bob.submit(opened.modal, prompt="make it snow softly")
        await harness.wait_for_clip("make it snow softly")
        harness.channel.forbid(harness.bob, "view_channel")
        said = await response_text(await harness.bob.press_id(post, f"v1:{job_id_of(clip)}:details"))
        assert said.startswith("I can't find that video")


async def test_a_video_made_in_the_gallery_s_channel_is_not_shown_again(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        gallery = await open_gallery(harness)
        clip = await create_clip(harness, channel=gallery)
        await harness.bob.react(clip, STAR)
        await wait_for_stars(harness, harness.bob)
        await harness.bot.services.gallery.work_off()
        assert shown_in(gallery) == [clip]


async def test_words_that_the_rules_forbid_now_are_not_shown(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        clip = await create_clip(harness, "a clown in the rain")
        gallery = await open_gallery(harness, words=("clown",))
        await harness.bob.react(clip, STAR)
        await wait_for_stars(harness, harness.bob)
        assert await nothing_is_shown(harness, gallery)


async def test_a_gallery_that_the_bot_cannot_post_in_gets_the_video_once_it_can(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        gallery, clip = await open_gallery(harness), await create_clip(harness)
        gallery.forbid(harness.discord.bot_user, "send_messages")
        await harness.wait_until(lambda: not _may_write(harness, gallery.id) or None)
        await harness.bob.react(clip, STAR)
        await wait_for_stars(harness, harness.bob)
        assert await nothing_is_shown(harness, gallery)
        gallery.clear(harness.discord.bot_user)
        await wait_for_post(harness, gallery)


def _may_write(harness: BotHarness, channel_id: int) -> bool:
    channel = harness.bot.get_guild(harness.guild.id).get_channel(channel_id)  # type: ignore[union-attr]
    return channel.permissions_for(channel.guild.me).send_messages  # type: ignore[union-attr]


async def test_posts_stay_when_the_prompt_is_deleted_by_the_retention(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        _, post, _ = await shown_clip(harness)
        retention = repositories_of(harness).retention
        await retention.erase(await retention.of_server(harness.guild.id, 10))
        assert await stars_of(harness) == set()
        harness.bot.services.gallery.schedule_server(harness.guild.id)
        await harness.bot.services.gallery.work_off()
        assert not post.deleted


async def test_stars_and_posts_are_deleted_with_the_server_s_data(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        await shown_clip(harness)
        await repositories_of(harness).retention.erase_server(harness.guild.id)
        assert await database_of(harness).run("SELECT 1 FROM star UNION ALL SELECT 1 FROM shown") == []


async def test_a_spoiler_stays_one(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        gallery = await open_gallery(harness)
        await harness.alice.slash(harness.channel, "generate", prompt="||a secret lighthouse||")
        clip = await harness.wait_for_clip("a secret lighthouse")
        await harness.bob.react(clip, STAR)
        post: LocalMessage = await wait_for_post(harness, gallery)
        assert post.attachments[0].filename.startswith("SPOILER_")
