"""Replies in plain words: which are requests, which are not, and the effect of an edit or a deletion."""

from pathlib import Path

from bot.jobs.server_settings import ReplyMode
from bot.sandbox.discord import Upload
from tests.harness import open_harness
from tests.remix.helpers import LIGHTHOUSE, code_of, create_clip, delete_by_reply, set_server_settings


async def test_editing_a_reply_has_no_effect(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        clip = await create_clip(harness)
        order = await harness.bob.reply(clip, "make it snow softly")
        await harness.wait_for_clip("make it snow softly")
        await harness.bob.edit(order, "make it rain instead please")
        await create_clip(harness, "something later")
        assert len(harness.provider.charges) == 3


async def test_deleting_a_reply_cancels_an_unsent_job(tmp_path: Path) -> None:
    async with open_harness(tmp_path, render_s=30.0) as harness:
        await harness.alice.slash(harness.channel, "generate", prompt=LIGHTHOUSE)
        await harness.wait_until(lambda: harness.provider.tasks or None)
        source = next(iter(harness.provider.tasks.values()))
        source.hurry.set()
        clip = await harness.wait_for_clip(LIGHTHOUSE)
        first = await harness.bob.reply(clip, "make the first of two remixes")
        await harness.wait_until(lambda: len(harness.provider.tasks) == 2)
        status = await harness.wait_for_message("Rendering")
        waiting = await harness.bob.reply(status, "and one that waits for it")
        line = await harness.wait_for_message("Starts when the original is done")
        await harness.bob.delete(waiting)
        await harness.wait_until(lambda: line.content.startswith("Cancelled. Not charged.\n"))
        await harness.bob.delete(first)  # already sent and charged: it continues
        list(harness.provider.tasks.values())[1].hurry.set()
        await harness.wait_for_clip("make the first of two remixes")
        assert len(harness.provider.charges) == 2


async def test_a_remix_waits_for_its_source_and_fails_with_it(tmp_path: Path) -> None:
    async with open_harness(tmp_path, render_s=30.0) as harness:
        await harness.alice.slash(harness.channel, "generate", prompt=LIGHTHOUSE)
        await harness.wait_until(lambda: harness.provider.tasks or None)
        first = next(iter(harness.provider.tasks.values()))
        first.hurry.set()
        clip = await harness.wait_for_clip(LIGHTHOUSE)
        await harness.bob.reply(clip, "make a remix that ends badly [fail]")
        status = await harness.wait_for_message("Rendering")
        await harness.alice.reply(status, "make this one wait for the other")
        line = await harness.wait_for_message("Starts when the original is done")
        list(harness.provider.tasks.values())[1].hurry.set()
        await harness.wait_until(lambda: "failed, so this one couldn't start. Not charged." in line.content)
        assert len(harness.provider.tasks) == 2


async def test_a_waiting_remix_starts_when_its_source_is_done(tmp_path: Path) -> None:
    async with open_harness(tmp_path, render_s=30.0) as harness:
        await harness.alice.slash(harness.channel, "generate", prompt=LIGHTHOUSE)
        await harness.wait_until(lambda: harness.provider.tasks or None)
        next(iter(harness.provider.tasks.values())).hurry.set()
        clip = await harness.wait_for_clip(LIGHTHOUSE)
        await harness.bob.reply(clip, "the same bay at night")
        status = await harness.wait_for_message("Rendering")
        await harness.alice.reply(status, "and then with fireworks above")
        await harness.wait_for_message("Starts when the original is done")
        list(harness.provider.tasks.values())[1].hurry.set()
        third = await harness.wait_until(lambda: next(iter(list(harness.provider.tasks.values())[2:]), None))
        assert third.source_id == list(harness.provider.tasks)[1]
        third.hurry.set()
        assert "remix of" in (await harness.wait_for_clip("and then with fireworks above")).content


async def test_replies_can_be_disabled_by_the_server(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        clip = await create_clip(harness)
        await set_server_settings(harness, ReplyMode.OFF)
        hinted = await harness.bob.reply(clip, "make it snow softly", ping=False)
        await harness.bob.reply(clip, "make it snow softly")
        await harness.bob.reply(clip, "delete")
        await create_clip(harness, "something later")
        assert len(harness.clips) == 2
        assert hinted.reactions == {}


async def test_the_exact_words_again_info_and_delete(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        clip = await create_clip(harness)
        await harness.bob.reply(clip, "Again.")
        second = await harness.wait_until(lambda: next((c for c in harness.clips if c.id != clip.id), None))
        assert second.mention_ids == [harness.bob.id]
        await harness.bob.reply(clip, "info")
        info = await harness.wait_for_message(f"**{code_of(clip)}** · new video · done")
        assert f"requested by {harness.alice.mention}" in info.content
        assert info.mention_ids == []
        await harness.bob.reply(clip, "delete")
        await harness.wait_for_message("Only the person who requested this video, or a member with")
        assert not clip.deleted
        await delete_by_reply(harness, harness.alice, clip)
        await harness.wait_until(lambda: clip.deleted)


async def test_a_moderator_deletes_by_reply(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        mod = harness.guild.add_member("mod", permissions=("manage_messages",))
        clip = await create_clip(harness)
        await delete_by_reply(harness, mod, clip)
        await harness.wait_until(lambda: clip.deleted)


async def test_cancel_by_reply_to_the_status_message(tmp_path: Path) -> None:
    async with open_harness(tmp_path, render_s=30.0) as harness:
        await harness.alice.slash(harness.channel, "generate", prompt=LIGHTHOUSE)
        await harness.wait_until(lambda: harness.provider.tasks or None)
        next(iter(harness.provider.tasks.values())).hurry.set()
        clip = await harness.wait_for_clip(LIGHTHOUSE)
        await harness.bob.reply(clip, "make it snow softly")
        status = await harness.wait_for_message("Rendering")
        await harness.alice.reply(status, "cancel")
        await harness.wait_for_message("Only the person who requested this video, or a member with")
        await harness.bob.reply(status, "delete")
        await harness.wait_for_message("There's no video to delete yet. Reply cancel to cancel it.")
        await harness.bob.reply(status, "cancel")
        await harness.wait_until(lambda: status.content.startswith("Cancelled."))
        await harness.bob.reply(clip, "cancel")
        await harness.wait_for_message("Only the person who requested this video, or a member with")


async def test_a_bell_shows_once_a_day_that_the_ping_was_off(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        clip = await create_clip(harness)
        for member in (harness.bob, harness.alice):
            await member.reply(clip, f"make it snow for {member.name}")
            await harness.wait_for_clip(f"make it snow for {member.name}")
        first = await harness.bob.reply(clip, "make it snow softly", ping=False)
        await harness.wait_until(lambda: first.reactions.get("\N{BELL}"))
        second = await harness.bob.reply(clip, "make it snow softly", ping=False)
        third = await harness.alice.reply(clip, "make it snow softly", ping=False)
        await harness.wait_until(lambda: third.reactions.get("\N{BELL}"))
        assert second.reactions == {}
        assert len(harness.provider.charges) == 3


async def test_a_bell_is_also_added_to_replies_to_the_status_of_a_command(tmp_path: Path) -> None:
    async with open_harness(tmp_path, render_s=30.0) as harness:
        status = await harness.status_of(await harness.alice.slash(harness.channel, "generate", prompt=LIGHTHOUSE))
        reply = await harness.bob.reply(status, "make it snow softly", ping=False)
        await harness.wait_until(lambda: reply.reactions.get("\N{BELL}"))
        read = await harness.bob.reply(status, "make it snow softly")
        line = await harness.wait_for_message("Starts when the original is done")
        assert line.reference_id == read.id


async def test_a_reply_by_a_bot_is_ignored(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        robot = harness.guild.add_member("robot")
        robot.user.bot = True
        clip = await create_clip(harness)
        await robot.reply(clip, "make it snow softly")
        await harness.bob.reply(clip, "make it rain softly")
        await harness.wait_for_clip("make it rain softly")
        assert len(harness.provider.charges) == 2


async def test_a_file_that_is_not_an_image_is_named(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        clip = await create_clip(harness)
        notes = Upload("notes.txt", b"hello", "text/plain")
        await harness.bob.reply(clip, "make it snow softly", attachments=[notes])
        await harness.wait_for_message("notes.txt isn't a picture that I can use.")
        assert len(harness.provider.charges) == 1


async def test_an_image_in_the_reply_becomes_the_first_frame(tmp_path: Path, png_bytes: bytes) -> None:
    async with open_harness(tmp_path) as harness:
        clip = await create_clip(harness)
        boat = Upload("boat.png", png_bytes, "image/png")
        await harness.bob.reply(clip, "a boat sails into the storm", attachments=[boat])
        remix = await harness.wait_for_clip("a boat sails into the storm")
        assert f"remix of [{code_of(clip)}]({clip.link}) by {harness.alice.mention} (from a picture)" in remix.content
        (upload,) = harness.provider.uploads
        assert list(harness.provider.tasks.values())[1].request["image_urls"] == [upload.url]


async def test_extend_by_reply_and_by_command(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        clip = await create_clip(harness)
        await harness.bob.reply(clip, "extend: the storm goes by")
        longer = await harness.wait_for_clip("the storm goes by")
        assert f"[{code_of(clip)}]({clip.link}) by {harness.alice.mention}, continued natively" in longer.content
        await harness.bob.slash(harness.channel, "extend", prompt="and the sun comes out", video=code_of(clip))
        await harness.wait_for_clip("and the sun comes out")
        assert [task.kind for task in harness.provider.tasks.values()] == ["create", "extend", "extend"]


async def test_a_reply_in_a_thread_and_in_a_forum_post(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        forum = harness.guild.add_channel("ideas", kind="forum")
        for place in (harness.channel.add_thread("night shots"), forum.add_thread("a post")):
            clip = await create_clip(harness, f"a film for {place.name}", channel=place)
            await harness.bob.reply(clip, f"make it snow in {place.name}")
            remix = await harness.wait_for_clip(f"make it snow in {place.name}")
            assert remix.channel is place
