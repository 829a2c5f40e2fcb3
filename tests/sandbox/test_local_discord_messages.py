"""Messages as the bot sends and reads them, against an unmodified discord.py."""

from pathlib import Path

import aiohttp
import discord
import pytest

from bot.sandbox.discord import Refused, Upload
from bot.sandbox.fault_injection import Fault
from tests.sandbox.studio import VIDEO, Bot, Studio, refused, video


async def received(studio: Studio, bot: Bot, count: int) -> list[discord.Message]:
    await studio.discord.wait_for(lambda: len(bot.received) >= count)
    return bot.received


async def test_a_video_is_posted_and_served_in_ranges(studio: Studio) -> None:
    async with studio.bot() as bot:
        sent = await bot.text(studio.channel).send("done", file=video(), nonce="job-K7Q2")
        attachment = sent.attachments[0]
        assert await attachment.read() == VIDEO
        async with aiohttp.ClientSession() as session:
            async with session.get(attachment.url, headers={"Range": "bytes=10-19"}) as part:
                assert (part.status, await part.read()) == (206, VIDEO[10:20])
                assert part.headers["Content-Range"] == f"bytes 10-19/{len(VIDEO)}"
            async with session.get(attachment.url, headers={"Range": "bytes=-4"}) as part:
                assert await part.read() == VIDEO[-4:]
            async with session.get(attachment.url, headers={"Range": "bytes=999999999-"}) as part:
                assert part.status == 416
            async with session.get(attachment.url.split("?")[0]) as unsigned:
                assert unsigned.status == 404
            studio.discord.advance(25 * 3600)
            async with session.get(attachment.url) as old:
                assert old.status == 404
    posted = studio.channel.messages[0]
    assert posted.nonce == "job-K7Q2"
    assert posted.attachments[0].description == "a storm, at night"
    assert posted.attachments[0].content_type == "video/mp4"
    assert posted.attachments[0].data == VIDEO


async def test_a_forward_carries_a_snapshot_and_names_its_original(studio: Studio) -> None:
    talk = studio.guild.add_channel("talk")
    async with studio.bot() as bot:
        sent = await bot.text(studio.channel).send("a video", file=video())
        posted = studio.channel.messages[0]
        forward = await studio.alice.forward(posted, talk)
        await studio.alice.reply(forward, f"{studio.discord.bot_user.mention} look")
        await sent.edit(content="another text")
        event, reply = (await received(studio, bot, 2))[:2]
        own = await bot.text(studio.channel).fetch_message(sent.id)
        copy = await own.forward(bot.text(talk))
    assert event.reference is not None
    assert event.reference.type is discord.MessageReferenceType.forward
    assert (event.reference.message_id, event.reference.channel_id) == (posted.id, studio.channel.id)
    assert (event.content, event.attachments, event.message_snapshots) == ("", [], [])  # withheld without the intent
    assert reply.reference is not None
    assert isinstance(reply.reference.resolved, discord.Message)
    assert reply.reference.resolved.reference is not None
    assert reply.reference.resolved.reference.message_id == posted.id
    assert forward.forwarded is not None
    assert forward.forwarded.snapshot["content"] == "a video"
    assert "author" not in forward.forwarded.snapshot
    assert forward.flags == 1 << 14
    assert [snapshot.content for snapshot in copy.message_snapshots] == ["another text"]
    assert copy.message_snapshots[0].attachments[0].filename == sent.attachments[0].filename


async def test_what_nobody_may_read_is_not_forwarded(studio: Studio) -> None:
    talk = studio.guild.add_channel("talk")
    said = await studio.alice.say(studio.channel, "among ourselves")
    bob = studio.guild.add_member("bob")
    studio.channel.forbid(bob, "view_channel")
    with pytest.raises(Refused, match="cannot see"):
        await bob.forward(said, talk)
    talk.forbid(studio.alice, "send_messages")
    with pytest.raises(Refused, match="50013"):
        await studio.alice.forward(said, talk)


async def test_replies_show_their_text_only_with_the_ping_on(studio: Studio) -> None:
    async with studio.bot() as bot:
        await bot.text(studio.channel).send("a video", file=video())
        posted = studio.channel.messages[0]
        await studio.alice.reply(posted, "make it darker", attachments=[Upload("frame.png", b"png")])
        await studio.alice.reply(posted, "lol nice", ping=False)
        await studio.alice.say(studio.channel, f"hello {studio.discord.bot_user.mention}")
        await studio.alice.say(studio.channel, "among ourselves")
        await studio.alice.say(studio.alice.dm(), "in private")
        messages = await received(studio, bot, 5)
        read = [m async for m in bot.text(studio.channel).history(limit=10)]
    texts = [message.content for message in messages]
    assert texts == ["make it darker", "", f"hello {studio.discord.bot_user.mention}", "", "in private"]
    assert [len(message.attachments) for message in messages[:2]] == [1, 0]
    reference = messages[1].reference
    assert reference is not None
    assert isinstance(reference.resolved, discord.Message)
    assert reference.resolved.content == "a video"
    assert [message.content for message in reversed(read)] == ["a video", *texts[:4]]


async def test_a_pinging_reply_to_an_interaction_response_is_empty(studio: Studio) -> None:
    async def furnish(bot: Bot) -> None:
        @bot.tree.command(name="here", description="Here")
        async def command(interaction: discord.Interaction[Bot]) -> None:
            await interaction.response.send_message("a response")

    async with studio.bot(furnish) as bot:
        await (await studio.alice.slash(studio.channel, "here")).answer()
        await studio.alice.reply(studio.channel.messages[0], "make it darker")
        messages = await received(studio, bot, 1)
    assert messages[0].content == ""
    assert messages[0].reference is not None


async def test_a_nonce_is_one_message_until_it_is_forgotten(studio: Studio) -> None:
    async with studio.bot() as bot:
        channel = bot.text(studio.channel)
        studio.discord.wire.fail(Fault(route="POST *", when="after", drop=True))
        with pytest.raises(aiohttp.ClientError):
            await channel.send("once", file=video(), nonce="n1")
        again = await channel.send("once", file=video(), nonce="n1")
        assert [m.id for m in studio.channel.messages] == [again.id]
        await again.delete()
        with pytest.raises(discord.NotFound) as gone:
            await channel.send("once", nonce="n1")
        assert gone.value.code == 10008
        studio.discord.advance(301)
        await channel.send("once", nonce="n1")
        with pytest.raises(discord.HTTPException) as long:
            await channel.send("x", nonce="n" * 26)
    assert long.value.code == 50035
    assert [m.content for m in studio.channel.messages] == ["once"]
    assert len(studio.discord.all_messages) == 2


async def test_permissions_are_checked_one_by_one(studio: Studio) -> None:
    bot_user = studio.discord.bot_user
    await studio.alice.say(studio.channel, "hello")
    message_id = studio.channel.messages[0].id
    async with studio.bot() as bot:
        channel = bot.text(studio.channel)
        studio.channel.forbid(bot_user, "attach_files")
        assert await refused(channel.send("x", file=video())) == 50013
        studio.channel.forbid(bot_user, "read_message_history")
        assert await refused(channel.fetch_message(message_id)) == 50001
        assert [m async for m in channel.history()] == []
        reply = channel.send("x", reference=discord.MessageReference(message_id=message_id, channel_id=channel.id))
        assert await refused(reply) == 160002
        studio.channel.forbid(bot_user, "send_messages")
        assert await refused(channel.send("x")) == 50013
        assert await refused(channel.get_partial_message(message_id).delete()) == 50013
        studio.channel.allow(bot_user, "manage_messages")
        await channel.get_partial_message(message_id).delete()
        studio.channel.forbid(bot_user, "view_channel")
        assert await refused(channel.send("x")) == 50001
        await studio.discord.wait_for(lambda: not channel.permissions_for(channel.guild.me).view_channel)
        studio.channel.delete()
        assert await refused(channel.send("x")) == 10003
    studio.channel.forbid(studio.alice, "send_messages")
    with pytest.raises(Refused):
        await studio.alice.say(studio.channel, "hello")


async def test_a_file_above_the_limit_is_413(studio: Studio, tmp_path: Path) -> None:
    big = tmp_path / "big.mp4"
    big.write_bytes(bytes(1_000_001))
    studio.guild.upload_limit_bytes = 1_000_000
    async with studio.bot() as bot:
        with pytest.raises(discord.HTTPException) as error:
            await bot.text(studio.channel).send(file=discord.File(big))
        await bot.text(studio.channel).send(file=video())
    assert (error.value.status, error.value.code) == (413, 40005)
    assert len(studio.channel.messages) == 1


async def test_messages_are_edited_with_their_files_and_mentions(studio: Studio) -> None:
    alice = studio.alice.user
    async with studio.bot() as bot:
        only = discord.AllowedMentions(users=[discord.Object(alice.id)])
        message = await bot.text(studio.channel).send(
            f"{alice.mention} {studio.boss.mention} @everyone", allowed_mentions=only, file=video()
        )
        posted = studio.channel.messages[0]
        assert posted.mentions == [alice]
        assert not posted.mention_everyone
        await message.edit(content="second", attachments=[*message.attachments, video(b"small")])
        assert [a.size for a in posted.attachments] == [len(VIDEO), 5]
        await bot.text(studio.channel).get_partial_message(message.id).edit(content="third", attachments=[])
    assert posted.attachments == []
    assert posted.edits[1:] == ["second"]
    assert posted.edited_at is not None


async def test_a_reply_to_a_deleted_message(studio: Studio) -> None:
    gone = await studio.alice.say(studio.channel, "gone")
    await studio.alice.delete(gone)
    async with studio.bot() as bot:
        channel = bot.text(studio.channel)
        strict = discord.MessageReference(message_id=gone.id, channel_id=channel.id)
        with pytest.raises(discord.HTTPException) as error:
            await channel.send("x", reference=strict)
        assert error.value.code == 50035
        lax = discord.MessageReference(message_id=gone.id, channel_id=channel.id, fail_if_not_exists=False)
        sent = await channel.send("x", reference=lax)
        with pytest.raises(discord.NotFound):
            await channel.fetch_message(gone.id)
    assert sent.reference is None


async def test_reactions_typing_and_direct_messages(studio: Studio) -> None:
    message = await studio.alice.say(studio.channel, "hello")
    async with studio.bot() as bot:
        channel = bot.text(studio.channel)
        with studio.discord.recorded() as events:
            await channel.get_partial_message(message.id).add_reaction("🔔")
            await channel.typing()
        assert message.reactions == {"🔔": [studio.discord.bot_user.id]}
        assert [event.kind for event in events] == ["reacted", "typing"]
        user = await bot.fetch_user(studio.alice.id)
        await user.send("psst")
        studio.alice.user.takes_dms = False
        with pytest.raises(discord.Forbidden) as error:
            await user.send("psst")
    assert error.value.code == 50007
    assert [m.content for m in studio.alice.dm().messages] == ["psst"]


async def test_a_layout_shows_its_file_instead_of_listing_it(studio: Studio) -> None:
    async with studio.bot() as bot:
        view = discord.ui.LayoutView()
        file = video()
        gallery: discord.ui.MediaGallery[discord.ui.LayoutView] = discord.ui.MediaGallery(
            discord.MediaGalleryItem(file)
        )
        view.add_item(gallery)
        sent = await bot.text(studio.channel).send(view=view, file=file)
        assert sent.attachments == []
        part = sent.components[0]
        assert isinstance(part, discord.MediaGalleryComponent)
        async with aiohttp.ClientSession() as session, session.get(part.items[0].media.url) as answer:
            assert await answer.read() == VIDEO
    assert "video.mp4" in studio.discord.transcript(studio.channel)[1]


async def test_a_failed_wait_shows_what_was_said(studio: Studio) -> None:
    await studio.alice.say(studio.channel, "anyone there?")
    with pytest.raises(TimeoutError, match="alice: anyone there"):
        await studio.discord.wait_for(lambda: None, timeout_s=0.01)


async def test_reactions_are_told_with_discord_s_fields_and_read_in_pages(studio: Studio) -> None:
    message = await studio.alice.say(studio.channel, "hello")
    crowd = [studio.guild.add_member(f"member {number}") for number in range(101)]
    async with studio.bot() as bot:
        events: list[discord.RawReactionActionEvent] = []
        cleared: list[discord.RawReactionClearEvent | discord.RawReactionClearEmojiEvent] = []

        async def on_reaction(event: discord.RawReactionActionEvent) -> None:
            events.append(event)

        async def on_clear(event: discord.RawReactionClearEvent | discord.RawReactionClearEmojiEvent) -> None:
            cleared.append(event)

        bot.add_listener(on_reaction, "on_raw_reaction_add")
        bot.add_listener(on_reaction, "on_raw_reaction_remove")
        bot.add_listener(on_clear, "on_raw_reaction_clear")
        bot.add_listener(on_clear, "on_raw_reaction_clear_emoji")
        for member in reversed(crowd):
            await member.react(message, "⭐")
        await studio.alice.react(message, "🔥")
        await crowd[0].unreact(message, "⭐")
        await studio.discord.wait_for(lambda: len(events) == 103 or None)
        (reaction, _) = (await bot.text(studio.channel).fetch_message(message.id)).reactions
        assert (reaction.normal_count, reaction.burst_count) == (100, 0)
        assert [user.id async for user in reaction.users(type=discord.ReactionType.burst)] == []
        assert {user.id async for user in reaction.users()} == {member.id for member in crowd[1:]}
        await studio.boss.clear_reactions(message, "⭐")
        await studio.boss.clear_reactions(message)
        await studio.discord.wait_for(lambda: len(cleared) == 2 or None)
    first, last = events[0], events[-1]
    assert (first.user_id, first.message_author_id) == (crowd[-1].id, studio.alice.id)
    assert first.member is not None
    assert not first.member.bot
    assert (last.event_type, last.user_id, last.message_author_id, last.member) == (
        "REACTION_REMOVE", crowd[0].id, None, None,
    )  # fmt: skip
    assert [getattr(event, "emoji", None) and str(getattr(event, "emoji", "")) for event in cleared] == ["⭐", None]
    assert message.reactions == {}
