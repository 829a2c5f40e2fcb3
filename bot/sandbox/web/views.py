"""What one member sees, as JSON for the page. Files have addresses on the page's own server."""

import copy

from bot.sandbox.discord import Channel, LocalDiscord, LocalMessage, Member, Modal
from bot.sandbox.discord.application.commands import CHAT, GROUP, SUB
from bot.sandbox.discord.client.user_actions import visible_messages
from bot.sandbox.discord.errors import Json
from bot.sandbox.discord.payloads.messages import message_payload
from bot.sandbox.discord.state.attachments import Attachment
from bot.sandbox.discord.state.interactions import COMMAND
from bot.sandbox.discord.state.permissions import can, reads, sees, writes
from bot.sandbox.discord.state.world import World

FIELDS = ("id", "channel_id", "author", "content", "timestamp", "edited_timestamp", "flags", "attachments", "embeds")
PAGE = 100  # messages that are sent at once
PREVIEW = 160


def sees_message(member: Member, message: LocalMessage) -> bool:
    """Whether a message is on this member's screen; a deleted one was."""
    return message.ephemeral_to in (None, member.id) and reads(message.channel, member.user)


def message_view(world: World, message: LocalMessage) -> Json:
    """A message, with what it answers and who reacted."""
    whole = message_payload(world, message, intent=True)
    view: Json = {key: whole[key] for key in (*FIELDS, "components", "mentions", "mention_roles", "mention_everyone")}
    _at_home(world, view)
    view["poll"] = whole.get("poll")
    if message.forwarded is not None:
        snapshot = copy.deepcopy(message.forwarded.snapshot)
        view |= {key: snapshot[key] for key in ("content", "attachments", "embeds")}
        _at_home(world, view)
    view["forwarded"] = _forwarded(message)
    view["reactions"] = [{"emoji": e, "users": [str(u) for u in users]} for e, users in message.reactions.items()]
    view["answers"] = _answered(world, message)
    view["used"] = _used(world, message)
    view["ephemeral"] = message.ephemeral_to is not None
    return view


def _forwarded(message: LocalMessage) -> Json | None:
    """Where the original of a forward is, and when it was written."""
    if message.forwarded is None:
        return None
    ids = {"channel": str(message.forwarded.channel_id), "message": str(message.forwarded.message_id)}
    return {**ids, "timestamp": message.forwarded.snapshot["timestamp"]}


def _answered(world: World, message: LocalMessage) -> Json | None:
    """The one line above a reply; `text` is None if the original was deleted."""
    if message.reference_id is None:
        return None
    original = world.messages.get(message.reference_id)
    if original is None or original.deleted:
        return {"id": str(message.reference_id), "text": None}
    return {
        "id": str(original.id),
        "author": {"id": str(original.author.id), "username": original.author.name, "bot": original.is_bot},
        "text": original.content[:PREVIEW],
        "files": len(original.attachments),
        "pinged": original.author in message.mentions,
        "used": _used(world, original),
    }


def _used(world: World, message: LocalMessage) -> Json | None:
    """Return who used which command, shown above the response: `alice used /settings panel`."""
    interaction = world.interactions.get(message.interaction_id or 0)
    if interaction is None or interaction.kind != COMMAND:
        return None
    words, at = [interaction.data["name"]], interaction.data
    while (inner := next((o for o in at.get("options") or [] if o["type"] in (SUB, GROUP)), None)) is not None:
        words.append(inner["name"])
        at = inner
    slash = "/" if interaction.data["type"] == CHAT else ""
    return {"who": str(interaction.user.id), "name": interaction.user.name, "what": slash + " ".join(words)}


def file_path(attachment: Attachment) -> str:
    return f"/files/{attachment.id}/{attachment.filename}"


def _at_home(world: World, node: object) -> None:
    """Point every file in a message at the page's own server."""
    if isinstance(node, list):
        for child in node:
            _at_home(world, child)
    if not isinstance(node, dict):
        return
    number = node.get("attachment_id") or (node.get("id") if "proxy_url" in node else None)
    attachment = world.attachments.get(int(number)) if number else None
    if attachment is not None:
        node |= {"url": file_path(attachment), "filename": attachment.filename, "size": attachment.size}
        node["content_type"] = attachment.content_type
        node.pop("proxy_url", None)
    for child in node.values():
        _at_home(world, child)


def place_view(discord: LocalDiscord, member: Member) -> Json:
    """The server as this member finds it: channels with their threads, people, roles, and who they are."""
    guild = discord.world.guilds[member.guild.id]
    channels = [channel for channel in (*guild.channels, *guild.threads) if sees(channel, member.user)]
    return {
        "me": str(member.id),
        "server": {"id": str(guild.id), "name": guild.name, "limit": guild.upload_limit_bytes},
        "channels": [_channel(channel, member) for channel in channels],
        "members": [
            {"id": str(other.id), "name": other.name, "bot": other.user.bot, "manages": _manages(other)}
            for other in guild.members.values()
            if other.user is not guild.owner
        ],
        "roles": [{"id": str(role.id), "name": role.name} for role in guild.roles],
        "bot": {"id": str(discord.bot_user.id), "name": discord.bot_user.name, "online": online(discord, guild.id)},
    }


def _manages(member: Member) -> bool:
    return any(role.name == "Managers" for role in member.roles)


def online(discord: LocalDiscord, guild_id: int) -> bool:
    """Return whether the shard of a server is connected."""
    return any(session.wants(guild_id, 0) for session in discord.gateway.connected)


def _channel(channel: Channel, member: Member) -> Json:
    return {
        "id": str(channel.id),
        "name": channel.name,
        "topic": channel.topic,
        "kind": channel.kind,
        "nsfw": channel.nsfw,
        "parent": None if channel.parent is None else str(channel.parent.id),
        "writes": writes(channel, member.user),
        "moderates": can(channel, member.user, "manage_messages"),
    }


def history_view(world: World, member: Member, channel: Channel, before: int | None) -> Json:
    """The newest messages, or those before one; oldest first."""
    found = visible_messages(member, channel)
    if before is not None:
        found = [message for message in found if message.id < before]
    page = [message_view(world, message) for message in found[-PAGE:]]
    return {"channel": str(channel.id), "messages": page, "more": len(found) > PAGE}


def modal_view(modal: Modal) -> Json:
    return {
        "interaction": str(modal.interaction.id),
        "title": modal.title,
        "custom_id": modal.custom_id,
        "components": modal.components,
    }
