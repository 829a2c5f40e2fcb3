"""Cases of the access matrix: the viewer, the source video and the channel of the request."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from bot.sandbox.discord import Channel, LocalMessage, Member
from tests.harness import BotHarness
from tests.remix.helpers import create_clip, delete_by_button

SECRET = "a secret lighthouse that nobody should hear of"


@dataclass
class AccessCase:
    """A source video, a viewer, and the channel of the request."""

    harness: BotHarness
    clip: LocalMessage
    viewer: Member
    channel: Channel
    references: list[str] = field(default_factory=list)


Setup = Callable[[BotHarness], Awaitable[AccessCase]]


async def same_channel(harness: BotHarness) -> AccessCase:
    return AccessCase(harness, await create_clip(harness, SECRET), harness.bob, harness.channel)


async def another_channel(harness: BotHarness) -> AccessCase:
    return AccessCase(harness, await create_clip(harness, SECRET), harness.bob, harness.guild.add_channel("talk"))


async def another_server(harness: BotHarness) -> AccessCase:
    clip, elsewhere = await create_clip(harness, SECRET), harness.discord.add_guild("Elsewhere")
    return AccessCase(harness, clip, elsewhere.add_member("zoe"), elsewhere.add_channel("backroom"))


async def a_member_of_both_servers_from_the_other(harness: BotHarness) -> AccessCase:
    clip, elsewhere = await create_clip(harness, SECRET), harness.discord.add_guild("Elsewhere")
    return AccessCase(harness, clip, elsewhere.add_member(user=harness.alice.user), elsewhere.add_channel("backroom"))


async def a_hidden_channel(harness: BotHarness) -> AccessCase:
    hidden = harness.guild.add_channel("hidden")
    hidden.forbid(harness.bob, "view_channel")
    return AccessCase(harness, await create_clip(harness, SECRET, channel=hidden), harness.bob, harness.channel)


async def a_channel_without_history(harness: BotHarness) -> AccessCase:
    case = await another_channel(harness)
    harness.channel.forbid(harness.bob, "read_message_history")
    return case


async def a_channel_hidden_afterwards(harness: BotHarness) -> AccessCase:
    case = await another_channel(harness)
    harness.channel.forbid(harness.bob, "view_channel")
    return case


async def a_private_thread_as_its_member(harness: BotHarness) -> AccessCase:
    thread = harness.channel.add_thread("cellar", private=True, members=(harness.alice, harness.bob))
    return AccessCase(harness, await create_clip(harness, SECRET, channel=thread), harness.bob, harness.channel)


async def a_private_thread_as_a_stranger(harness: BotHarness) -> AccessCase:
    thread = harness.channel.add_thread("cellar", private=True, members=(harness.alice,))
    return AccessCase(harness, await create_clip(harness, SECRET, channel=thread), harness.bob, harness.channel)


async def a_private_thread_as_a_former_member(harness: BotHarness) -> AccessCase:
    case = await a_private_thread_as_its_member(harness)
    case.clip.channel.leave(harness.bob)
    return case


async def a_private_thread_as_a_moderator(harness: BotHarness) -> AccessCase:
    case = await a_private_thread_as_a_stranger(harness)
    case.viewer = harness.guild.add_member("mod", permissions=("manage_threads",))
    return case


async def a_private_thread_of_a_hidden_channel(harness: BotHarness) -> AccessCase:
    case = await a_private_thread_as_its_member(harness)
    case.channel = harness.guild.add_channel("talk")
    harness.channel.forbid(harness.bob, "view_channel")
    return case


async def a_former_member_of_the_server(harness: BotHarness) -> AccessCase:
    """They still have the link, and share another server with the bot."""
    case = await another_server(harness)
    harness.guild.remove_member(harness.bob)
    elsewhere = next(guild for guild in harness.discord.world.guilds.values() if guild.name == "Elsewhere")
    case.viewer = elsewhere.add_member(user=harness.bob.user)
    return case


async def age_restricted_into_a_plain_channel(harness: BotHarness) -> AccessCase:
    night = harness.guild.add_channel("night", nsfw=True)
    return AccessCase(harness, await create_clip(harness, SECRET, channel=night), harness.bob, harness.channel)


async def age_restricted_into_an_age_restricted_channel(harness: BotHarness) -> AccessCase:
    night, later = harness.guild.add_channel("night", nsfw=True), harness.guild.add_channel("later", nsfw=True)
    return AccessCase(harness, await create_clip(harness, SECRET, channel=night), harness.bob, later)


async def a_deleted_message(harness: BotHarness) -> AccessCase:
    case = await another_channel(harness)
    await delete_by_button(harness.alice, case.clip)
    await harness.wait_until(lambda: case.clip.deleted)
    return case


async def a_message_deleted_while_the_bot_was_offline(harness: BotHarness) -> AccessCase:
    case = await another_channel(harness)
    mod = harness.guild.add_member("mod", permissions=("manage_messages",))
    await harness.stop()
    await mod.delete(case.clip)
    await harness.start()
    return case


async def a_deleted_channel(harness: BotHarness) -> AccessCase:
    case = await another_channel(harness)
    harness.channel.delete()
    return case


async def a_server_that_removed_the_bot(harness: BotHarness) -> AccessCase:
    case = await another_server(harness)
    harness.guild.remove_bot()
    return case


async def a_server_that_added_the_bot_again(harness: BotHarness) -> AccessCase:
    case = await another_channel(harness)
    harness.guild.remove_bot()
    harness.guild.add_bot()
    return case


async def a_direct_conversation(harness: BotHarness) -> AccessCase:
    case = await another_channel(harness)
    case.references = [f"https://discord.com/channels/@me/{harness.bob.dm().id}/{case.clip.id}"]
    return case


async def not_for_remixing(harness: BotHarness) -> AccessCase:
    case = await another_channel(harness)
    await mark_not_for_remixing(harness, case.clip)
    return case


async def not_for_remixing_as_the_requester(harness: BotHarness) -> AccessCase:
    case = await not_for_remixing(harness)
    case.viewer = harness.alice
    return case


async def mark_not_for_remixing(harness: BotHarness, clip: LocalMessage) -> None:
    details = await (await harness.alice.press(clip, "Details")).answer()
    assert isinstance(details, LocalMessage)
    await harness.alice.press(details, "Not for remixing")
    await harness.wait_until(lambda: "not for remixing" in details.content)


ALLOWED: list[Setup] = [
    same_channel,
    another_channel,
    a_private_thread_as_its_member,
    a_private_thread_as_a_moderator,
    age_restricted_into_an_age_restricted_channel,
    a_server_that_added_the_bot_again,
    not_for_remixing_as_the_requester,
]
DENIED: list[Setup] = [
    another_server,
    a_member_of_both_servers_from_the_other,
    a_hidden_channel,
    a_channel_without_history,
    a_channel_hidden_afterwards,
    a_private_thread_as_a_stranger,
    a_private_thread_as_a_former_member,
    a_private_thread_of_a_hidden_channel,
    a_former_member_of_the_server,
    age_restricted_into_a_plain_channel,
    a_deleted_message,
    a_message_deleted_while_the_bot_was_offline,
    a_deleted_channel,
    a_server_that_removed_the_bot,
    a_direct_conversation,
    not_for_remixing,
]
