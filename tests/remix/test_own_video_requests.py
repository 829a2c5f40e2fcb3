"""Ways to remix a member's video beside the message menu: a mention, a file or a link. And who may."""

from pathlib import Path

import pytest

from bot.jobs.server_settings import ServerSettings
from bot.sandbox.discord import Upload
from bot.store.server_settings import SqlServerRepository
from tests.harness import BotHarness, open_harness
from tests.remix.access_cases import (
    Setup,
    a_channel_without_history,
    a_hidden_channel,
    a_private_thread_as_a_stranger,
    age_restricted_into_a_plain_channel,
)
from tests.remix.helpers import NOT_FOUND, create_clip, wait_for_confirmation
from tests.remix.own_videos import CAT, SNOW, allow_any_video, answer_text, imports, post_video, remix_by_menu

HIDDEN_PLACES = [
    a_hidden_channel,
    a_channel_without_history,
    a_private_thread_as_a_stranger,
    age_restricted_into_a_plain_channel,
]


async def test_no_reply_to_a_members_video_is_an_order_without_a_mention(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        harness.discord.world.message_content = True
        posted = post_video(harness, harness.alice)
        await remix_by_menu(harness.bob, posted)
        clip = await harness.wait_for_clip(SNOW)
        for words in ("delete", "make it rain", mention(harness, "delete"), mention(harness, "haha nice")):
            await harness.bob.reply(posted, words)
        await harness.bob.reply(clip, "now make it dark")
        await harness.wait_for_clip("now make it dark")
        assert len(harness.provider.charges) == 2
        assert not posted.deleted
        assert not [m for m in harness.discord.all_messages if m.reactions]


def mention(harness: BotHarness, words: str) -> str:
    return f"<@{harness.discord.bot_user.id}> {words}"


async def test_a_reply_that_mentions_the_bot_remixes_a_members_video(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        posted = harness.alice.client.say(harness.alice, harness.channel, mention(harness, "look at my cat"), [CAT])
        await harness.bob.reply(posted, mention(harness, SNOW))
        remix = await harness.wait_for_clip(SNOW)
        (source,) = await imports(harness)
        assert (
            f"remix of [{source.code}]({posted.link}) by <@{harness.alice.id}> (from its last frame)" in remix.content
        )
        assert len(harness.provider.charges) == 1


async def test_a_reply_can_be_remixed_whose_video_was_remixed_by_the_menu(tmp_path: Path) -> None:
    """Discord shows the bot no files of the message itself, but the bot knows it."""
    async with open_harness(tmp_path) as harness:
        posted = post_video(harness, harness.alice)
        await remix_by_menu(harness.bob, posted)
        await harness.wait_for_clip(SNOW)
        await harness.alice.reply(posted, mention(harness, "now make it rain"))
        await harness.wait_for_clip("now make it rain")


async def test_a_mention_below_hidden_files_is_answered_with_what_works(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        posted = post_video(harness, harness.alice)
        await harness.bob.reply(posted, mention(harness, "what do you think about this?"))
        await harness.bob.reply(posted, mention(harness, SNOW))
        said = await harness.wait_for_message("Discord doesn't show me the files of that message.")
        assert "Use Apps ▸ Remix video on it" in said.content
        assert len([m for m in harness.discord.all_messages if m.is_bot]) == 1
        await allow_any_video(harness, False)
        await harness.bob.reply(posted, mention(harness, SNOW))
        await harness.wait_for_message("This server allows remixes of my videos only.")
        assert harness.provider.charges == []


async def test_an_expensive_remix_of_a_members_video_is_asked_about_first(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        harness.discord.world.message_content = True
        assert harness.database is not None
        rules = ServerSettings(confirm_above_micros=10_000)
        await SqlServerRepository(harness.database).save_settings(harness.guild.id, rules)
        posted = post_video(harness, harness.alice)
        await harness.bob.reply(posted, mention(harness, SNOW))
        question = await wait_for_confirmation(harness)
        assert harness.provider.charges == []
        await harness.bob.press(question, "Remix")
        await harness.wait_for_clip(SNOW)


async def test_a_mention_that_was_written_while_the_bot_was_offline_is_asked_about(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        harness.discord.world.message_content = True
        await create_clip(harness)
        await harness.wait_until(lambda: harness.bot.services.reply_events._caught_up or None)
        await harness.bot.services.reply_events.record_online()
        posted = post_video(harness, harness.alice)
        await harness.stop()
        await harness.bob.reply(posted, mention(harness, SNOW))
        await harness.start()
        question = await wait_for_confirmation(harness)
        await harness.bob.press(question, "Remix")
        assert "(from its last frame)" in (await harness.wait_for_clip(SNOW)).content


async def test_a_file_sent_with_the_command_is_remixed(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        sent = await harness.bob.slash(harness.channel, "remix", prompt=SNOW, file=CAT)
        remix = await harness.wait_for_clip(SNOW)
        (source,) = await imports(harness)
        assert f"remix of {source.code} by <@{harness.bob.id}> (from its last frame)" in remix.content
        assert (await answer_text(sent)).startswith("I'm on it: ")
        picture = Upload("cat.png", b"\x89PNG")
        refused = await harness.bob.slash(harness.channel, "remix", prompt=SNOW, file=picture)
        assert "cat.png isn't a video that I can use." in await answer_text(refused)
        both = await harness.bob.slash(harness.channel, "remix", prompt=SNOW, file=CAT, video=remix.link)
        assert "Choose either a video or a file, not both." in await answer_text(both)
        assert len(harness.provider.charges) == 1


async def test_a_link_is_remixed_where_discord_shows_the_bot_the_files(tmp_path: Path) -> None:
    """A message that mentions the bot, or a bot that its host lets read every message."""
    async with open_harness(tmp_path) as harness:
        mention = f"<@{harness.discord.bot_user.id}> look"
        shown = harness.alice.client.say(harness.alice, harness.channel, mention, [CAT])
        await harness.bob.slash(harness.channel, "remix", prompt=SNOW, video=shown.link)
        assert "(from its last frame)" in (await harness.wait_for_clip(SNOW)).content
        hidden = post_video(harness, harness.alice)
        refused = await harness.bob.slash(harness.channel, "remix", prompt="make it rain", video=hidden.link)
        assert "Discord doesn't show me the files of that message." in await answer_text(refused)
        harness.discord.world.message_content = True
        await harness.bob.slash(harness.channel, "remix", prompt="make it rain", video=hidden.link)
        await harness.wait_for_clip("make it rain")
        words = await harness.alice.say(harness.channel, "only words")
        refused = await harness.bob.slash(harness.channel, "remix", prompt=SNOW, video=words.link)
        assert "There's no video in that message." in await answer_text(refused)


async def test_a_link_to_a_video_that_was_remixed_before_needs_no_look_at_its_message(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        posted = post_video(harness, harness.alice)
        await remix_by_menu(harness.bob, posted)
        await harness.wait_for_clip(SNOW)
        for command, prompt in (("remix", "make it rain"), ("remix", "make it dark")):
            await harness.bob.slash(harness.channel, command, prompt=prompt, video=posted.link)
            await harness.wait_for_clip(prompt)


@pytest.mark.parametrize("setup", HIDDEN_PLACES, ids=lambda setup: str(setup.__name__))
async def test_a_members_video_in_a_place_that_the_requester_cannot_read_is_not_found(
    tmp_path: Path, setup: Setup
) -> None:
    async with open_harness(tmp_path) as harness:
        harness.discord.world.message_content = True
        case = await setup(harness)
        secret = post_video(harness, harness.alice, channel=case.clip.channel)
        before = len(harness.discord.wire.seen)
        refused = await case.viewer.slash(case.channel, "remix", prompt=SNOW, video=secret.link)
        assert (await answer_text(refused)).startswith(NOT_FOUND)
        assert not [seen for seen in harness.discord.wire.seen[before:] if str(secret.id) in seen.path]
        assert await imports(harness) == []
