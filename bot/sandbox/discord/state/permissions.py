"""Who may do what where. Knows guilds, roles and channels; knows nothing of requests."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.sandbox.discord.state.channels import Channel
    from bot.sandbox.discord.state.guilds import Guild
    from bot.sandbox.discord.state.users import User

BITS: dict[str, int] = {
    "create_instant_invite": 0,
    "kick_members": 1,
    "ban_members": 2,
    "administrator": 3,
    "manage_channels": 4,
    "manage_guild": 5,
    "add_reactions": 6,
    "view_audit_log": 7,
    "view_channel": 10,
    "send_messages": 11,
    "send_tts_messages": 12,
    "manage_messages": 13,
    "embed_links": 14,
    "attach_files": 15,
    "read_message_history": 16,
    "mention_everyone": 17,
    "use_external_emojis": 18,
    "connect": 20,
    "speak": 21,
    "mute_members": 22,
    "move_members": 24,
    "change_nickname": 26,
    "manage_nicknames": 27,
    "manage_roles": 28,
    "manage_webhooks": 29,
    "use_application_commands": 31,
    "manage_threads": 34,
    "create_public_threads": 35,
    "create_private_threads": 36,
    "send_messages_in_threads": 38,
    "moderate_members": 40,
    "send_polls": 49,
    "use_external_apps": 50,
    "pin_messages": 51,
}
ALL = sum(1 << bit for bit in BITS.values())


def bits(*names: str) -> int:
    """The integer of some permission names. KeyError for a name that Discord does not have."""
    value = 0
    for name in names:
        value |= 1 << BITS[name]
    return value


EVERYONE = bits(
    "view_channel",
    "send_messages",
    "embed_links",
    "attach_files",
    "read_message_history",
    "add_reactions",
    "use_external_emojis",
    "connect",
    "speak",
    "change_nickname",
    "use_application_commands",
    "create_public_threads",
    "create_private_threads",
    "send_messages_in_threads",
)
BOT_ROLE = bits(
    "view_channel",
    "send_messages",
    "send_messages_in_threads",
    "embed_links",
    "attach_files",
    "read_message_history",
    "add_reactions",
)
IN_DM = bits(
    "view_channel",
    "send_messages",
    "embed_links",
    "attach_files",
    "read_message_history",
    "add_reactions",
    "use_application_commands",
)


def in_guild(guild: "Guild", user: "User") -> int:
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


def in_channel(channel: "Channel", user: "User") -> int:
    """The permissions of a user in a channel (a thread has its parent's). Source: Discord's overwrite order."""
    if channel.guild is None:
        return IN_DM if user in channel.recipients else 0
    guild, home = channel.guild, channel.parent or channel
    value = in_guild(guild, user)
    member = guild.member(user)
    if value == ALL or member is None:
        return value
    value = home.overwrites.applied(value, guild.id)
    allow = deny = 0
    for role in member.roles:
        overwrite = home.overwrites.get(role.id)
        if overwrite is not None:
            allow, deny = allow | overwrite.allow, deny | overwrite.deny
    return home.overwrites.applied(value & ~deny | allow, user.id)


def can(channel: "Channel", user: "User", *names: str) -> bool:
    """Whether a user has all of these in a channel. Nothing works where the channel is not visible."""
    needed = bits("view_channel", *names)
    return in_channel(channel, user) & needed == needed


def sees(channel: "Channel", user: "User") -> bool:
    """View Channel, and membership or Manage Threads for a private thread."""
    if not can(channel, user):
        return False
    return not channel.private or user.id in channel.thread_members or can(channel, user, "manage_threads")


def reads(channel: "Channel", user: "User") -> bool:
    """Return whether a user may read a channel's history; a voice channel requires Connect too."""
    extra = ("connect",) if channel.kind == "voice" else ()
    return sees(channel, user) and can(channel, user, "read_message_history", *extra)


def writes(channel: "Channel", user: "User") -> bool:
    return can(channel, user, "send_messages_in_threads" if channel.parent else "send_messages")
