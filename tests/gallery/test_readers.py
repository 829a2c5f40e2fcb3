"""A video never leaves a channel that a reader of the gallery may not see."""

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.sandbox.discord import Channel
from tests.gallery.helpers import STAR, nothing_is_shown, open_gallery, shown_clip, wait_for_post, wait_for_stars
from tests.gallery.helpers import wait_until_gone as wait_until_taken_down
from tests.harness import BotHarness, open_harness
from tests.remix.helpers import create_clip

Setup = Callable[[BotHarness, Channel], Channel]  # changes both channels; returns the video's


def a_thread(harness: BotHarness, gallery: Channel) -> Channel:
    return harness.channel.add_thread("porch", members=(harness.alice, harness.bob))


def an_equally_private_channel(harness: BotHarness, gallery: Channel) -> Channel:
    artists = harness.guild.add_role("Artists")
    for member in (harness.alice, harness.bob):
        member.give(artists)
    for channel in (harness.channel, gallery):
        channel.allow(harness.discord.bot_user, "view_channel")
        channel.forbid(harness.guild.everyone, "view_channel")
        channel.allow(artists, "view_channel")
    return harness.channel


def a_less_private_channel(harness: BotHarness, gallery: Channel) -> Channel:
    an_equally_private_channel(harness, gallery)
    harness.channel.allow(harness.guild.add_role("Guests"), "view_channel")
    return harness.channel


def both_age_restricted(harness: BotHarness, gallery: Channel) -> Channel:
    for channel in (harness.channel, gallery):
        channel.set_nsfw(True)
    return harness.channel


def a_private_channel(harness: BotHarness, gallery: Channel) -> Channel:
    harness.channel.allow(harness.discord.bot_user, "view_channel")
    for member in (harness.alice, harness.bob):
        harness.channel.allow(member, "view_channel")
    harness.channel.forbid(harness.guild.everyone, "view_channel")
    return harness.channel


def a_channel_that_one_role_may_not_see(harness: BotHarness, gallery: Channel) -> Channel:
    harness.channel.forbid(harness.guild.add_role("Newcomers"), "view_channel")
    return harness.channel


def a_channel_that_one_member_may_not_see(harness: BotHarness, gallery: Channel) -> Channel:
    harness.channel.forbid(harness.guild.add_member("carol"), "view_channel")
    return harness.channel


def a_channel_without_history(harness: BotHarness, gallery: Channel) -> Channel:
    harness.channel.forbid(harness.guild.everyone, "read_message_history")
    harness.channel.allow(harness.discord.bot_user, "read_message_history")
    for member in (harness.alice, harness.bob):
        harness.channel.allow(member, "read_message_history")
    return harness.channel


def a_gallery_with_another_role(harness: BotHarness, gallery: Channel) -> Channel:
    an_equally_private_channel(harness, gallery)
    gallery.allow(harness.guild.add_role("Guests"), "view_channel")
    return harness.channel


def an_age_restricted_channel(harness: BotHarness, gallery: Channel) -> Channel:
    harness.channel.set_nsfw(True)
    return harness.channel


def a_private_thread(harness: BotHarness, gallery: Channel) -> Channel:
    return harness.channel.add_thread("cellar", private=True, members=(harness.alice, harness.bob))


def a_thread_of_a_private_channel(harness: BotHarness, gallery: Channel) -> Channel:
    a_private_channel(harness, gallery)
    return harness.channel.add_thread("cellar", members=(harness.alice, harness.bob))


def case_id(setup: Setup) -> str:
    return getattr(setup, "__name__", "").replace("_", " ")


@pytest.mark.parametrize(
    "setup", [a_thread, an_equally_private_channel, a_less_private_channel, both_age_restricted], ids=case_id
)
async def test_what_all_readers_of_the_gallery_may_see_is_shown(tmp_path: Path, setup: Setup) -> None:
    async with open_harness(tmp_path) as harness:
        gallery = await open_gallery(harness)
        clip = await create_clip(harness, channel=setup(harness, gallery))
        await harness.bob.react(clip, STAR)
        await wait_for_post(harness, gallery)


@pytest.mark.parametrize(
    "setup",
    [
        a_private_channel,
        a_channel_that_one_role_may_not_see,
        a_channel_that_one_member_may_not_see,
        a_channel_without_history,
        a_gallery_with_another_role,
        an_age_restricted_channel,
        a_private_thread,
        a_thread_of_a_private_channel,
    ],
    ids=case_id,
)
async def test_what_a_reader_of_the_gallery_may_not_see_is_never_shown(tmp_path: Path, setup: Setup) -> None:
    async with open_harness(tmp_path) as harness:
        gallery = await open_gallery(harness)
        clip = await create_clip(harness, channel=setup(harness, gallery))
        await harness.bob.react(clip, STAR)
        await wait_for_stars(harness, harness.bob)
        assert await nothing_is_shown(harness, gallery)


@pytest.mark.parametrize("setup", [a_private_channel, an_age_restricted_channel], ids=case_id)
async def test_a_channel_that_closes_takes_its_videos_with_it(tmp_path: Path, setup: Setup) -> None:
    async with open_harness(tmp_path) as harness:
        _, post, gallery = await shown_clip(harness)
        setup(harness, gallery)
        await wait_until_taken_down(harness, post)


async def test_a_server_that_hides_what_was_written_before_takes_its_videos_down(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        _, post, _ = await shown_clip(harness)
        harness.guild.everyone.revoke("read_message_history")
        await wait_until_taken_down(harness, post)


async def test_a_deleted_channel_takes_its_videos_with_it(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        _, post, _ = await shown_clip(harness)
        harness.channel.delete()
        await wait_until_taken_down(harness, post)


async def test_an_ancestor_that_a_reader_may_not_see_is_not_named(tmp_path: Path) -> None:
    async with open_harness(tmp_path) as harness:
        gallery, hidden = await open_gallery(harness), harness.guild.add_channel("hidden")
        hidden.forbid(harness.guild.add_member("carol"), "view_channel")
        first = await create_clip(harness, "a secret lighthouse", channel=hidden)
        await harness.bob.slash(harness.channel, "remix", prompt="make it snow softly", video=first.link)
        remix = await harness.wait_for_clip("make it snow softly")
        await harness.alice.react(remix, STAR)
        post = await wait_for_post(harness, gallery)
        assert post.content.splitlines()[-1] == "-# remixed from (not visible here)"
        assert str(harness.alice.id) not in post.content
