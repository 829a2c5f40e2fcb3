"""A reply in plain words: what is an order, what is talk, and what an edit or a deletion does."""

from pathlib import Path

from bot.jobs.server_settings import ReplyMode
from bot.sandbox.discord import Upload
from tests.harness import open_studio
from tests.remix.helpers import LIGHTHOUSE, a_clip, code_of, set_rules


async def test_an_edit_of_an_order_changes_nothing(tmp_path: Path) -> None:
    async with open_studio(tmp_path) as studio:
        clip = await a_clip(studio)
        order = await studio.bob.reply(clip, "make it snow softly")
        await studio.clip_of("make it snow softly")
        await studio.bob.edit(order, "make it rain instead please")
        await a_clip(studio, "something later")
        assert len(studio.provider.charges) == 3


async def test_a_deleted_reply_cancels_what_was_not_sent_yet(tmp_path: Path) -> None:
    async with open_studio(tmp_path, render_s=30.0) as studio:
        await studio.alice.slash(studio.channel, "generate", prompt=LIGHTHOUSE)
        await studio.until(lambda: studio.provider.tasks or None)
        source = next(iter(studio.provider.tasks.values()))
        source.hurry.set()
        clip = await studio.clip_of(LIGHTHOUSE)
        first = await studio.bob.reply(clip, "the first of two remixes")
        await studio.until(lambda: len(studio.provider.tasks) == 2)
        status = await studio.said("Rendering")
        waiting = await studio.bob.reply(status, "and one that waits for it")
        line = await studio.said("Starts when the original is done")
        await studio.bob.delete(waiting)
        await studio.until(lambda: line.content == "Cancelled. Not charged.")
        await studio.bob.delete(first)  # this one was sent: money has moved, it goes on
        list(studio.provider.tasks.values())[1].hurry.set()
        await studio.clip_of("the first of two remixes")
        assert len(studio.provider.charges) == 2


async def test_a_remix_waits_for_its_source_and_hears_of_its_failure(tmp_path: Path) -> None:
    async with open_studio(tmp_path, render_s=30.0) as studio:
        await studio.alice.slash(studio.channel, "generate", prompt=LIGHTHOUSE)
        await studio.until(lambda: studio.provider.tasks or None)
        first = next(iter(studio.provider.tasks.values()))
        first.hurry.set()
        clip = await studio.clip_of(LIGHTHOUSE)
        await studio.bob.reply(clip, "[fail] a remix that ends badly")
        status = await studio.said("Rendering")
        await studio.alice.reply(status, "this one waits for the other")
        line = await studio.said("Starts when the original is done")
        list(studio.provider.tasks.values())[1].hurry.set()
        await studio.until(lambda: "did not come about. Not charged." in line.content)
        assert len(studio.provider.tasks) == 2


async def test_a_waiting_remix_starts_by_itself(tmp_path: Path) -> None:
    async with open_studio(tmp_path, render_s=30.0) as studio:
        await studio.alice.slash(studio.channel, "generate", prompt=LIGHTHOUSE)
        await studio.until(lambda: studio.provider.tasks or None)
        next(iter(studio.provider.tasks.values())).hurry.set()
        clip = await studio.clip_of(LIGHTHOUSE)
        await studio.bob.reply(clip, "the same bay at night")
        status = await studio.said("Rendering")
        await studio.alice.reply(status, "and then with fireworks above")
        await studio.said("Starts when the original is done")
        list(studio.provider.tasks.values())[1].hurry.set()
        third = await studio.until(lambda: next(iter(list(studio.provider.tasks.values())[2:]), None))
        assert third.source_id == list(studio.provider.tasks)[1]
        third.hurry.set()
        assert "remix of" in (await studio.clip_of("and then with fireworks above")).content


async def test_replies_are_off_where_the_server_says_so(tmp_path: Path) -> None:
    async with open_studio(tmp_path) as studio:
        clip = await a_clip(studio)
        await set_rules(studio, ReplyMode.OFF)
        hinted = await studio.bob.reply(clip, "make it snow softly", ping=False)
        await studio.bob.reply(clip, "make it snow softly")
        await studio.bob.reply(clip, "delete")
        await a_clip(studio, "something later")
        assert len(studio.clips) == 2
        assert hinted.reactions == {}


async def test_the_exact_words_again_info_and_delete(tmp_path: Path) -> None:
    async with open_studio(tmp_path) as studio:
        clip = await a_clip(studio)
        await studio.bob.reply(clip, "Again.")
        second = await studio.until(lambda: next((c for c in studio.clips if c.id != clip.id), None))
        assert second.mention_ids == [studio.bob.id]
        await studio.bob.reply(clip, "info")
        info = await studio.said(f"**{code_of(clip)}** · new video · done")
        assert f"asked by {studio.alice.mention}" in info.content
        assert info.mention_ids == []
        await studio.bob.reply(clip, "delete")
        await studio.said("Only the person who asked for this video can do that.")
        assert not clip.deleted
        await studio.alice.reply(clip, "delete")
        await studio.until(lambda: clip.deleted)


async def test_a_moderator_deletes_by_reply(tmp_path: Path) -> None:
    async with open_studio(tmp_path) as studio:
        mod = studio.guild.add_member("mod", permissions=("manage_messages",))
        clip = await a_clip(studio)
        await mod.reply(clip, "delete")
        await studio.until(lambda: clip.deleted)


async def test_cancel_by_reply_to_the_status_line(tmp_path: Path) -> None:
    async with open_studio(tmp_path, render_s=30.0) as studio:
        await studio.alice.slash(studio.channel, "generate", prompt=LIGHTHOUSE)
        await studio.until(lambda: studio.provider.tasks or None)
        next(iter(studio.provider.tasks.values())).hurry.set()
        clip = await studio.clip_of(LIGHTHOUSE)
        await studio.bob.reply(clip, "make it snow softly")
        status = await studio.said("Rendering")
        await studio.alice.reply(status, "cancel")
        await studio.said("Only the person who asked for this video can do that.")
        await studio.bob.reply(status, "delete")
        await studio.said("There is no video to delete yet. Reply cancel to stop it.")
        await studio.bob.reply(status, "cancel")
        await studio.until(lambda: status.content.startswith("Cancelled."))
        await studio.bob.reply(clip, "cancel")
        await studio.said("Only the person who asked for this video can do that.")


async def test_a_bell_says_that_the_ping_was_off_once_a_day(tmp_path: Path) -> None:
    async with open_studio(tmp_path) as studio:
        clip = await a_clip(studio)
        first = await studio.bob.reply(clip, "make it snow softly", ping=False)
        await studio.until(lambda: first.reactions.get("\N{BELL}"))
        second = await studio.bob.reply(clip, "make it snow softly", ping=False)
        third = await studio.alice.reply(clip, "make it snow softly", ping=False)
        await studio.until(lambda: third.reactions.get("\N{BELL}"))
        assert second.reactions == {}
        assert len(studio.provider.charges) == 1


async def test_a_bell_also_where_the_line_answered_a_command(tmp_path: Path) -> None:
    async with open_studio(tmp_path, render_s=30.0) as studio:
        asked = await studio.alice.slash(studio.channel, "generate", prompt=LIGHTHOUSE)
        status = await studio.until(lambda: asked.message)
        reply = await studio.bob.reply(status, "make it snow softly")  # Discord keeps these words from us
        await studio.until(lambda: reply.reactions.get("\N{BELL}"))
        named = await studio.bob.reply(status, f"{studio.discord.bot_user.mention} make it snow softly")
        line = await studio.said("Starts when the original is done")
        assert line.reference_id == named.id


async def test_a_reply_by_a_bot_is_nothing(tmp_path: Path) -> None:
    async with open_studio(tmp_path) as studio:
        robot = studio.guild.add_member("robot")
        robot.user.bot = True
        clip = await a_clip(studio)
        await robot.reply(clip, "make it snow softly")
        await studio.bob.reply(clip, "make it rain softly")
        await studio.clip_of("make it rain softly")
        assert len(studio.provider.charges) == 2


async def test_a_file_that_is_no_picture_is_named(tmp_path: Path) -> None:
    async with open_studio(tmp_path) as studio:
        clip = await a_clip(studio)
        notes = Upload("notes.txt", b"hello", "text/plain")
        await studio.bob.reply(clip, "make it snow softly", attachments=[notes])
        await studio.said("notes.txt is not a picture I can use.")
        assert len(studio.provider.charges) == 1


async def test_a_picture_in_the_reply_is_the_first_frame(tmp_path: Path, a_picture: bytes) -> None:
    async with open_studio(tmp_path) as studio:
        clip = await a_clip(studio)
        boat = Upload("boat.png", a_picture, "image/png")
        await studio.bob.reply(clip, "a boat sails into the storm", attachments=[boat])
        remix = await studio.clip_of("a boat sails into the storm")
        assert f"remix of [{code_of(clip)}]({clip.link}) by {studio.alice.mention} (from a picture)" in remix.content
        (upload,) = studio.provider.uploads
        assert list(studio.provider.tasks.values())[1].request["image_urls"] == [upload.url]


async def test_extend_by_reply_and_by_command(tmp_path: Path) -> None:
    async with open_studio(tmp_path) as studio:
        clip = await a_clip(studio)
        await studio.bob.reply(clip, "extend: the storm goes by")
        longer = await studio.clip_of("the storm goes by")
        assert f"continues [{code_of(clip)}]" in longer.content
        await studio.bob.slash(studio.channel, "extend", prompt="and the sun comes out", video=code_of(clip))
        await studio.clip_of("and the sun comes out")
        assert [task.kind for task in studio.provider.tasks.values()] == ["create", "extend", "extend"]


async def test_a_reply_in_a_thread_and_in_a_forum_post(tmp_path: Path) -> None:
    async with open_studio(tmp_path) as studio:
        forum = studio.guild.add_channel("ideas", kind="forum")
        for place in (studio.channel.add_thread("night shots"), forum.add_thread("a post")):
            clip = await a_clip(studio, f"a film for {place.name}", channel=place)
            await studio.bob.reply(clip, f"make it snow in {place.name}")
            remix = await studio.clip_of(f"make it snow in {place.name}")
            assert remix.channel is place
