"""Stars that were missed, and posts that a kill interrupted."""

from pathlib import Path

import pytest

from bot.sandbox.discord import Channel, LocalMessage
from bot.sandbox.environment import LocalEnvironment
from bot.sandbox.fault_injection import Fault
from bot.sandbox.providers import LocalToAPIs
from tests.gallery.helpers import (
    STAR,
    open_gallery,
    shown_clip,
    shown_in,
    wait_for_post,
    wait_for_stars,
    wait_until_gone,
)
from tests.harness import open_harness
from tests.limits.helpers import database_of
from tests.remix.helpers import create_clip


async def test_a_star_given_while_the_bot_was_off_counts_after_the_start(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        gallery, clip = await open_gallery(harness), await create_clip(harness)
        await harness.stop()
        await harness.alice.react(clip, STAR)  # the requester's doesn't
        await harness.bob.react(clip, STAR)
        await harness.start()
        await wait_for_post(harness, gallery)
        await wait_for_stars(harness, harness.bob)


async def test_more_stars_than_one_request_reads_are_counted(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        clip = await create_clip(harness)
        await harness.stop()
        crowd = [harness.guild.add_member(f"member {number}") for number in range(120)]
        for member in crowd:
            await member.react(clip, STAR)
        await harness.start()
        await wait_for_stars(harness, *crowd)


@pytest.mark.parametrize("what", ["star", "video"])
async def test_what_was_taken_back_while_the_bot_was_off_leaves_the_gallery(tmp_path: Path, what: str) -> None:
    async with open_harness(tmp_path) as harness:
        clip, post, _ = await shown_clip(harness)
        maud = harness.guild.add_member("maud", manage=True)
        await harness.stop()
        await (harness.bob.unreact(clip, STAR) if what == "star" else maud.delete(clip))
        await harness.start()
        await wait_until_gone(harness, post)


async def test_the_stars_of_a_video_are_read_once_more_if_they_change_meanwhile(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        clip = await create_clip(harness)
        await harness.bob.react(clip, STAR)
        await wait_for_stars(harness, harness.bob)
        job = await harness.bot.services.store.by_message(clip.id)
        assert job is not None
        slow = harness.discord.wire.fail(
            Fault(route=f"GET */messages/{clip.id}/reactions/*", when="after", delay_s=0.5, times=1)
        )
        reading = harness.bot.loop.create_task(harness.bot.services.stars.read(job))
        await harness.wait_until(lambda: slow.hits or None)
        await harness.bob.unreact(clip, STAR)
        await wait_for_stars(harness)
        await reading
        await wait_for_stars(harness)


async def test_a_star_that_is_faster_than_the_answer_to_the_post_counts(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        harness.discord.wire.fail(
            Fault(route=f"POST */channels/{harness.channel.id}/messages", when="after", delay_s=0.5)
        )
        await harness.alice.slash(harness.channel, "generate", prompt="a paper boat")
        await harness.bob.react(await harness.wait_for_clip("a paper boat"), STAR)
        await wait_for_stars(harness, harness.bob)


@pytest.mark.parametrize("later_s", [1.0, 400.0], ids=["within the nonce", "after the nonce"])
async def test_a_post_whose_row_does_not_know_it_is_found_and_not_doubled(tmp_path: Path, later_s: float) -> None:
    """The state after a kill between Discord's answer and the commit."""
    async with open_harness(tmp_path) as harness:
        _, post, gallery = await shown_clip(harness)
        await harness.stop()
        harness.discord.advance(later_s)
        await harness.launch()
        await database_of(harness).run(
            "UPDATE shown SET message_id = NULL, due_at = 0, tried_at = tried_at - ?", (later_s,)
        )
        await harness.discord.bot_ready()
        assert await wait_for_post(harness, gallery) is post


async def test_a_post_that_never_arrived_is_posted_after_the_nonce(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        clip, post, gallery = await shown_clip(harness)
        await harness.stop()
        harness.discord.advance(400.0)
        post.deleted = True  # Discord never had it
        await harness.launch()
        await database_of(harness).run("UPDATE shown SET message_id = NULL, due_at = 0, tried_at = tried_at - 400")
        await harness.discord.bot_ready()
        again = await wait_for_post(harness, gallery)
        assert again is not post
        assert clip.link in again.content


async def test_a_post_whose_row_a_backup_does_not_have_is_not_doubled(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        _, post, gallery = await shown_clip(harness)
        await database_of(harness).run("DELETE FROM shown")
        await harness.restart()
        assert await wait_for_post(harness, gallery) is post


async def test_the_process_is_killed_while_it_posts_in_the_gallery(tmp_path: Path) -> None:
    async with LocalEnvironment(LocalToAPIs(render_s=0.1), data=tmp_path) as world:
        guild = world.discord.add_guild("Studio")
        channel, gallery = guild.add_channel("videos"), guild.add_channel("gallery")
        alice, maud = guild.add_member("alice"), guild.add_member("maud", manage=True)
        await world.start_bot()
        panel = await (await maud.slash(channel, "settings panel")).answer()
        assert isinstance(panel, LocalMessage)
        await (await maud.select(panel, "v1s:nav:to", ["gallery"])).answer()
        await (await maud.select(panel, "v1s:gallery:channel", [str(gallery.id)])).answer()
        opened = await maud.press(panel, "Stars …")
        await opened.answer()
        await (await maud.submit(opened.modal, stars="1")).answer()
        await alice.slash(channel, "generate", prompt="a paper boat")
        clip = await world.discord.wait_for(lambda: next((m for m in channel.messages if m.attachments), None), 20)
        hanging = world.discord.wire.fail(
            Fault(route=f"POST */channels/{gallery.id}/messages", when="after", delay_s=30.0)
        )
        await maud.react(clip, STAR)
        await world.discord.wait_for(lambda: shown_in(gallery), 20)
        assert hanging.hits == 1
        await world.bot.kill()
        await world.start_bot()
        await maud.unreact(clip, STAR)  # it knows which message to delete
        await world.discord.wait_for(lambda: not shown_in(gallery), 20)
        assert len(gallery.log) == 1
        assert await world.bot.terminate() == 0, world.bot.words()


async def test_the_process_is_killed_while_it_posts_the_result_of_a_contest(tmp_path: Path) -> None:
    async with LocalEnvironment(LocalToAPIs(render_s=0.1), data=tmp_path) as world:
        guild = world.discord.add_guild("Studio")
        channel, maud = guild.add_channel("videos"), guild.add_member("maud", manage=True)
        await world.start_bot()
        await (await maud.slash(channel, "contest start", theme="autumn", hours=1)).answer()
        announced = await world.discord.wait_for(lambda: _with(channel, "Contest: autumn"), 20)
        hanging = world.discord.wire.fail(
            Fault(route=f"POST */channels/{channel.id}/messages", when="after", delay_s=30.0)
        )
        await (await maud.slash(channel, "contest end")).answer()
        await world.discord.wait_for(lambda: _with(channel, "has ended"), 20)
        assert hanging.hits == 1
        await world.bot.kill()
        await world.start_bot()

        async def is_over() -> bool:
            answer = await (await maud.press(announced[0], "Enter")).answer()
            return isinstance(answer, LocalMessage) and answer.content == "This contest has ended."

        for _ in range(100):
            asked = await (await maud.slash(channel, "contest end")).answer()
            if isinstance(asked, LocalMessage) and asked.content == "No contest is running on this server.":
                break
            await world.discord.world.next_event(0.2)
        assert await is_over()
        assert len(_with(channel, "has ended")) == 1
        assert await world.bot.terminate() == 0, world.bot.words()


def _with(channel: Channel, text: str) -> list[LocalMessage]:
    return [message for message in channel.messages if text in message.content and message.ephemeral_to is None]
