"""Every viewer and source of the access matrix: who looks, for what, and from where."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from bot.sandbox.discord import Channel, LocalMessage, Member
from tests.harness import Studio
from tests.remix.helpers import a_clip

SECRET = "a secret lighthouse that nobody should hear of"


@dataclass
class Case:
    """A source, whoever looks for it, and from where."""

    studio: Studio
    clip: LocalMessage
    viewer: Member
    here: Channel
    names: list[str] = field(default_factory=list)


Setup = Callable[[Studio], Awaitable[Case]]


async def same_channel(studio: Studio) -> Case:
    return Case(studio, await a_clip(studio, SECRET), studio.bob, studio.channel)


async def another_channel(studio: Studio) -> Case:
    return Case(studio, await a_clip(studio, SECRET), studio.bob, studio.guild.add_channel("talk"))


async def another_server(studio: Studio) -> Case:
    clip, elsewhere = await a_clip(studio, SECRET), studio.discord.add_guild("Elsewhere")
    return Case(studio, clip, elsewhere.add_member("zoe"), elsewhere.add_channel("backroom"))


async def a_member_of_both_servers_from_the_other(studio: Studio) -> Case:
    clip, elsewhere = await a_clip(studio, SECRET), studio.discord.add_guild("Elsewhere")
    return Case(studio, clip, elsewhere.add_member(user=studio.alice.user), elsewhere.add_channel("backroom"))


async def a_hidden_channel(studio: Studio) -> Case:
    hidden = studio.guild.add_channel("hidden")
    hidden.forbid(studio.bob, "view_channel")
    return Case(studio, await a_clip(studio, SECRET, channel=hidden), studio.bob, studio.channel)


async def a_channel_without_history(studio: Studio) -> Case:
    case = await another_channel(studio)
    studio.channel.forbid(studio.bob, "read_message_history")
    return case


async def a_channel_hidden_since(studio: Studio) -> Case:
    case = await another_channel(studio)
    studio.channel.forbid(studio.bob, "view_channel")
    return case


async def a_private_thread_as_its_member(studio: Studio) -> Case:
    thread = studio.channel.add_thread("cellar", private=True, members=(studio.alice, studio.bob))
    return Case(studio, await a_clip(studio, SECRET, channel=thread), studio.bob, studio.channel)


async def a_private_thread_as_a_stranger(studio: Studio) -> Case:
    thread = studio.channel.add_thread("cellar", private=True, members=(studio.alice,))
    return Case(studio, await a_clip(studio, SECRET, channel=thread), studio.bob, studio.channel)


async def a_private_thread_as_one_who_left_it(studio: Studio) -> Case:
    case = await a_private_thread_as_its_member(studio)
    case.clip.channel.leave(studio.bob)
    return case


async def a_private_thread_as_a_moderator(studio: Studio) -> Case:
    case = await a_private_thread_as_a_stranger(studio)
    case.viewer = studio.guild.add_member("mod", permissions=("manage_threads",))
    return case


async def a_private_thread_of_a_hidden_channel(studio: Studio) -> Case:
    case = await a_private_thread_as_its_member(studio)
    case.here = studio.guild.add_channel("talk")
    studio.channel.forbid(studio.bob, "view_channel")
    return case


async def one_who_left_the_server(studio: Studio) -> Case:
    """They still have the link, and another server with the bot."""
    case = await another_server(studio)
    studio.guild.remove_member(studio.bob)
    case.viewer = case.viewer.guild.add_member(user=studio.bob.user)
    return case


async def age_restricted_into_a_plain_channel(studio: Studio) -> Case:
    night = studio.guild.add_channel("night", nsfw=True)
    return Case(studio, await a_clip(studio, SECRET, channel=night), studio.bob, studio.channel)


async def age_restricted_into_another_one(studio: Studio) -> Case:
    night, later = studio.guild.add_channel("night", nsfw=True), studio.guild.add_channel("later", nsfw=True)
    return Case(studio, await a_clip(studio, SECRET, channel=night), studio.bob, later)


async def a_deleted_message(studio: Studio) -> Case:
    case = await another_channel(studio)
    await studio.alice.press(case.clip, "Delete")
    await studio.until(lambda: case.clip.deleted)
    return case


async def a_message_deleted_while_the_bot_was_away(studio: Studio) -> Case:
    case = await another_channel(studio)
    mod = studio.guild.add_member("mod", permissions=("manage_messages",))
    await studio.stop()
    await mod.delete(case.clip)
    await studio.start()
    return case


async def a_deleted_channel(studio: Studio) -> Case:
    case = await another_channel(studio)
    studio.channel.delete()
    return case


async def a_server_that_removed_the_bot(studio: Studio) -> Case:
    case = await another_server(studio)
    studio.guild.remove_bot()
    return case


async def a_server_that_took_the_bot_back(studio: Studio) -> Case:
    case = await another_channel(studio)
    studio.guild.remove_bot()
    studio.guild.add_bot()
    return case


async def a_direct_conversation(studio: Studio) -> Case:
    case = await another_channel(studio)
    case.names = [f"https://discord.com/channels/@me/{studio.bob.dm().id}/{case.clip.id}"]
    return case


async def not_for_remixing(studio: Studio) -> Case:
    case = await another_channel(studio)
    await mark(studio, case.clip)
    return case


async def not_for_remixing_but_ones_own(studio: Studio) -> Case:
    case = await not_for_remixing(studio)
    case.viewer = studio.alice
    return case


async def mark(studio: Studio, clip: LocalMessage) -> None:
    details = await (await studio.alice.press(clip, "Details")).answer()
    assert isinstance(details, LocalMessage)
    await studio.alice.press(details, "Not for remixing")
    await studio.until(lambda: "not for remixing" in details.content)


YES: list[Setup] = [
    same_channel,
    another_channel,
    a_private_thread_as_its_member,
    a_private_thread_as_a_moderator,
    age_restricted_into_another_one,
    a_server_that_took_the_bot_back,
    not_for_remixing_but_ones_own,
]
NO: list[Setup] = [
    another_server,
    a_member_of_both_servers_from_the_other,
    a_hidden_channel,
    a_channel_without_history,
    a_channel_hidden_since,
    a_private_thread_as_a_stranger,
    a_private_thread_as_one_who_left_it,
    a_private_thread_of_a_hidden_channel,
    one_who_left_the_server,
    age_restricted_into_a_plain_channel,
    a_deleted_message,
    a_message_deleted_while_the_bot_was_away,
    a_deleted_channel,
    a_server_that_removed_the_bot,
    a_direct_conversation,
    not_for_remixing,
]
