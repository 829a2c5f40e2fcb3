"""A client without the gateway, as in a worker, names the one thing that keeps a clip from being posted, too."""

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import discord
import pytest

from bot.chat.delivery.post_errors import classify_post_error
from bot.chat.gateway.rest_client import RestClient
from bot.ports.publisher import Delivery, MissingAccess
from bot.sandbox.discord import Channel, LocalDiscord
from bot.sandbox.environment import LocalEnvironment
from bot.sandbox.providers import LocalToAPIs
from tests.outages.answers import GATEWAY, broken
from tests.outages.test_paid_work_goes_on import HANG_S, assert_posted_once_after, pay_and_die
from tests.sample_job import JOB
from tests.sandbox.studio import Studio, furnished, point_at

Trouble = Callable[[Studio], Channel]  # what happens meanwhile; returns the channel of the job


def forbidden(*permissions: str) -> Trouble:
    def forbid(studio: Studio) -> Channel:
        for each in permissions:
            studio.channel.forbid(studio.discord.bot_user, each)
        return studio.channel

    return forbid


def taken_from_its_role(studio: Studio) -> Channel:
    for role in (studio.guild.everyone, studio.guild.bot_role):
        role.revoke("attach_files")
    return studio.channel


def timed_out(studio: Studio) -> Channel:
    assert studio.guild.bot is not None
    studio.guild.bot.time_out(datetime.now(UTC) + timedelta(hours=1))
    return studio.channel


def thread_without(permission: str) -> Trouble:
    def forbid(studio: Studio) -> Channel:
        studio.channel.forbid(studio.discord.bot_user, permission)
        return studio.channel.add_thread("night shots")

    return forbid


def locked_and_archived(studio: Studio) -> Channel:
    thread = studio.channel.add_thread("night shots")
    thread.archive()
    thread.lock()
    return thread


def lost_thread(studio: Studio) -> Channel:
    return studio.channel.add_thread("secret", private=True, members=(studio.alice,), bot=False)


def thread_of_a_hidden_channel(studio: Studio) -> Channel:
    thread = lost_thread(studio)
    studio.channel.forbid(studio.discord.bot_user, "view_channel")
    return thread


def left(studio: Studio) -> Channel:
    studio.guild.remove_bot()
    return studio.channel


CASES: dict[str, tuple[Trouble, str]] = {
    "attach": (forbidden("attach_files"), "attach_files"),
    "attach, by role": (taken_from_its_role, "attach_files"),
    "send": (forbidden("send_messages"), "send_messages"),
    "view": (forbidden("view_channel"), "view_channel"),
    "view and attach": (forbidden("view_channel", "attach_files"), "view_channel"),
    "timeout": (timed_out, "timeout_over"),
    "send in threads": (thread_without("send_messages_in_threads"), "send_messages_in_threads"),
    "attach in threads": (thread_without("attach_files"), "attach_files"),
    "locked": (locked_and_archived, "unlocked_thread"),
    "private thread": (lost_thread, "thread_membership"),
    "private thread, hidden channel": (thread_of_a_hidden_channel, "view_channel"),
    "not on the server": (left, "view_channel"),
}


@pytest.mark.parametrize("case", CASES)
async def test_the_missing_permission_is_named(monkeypatch: pytest.MonkeyPatch, case: str) -> None:
    trouble, missing = CASES[case]
    async with LocalDiscord(rate_limits=False) as local:
        point_at(local, monkeypatch)
        studio, client = furnished(local), RestClient()
        channel = trouble(studio)
        async with client:
            await client.login(local.token)
            assert await refused_post(client, studio, channel) == MissingAccess(missing=(missing,))


async def refused_post(client: discord.Client, studio: Studio, channel: Channel) -> Delivery:
    """Post a file in a channel, and return what is read from Discord's refusal."""

    async def parent_of(thread_id: int) -> int | None:  # as it was stored with the order in a private thread
        return studio.channel.id if thread_id == channel.id and channel.private else None

    job = replace(JOB, guild_id=studio.guild.id, channel_id=channel.id)
    with pytest.raises(discord.HTTPException) as refusal:
        await client.get_partial_messageable(channel.id).send(file=discord.File(io.BytesIO(b"x"), "video.mp4"))
    return await classify_post_error(client, job, refusal.value, parent_of)


async def test_a_bot_whose_gateway_is_down_names_it_to_the_requester(tmp_path: Path) -> None:
    provider = LocalToAPIs(render_s=0.1)
    async with LocalEnvironment(provider, data=tmp_path) as world:
        await pay_and_die(world, provider)
        (guild,) = world.discord.world.guilds.values()
        channel = next(each for each in guild.channels if each.name == "videos")
        channel.forbid(world.discord.bot_user, "attach_files")
        world.discord.wire.fail(broken(GATEWAY))
        await world.bot.start()
        said = "The video is ready. I need Attach Files here, and I'll post it as soon as I have access."
        await world.discord.wait_for(lambda: any(said in each.content for each in world.discord.all_messages), HANG_S)
        channel.clear(world.discord.bot_user)
        await assert_posted_once_after(world, provider)
