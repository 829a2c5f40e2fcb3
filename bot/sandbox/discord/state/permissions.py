"""Permissions of a user in a guild and in a channel."""

from bot.sandbox.discord.state.channels import Channel, ChannelGuild
from bot.sandbox.discord.state.permission_bits import ALL, IN_DM, bits
from bot.sandbox.discord.state.users import User


def in_guild(guild: ChannelGuild, user: User) -> int:
    """The permissions of a member before any channel changes them; 0 for a stranger."""
    member = guild.member(user)
    if member is None:
        return 0
    if guild.owner_id == user.id:
        return ALL
    value = guild.everyone.permissions
    for role in member.roles:
        value |= role.permissions
    return ALL if value & bits("administrator") else value


def in_channel(channel: Channel, user: User) -> int:
    """The permissions of a user in a channel (a thread has its parent's). Source: Discord's overwrite order."""
    if channel.guild is None:
        return IN_DM if user in channel.recipients else 0
    guild, home = channel.guild, channel.parent or channel
    value = in_guild(guild, user)
    member = guild.member(user)
    if value == ALL or member is None:
        return value
    value = home.overwrites.applied(value, guild.id)
    if member.timed_out_until is not None:
        return value & bits("view_channel", "read_message_history")
    allow = deny = 0
    for role in member.roles:
        overwrite = home.overwrites.get(role.id)
        if overwrite is not None:
            allow, deny = allow | overwrite.allow, deny | overwrite.deny
    return home.overwrites.applied(value & ~deny | allow, user.id)


def can(channel: Channel, user: User, *names: str) -> bool:
    """Whether a user has all of these in a channel. Nothing works where the channel is not visible."""
    needed = bits("view_channel", *names)
    return in_channel(channel, user) & needed == needed


def sees(channel: Channel, user: User) -> bool:
    """View Channel, and membership or Manage Threads for a private thread."""
    if not can(channel, user):
        return False
    return not channel.private or user.id in channel.thread_members or can(channel, user, "manage_threads")


def reads(channel: Channel, user: User) -> bool:
    """Return whether a user may read a channel's history; a voice channel requires Connect too."""
    extra = ("connect",) if channel.kind == "voice" else ()
    return sees(channel, user) and can(channel, user, "read_message_history", *extra)


def writes(channel: Channel, user: User) -> bool:
    return can(channel, user, "send_messages_in_threads" if channel.parent else "send_messages")
