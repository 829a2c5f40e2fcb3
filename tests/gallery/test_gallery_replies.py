"""Replies, menus and links to a post in a gallery act on the clip that it shows, if the member may see that."""

from pathlib import Path

import discord
import pytest

from bot.sandbox.discord import Channel, LocalMessage, Member, Modal
from tests.gallery.helpers import shown_clip
from tests.harness import BotHarness, open_harness
from tests.limits.helpers import database_of
from tests.remix.helpers import NOT_FOUND, code_of, response_text


async def _answer_to(harness: BotHarness, reply: LocalMessage, text: str) -> LocalMessage:
    """Return the bot's answer below a reply, once it contains a text."""

    def found() -> LocalMessage | None:
        return next((m for m in reply.channel.messages if m.reference_id == reply.id and text in m.content), None)

    return await harness.wait_until(found)


async def test_a_reply_to_a_gallery_post_remixes_the_clip(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        clip, post, gallery = await shown_clip(harness)
        reply = await harness.bob.reply(post, "make it snow, softly and slowly")
        remix = await harness.wait_for_clip("make it snow, softly and slowly")
        assert (remix.channel, remix.reference_id) == (gallery, reply.id)
        assert f"remix of [{code_of(clip)}]({clip.link})" in remix.content
        again = await harness.alice.reply(post, "again")
        await harness.wait_until(
            lambda: next((m for m in gallery.messages if m.attachments and m.reference_id == again.id), None)
        )
        assert len(harness.provider.charges) == 3


async def test_the_words_of_a_reply_to_a_gallery_post_work(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        clip, post, _ = await shown_clip(harness)
        await _answer_to(harness, await harness.bob.reply(post, "info"), f"**{code_of(clip)}** · new video · done")
        await _answer_to(harness, await harness.bob.reply(post, "cancel"), "Only the person")
        question = await _answer_to(harness, await harness.alice.reply(post, "delete"), f"({code_of(clip)})")
        await harness.alice.press(question, "Delete")
        await harness.wait_until(lambda: (clip.deleted and post.deleted) or None)


async def test_a_reply_without_its_ping_gets_the_bell(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        _, post, _ = await shown_clip(harness)
        reply = await harness.bob.reply(post, "make it snow, softly and slowly", ping=False)
        await harness.wait_until(lambda: reply.reactions or None)


@pytest.mark.parametrize("forwarded", [False, True])
async def test_the_menus_on_a_gallery_post_are_about_the_clip(tmp_path: Path, forwarded: bool) -> None:
    async with open_harness(tmp_path) as harness:
        clip, post, gallery = await shown_clip(harness)
        if forwarded:
            post = await harness.alice.forward(post, gallery)
        form = await (await harness.bob.menu(post, "Remix video")).answer()
        assert isinstance(form, Modal)
        assert form.title == f"Remix {code_of(clip)}"
        details = await response_text(await harness.bob.menu(post, "Video details"))
        assert details.startswith(f"**{code_of(clip)}** · new video · done")


@pytest.mark.parametrize("forwarded", [False, True])
async def test_a_link_to_a_gallery_post_leads_to_the_clip(tmp_path: Path, forwarded: bool) -> None:
    async with open_harness(tmp_path) as harness:
        clip, post, _ = await shown_clip(harness)
        link = (await harness.alice.forward(post, harness.channel) if forwarded else post).link
        await harness.bob.slash(harness.channel, "remix", prompt="by the link of a post", video=link)
        assert f"remix of [{code_of(clip)}]" in (await harness.wait_for_clip("by the link of a post")).content


async def _shown_but_closed(harness: BotHarness) -> tuple[LocalMessage, LocalMessage, Channel]:
    """Return a clip whose channel bob can't see any more, and its post before it's taken down."""
    clip, post, gallery = await shown_clip(harness)
    harness.bot.services.gallery.schedule_server = lambda guild_id: None  # type: ignore[method-assign]
    harness.channel.forbid(harness.bob, "view_channel")
    closed = harness.bot.get_channel(harness.channel.id)
    assert isinstance(closed, discord.TextChannel)
    await harness.wait_until(lambda: closed.overwrites or None)
    return clip, post, gallery


@pytest.mark.parametrize("way", ["menu", "details", "reply", "info", "again", "link"])
async def test_a_gallery_post_opens_no_channel_that_its_reader_cannot_see(tmp_path: Path, way: str) -> None:
    async with open_harness(tmp_path) as harness:
        _, post, gallery = await _shown_but_closed(harness)
        if way in ("menu", "details"):
            name = "Remix video" if way == "menu" else "Video details"
            assert (await response_text(await harness.bob.menu(post, name))).startswith(NOT_FOUND)
        elif way == "link":
            pressed = await harness.bob.slash(gallery, "remix", prompt="mine now", video=post.link)
            assert (await response_text(pressed)).startswith(NOT_FOUND)
        else:
            words = "make it snow, softly" if way == "reply" else way
            await _answer_to(harness, await harness.bob.reply(post, words), NOT_FOUND)
        assert len(harness.provider.charges) == 1


def _moderator_of(channel: Channel, harness: BotHarness) -> Member:
    mona = harness.guild.add_member("mona")
    channel.allow(mona, "manage_messages")
    return mona


@pytest.mark.parametrize("place", ["gallery", "forward"])
async def test_who_moderates_another_channel_deletes_no_clip_through_a_copy_in_it(tmp_path: Path, place: str) -> None:
    async with open_harness(tmp_path) as harness:
        clip, post, gallery = await shown_clip(harness)
        mona = _moderator_of(gallery, harness)
        if place == "forward":
            post = await harness.alice.forward(clip, gallery)
        words = f"{harness.discord.bot_user.mention} delete" if place == "forward" else "delete"
        await _answer_to(harness, await mona.reply(post, words), "Only")
        maud = harness.guild.add_member("maud", manage=True)
        question = await _answer_to(harness, await maud.reply(post, words), f"({code_of(clip)})")
        await maud.press(question, "Delete")
        await harness.wait_until(lambda: clip.deleted or None)


async def test_a_reply_to_a_gallery_post_from_while_the_bot_was_off_is_asked_about(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        _, post, _ = await shown_clip(harness)
        await harness.bot.services.reply_events.record_online()
        await harness.stop()
        reply = await harness.bob.reply(post, "make it snow, softly and slowly")
        await harness.start()
        await _answer_to(harness, reply, "Remix this?")
        assert len(harness.provider.charges) == 1
        assert await database_of(harness).run("SELECT 1 FROM question WHERE order_message_id = ?", (reply.id,))
