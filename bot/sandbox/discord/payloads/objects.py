"""Payloads of users, roles, channels and guilds."""

from typing import TYPE_CHECKING

from bot.sandbox.discord.errors import Json
from bot.sandbox.discord.state.permissions import in_channel, sees
from bot.sandbox.discord.state.snowflake import made_at

if TYPE_CHECKING:
    from bot.sandbox.discord.state.channels import Channel
    from bot.sandbox.discord.state.guilds import Guild
    from bot.sandbox.discord.state.memberships import Membership
    from bot.sandbox.discord.state.roles import Role
    from bot.sandbox.discord.state.users import User
    from bot.sandbox.discord.state.world import World

CONTENT_GRANTED = 1 << 18


def user_payload(user: "User") -> Json:
    return {
        "id": str(user.id),
        "username": user.name,
        "discriminator": "0",
        "global_name": None if user.bot else user.name,
        "avatar": None,
        "bot": user.bot,
        "public_flags": 0,
    }


def me_payload(world: "World") -> Json:
    extra = {"verified": True, "mfa_enabled": True, "flags": 0, "locale": "en-US", "email": None}
    return {**user_payload(world.bot_user), **extra}


def application_payload(world: "World") -> Json:
    return {
        "id": str(world.application_id),
        "name": world.bot_user.name,
        "icon": None,
        "description": "",
        "summary": "",
        "bot_public": True,
        "bot_require_code_grant": False,
        "verify_key": "00" * 32,
        "flags": CONTENT_GRANTED if world.message_content else 0,
        "owner": user_payload(world.bot_user),
        "team": None,
        "tags": [],
        "integration_types_config": {"0": {}},
        "bot": user_payload(world.bot_user),
        "approximate_guild_count": len([g for g in world.guilds.values() if g.bot]),
    }


def member_payload(member: "Membership", *, with_user: bool = True) -> Json:
    return {
        **({"user": user_payload(member.user)} if with_user else {}),
        "nick": member.nick,
        "avatar": None,
        "roles": [str(role.id) for role in member.roles],
        "joined_at": member.joined_at.isoformat(),
        "premium_since": None,
        "deaf": False,
        "mute": False,
        "pending": False,
        "flags": 0,
        "communication_disabled_until": until.isoformat() if (until := member.timed_out_until) else None,
    }


def role_payload(role: "Role") -> Json:
    return {
        "id": str(role.id),
        "name": role.name,
        "description": None,
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "icon": None,
        "unicode_emoji": None,
        "position": role.position,
        "permissions": str(role.permissions),
        "managed": role.bot_id is not None,
        "mentionable": False,
        "flags": 0,
        "tags": {} if role.bot_id is None else {"bot_id": str(role.bot_id)},
    }


def channel_payload(channel: "Channel", viewer: "User | None" = None) -> Json:
    """A channel, thread or direct conversation; with a `viewer` also that user's `permissions` there."""
    last = channel.log[-1].id if channel.log else None
    base: Json = {
        "id": str(channel.id),
        "type": channel.type,
        "name": channel.name,
        "last_message_id": None if last is None else str(last),
        "flags": 0,
    }
    if channel.guild is None:
        people = [user_payload(user) for user in channel.recipients if not user.bot]
        return {**base, "recipients": people}
    base["guild_id"] = str(channel.guild.id)
    if viewer is not None:
        base["permissions"] = str(in_channel(channel, viewer))
    if channel.parent is not None:
        return {**base, **_thread_parts(channel, channel.parent)}
    return {
        **base,
        "position": channel.position,
        "topic": channel.topic,
        "nsfw": channel.marked_nsfw,
        "parent_id": None,
        "rate_limit_per_user": 0,
        "permission_overwrites": [
            {"id": str(o.id), "type": o.kind, "allow": str(o.allow), "deny": str(o.deny)}
            for o in channel.overwrites.all()
        ],
        **({"bitrate": 64000, "user_limit": 0, "rtc_region": None} if channel.kind == "voice" else {}),
        **({"available_tags": [], "default_reaction_emoji": None} if channel.kind == "forum" else {}),
    }


def _thread_parts(thread: "Channel", parent: "Channel") -> Json:
    bot_id = thread.world.bot_user.id
    count = len(thread.messages)
    return {
        "parent_id": str(parent.id),
        "owner_id": str(thread.owner_id),
        "message_count": count,
        "total_message_sent": len(thread.log),
        "member_count": len(thread.thread_members),
        "rate_limit_per_user": 0,
        "applied_tags": [],
        "thread_metadata": {
            "archived": thread.archived,
            "locked": thread.locked,
            "auto_archive_duration": 4320,
            "archive_timestamp": made_at(thread.id).isoformat(),
            "create_timestamp": made_at(thread.id).isoformat(),
            "invitable": True,
        },
        **({"member": thread_member_payload(thread, bot_id)} if bot_id in thread.thread_members else {}),
    }


def thread_member_payload(thread: "Channel", user_id: int) -> Json:
    return {
        "id": str(thread.id),
        "user_id": str(user_id),
        "join_timestamp": thread.thread_members[user_id].isoformat(),
        "flags": 0,
    }


def guild_payload(guild: "Guild") -> Json:
    """The guild object that REST gives."""
    return {
        "id": str(guild.id),
        "name": guild.name,
        "icon": None,
        "splash": None,
        "discovery_splash": None,
        "description": None,
        "banner": None,
        "owner_id": str(guild.owner_id),
        "afk_channel_id": None,
        "afk_timeout": 300,
        "verification_level": 0,
        "default_message_notifications": 1,
        "explicit_content_filter": 0,
        "roles": [role_payload(role) for role in guild.roles],
        "emojis": [],
        "stickers": [],
        "features": [],
        "mfa_level": 0,
        "application_id": None,
        "system_channel_id": str(guild.system_channel.id) if guild.system_channel else None,
        "system_channel_flags": 0,
        "rules_channel_id": None,
        "public_updates_channel_id": None,
        "safety_alerts_channel_id": None,
        "vanity_url_code": None,
        "premium_tier": guild.premium_tier,
        "premium_subscription_count": 0,
        "premium_progress_bar_enabled": False,
        "preferred_locale": guild.locale,
        "nsfw_level": 0,
        "approximate_member_count": len(guild.members),
    }


def guild_create_payload(guild: "Guild", *, all_members: bool) -> Json:
    """The gateway's guild: channels, active threads that the bot sees, and members (all with the intent)."""
    bot = guild.world.bot_user
    threads = [thread for thread in guild.threads if not thread.archived and sees(thread, bot)]
    members = [m for m in guild.members.values() if all_members or m.user is bot]
    return {
        **guild_payload(guild),
        "joined_at": guild.bot.joined_at.isoformat() if guild.bot else None,
        "large": False,
        "unavailable": False,
        "member_count": len(guild.members),
        "voice_states": [],
        "members": [member_payload(member) for member in members],
        "channels": [channel_payload(channel) for channel in guild.channels],
        "threads": [channel_payload(thread) for thread in threads],
        "presences": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "soundboard_sounds": [],
    }
