"""Threads, private ones and forum posts, against an unmodified discord.py."""

import discord
import pytest

from tests.sandbox.studio import Studio, refused, video


async def test_threads_and_forum_posts(studio: Studio) -> None:
    thread = studio.channel.add_thread("night shots")
    secret = studio.channel.add_thread("secret", private=True, members=(studio.boss,))
    forum = studio.guild.add_channel("gallery", kind="forum")
    async with studio.bot() as bot:
        seen = bot.get_channel(thread.id)
        assert isinstance(seen, discord.Thread)
        await seen.send("in the thread", file=video())
        known = bot.get_channel(secret.id)
        assert isinstance(known, discord.Thread)
        assert (await known.fetch_member(studio.boss.id)).id == studio.boss.id
        with pytest.raises(discord.NotFound):
            await known.fetch_member(studio.alice.id)
        thread.archive(locked=True)
        assert await refused(seen.send("too late")) == 50083
        studio.channel.forbid(studio.discord.bot_user, "send_messages_in_threads")
        assert await refused(known.send("may not")) == 50013
        gallery = bot.get_channel(forum.id)
        assert isinstance(gallery, discord.ForumChannel)
        post = await gallery.create_thread(name="a post", content="look", file=video())
        assert await refused(bot.http.send_message(forum.id, params=params("no"))) == 50008
        opened = await bot.text(studio.channel).create_thread(name="mine", type=discord.ChannelType.private_thread)
        assert opened.is_private()
    assert len(thread.messages) == 1
    assert studio.discord.message(post.message.id) is forum.threads[0].messages[0]
    assert studio.alice.sees(secret) == []


def params(text: str) -> discord.http.MultipartParameters:
    return discord.http.handle_message_parameters(text)
