"""Payloads of messages. Content that the application may not read is emptied."""

import copy
from typing import TYPE_CHECKING
from urllib.parse import unquote

from bot.sandbox.discord.errors import Json
from bot.sandbox.discord.payloads.objects import channel_payload, member_payload, user_payload
from bot.sandbox.discord.state.attachments import Attachment
from bot.sandbox.discord.state.blobs import plain_name
from bot.sandbox.discord.state.channels import Forwarded, LocalMessage
from bot.sandbox.discord.state.visibility import bot_reads

if TYPE_CHECKING:
    from bot.sandbox.discord.state.world import World

PREFIX = "attachment://"
FORWARD = 1  # type of a reference


def attachment_payload(attachment: Attachment) -> Json:
    width, height = attachment.size_px or (None, None)
    return {
        "id": str(attachment.id),
        "filename": attachment.filename,
        "size": attachment.size,
        "url": attachment.url,
        "proxy_url": attachment.url,
        "content_type": attachment.content_type,
        **({"description": attachment.description} if attachment.description else {}),
        **({"width": width, "height": height} if width else {}),
        **({"ephemeral": True} if attachment.ephemeral else {}),
    }


def message_payload(
    world: "World", message: LocalMessage, *, intent: bool | None = None, gateway: bool = False, nested: bool = False
) -> Json:
    """A message as the bot gets it. `intent`: may it read content at all (None: what the portal grants);
    `gateway` adds the fields that only events carry; a `nested` one leaves out what it answers."""
    allowed = world.message_content if intent is None else intent
    base = _open_fields(message)
    base |= _content_fields(message) if bot_reads(world, message, intent=allowed) else _blank()
    if gateway and message.channel.guild is not None:
        base["guild_id"] = str(message.channel.guild.id)
        member = message.channel.guild.member(message.author)
        if member is not None:
            base["member"] = member_payload(member, with_user=False)
    if message.reference_id is not None and not nested:
        answered = world.messages.get(message.reference_id)
        gone = answered is None or answered.deleted
        base["referenced_message"] = (
            None if gone or answered is None else message_payload(world, answered, intent=allowed, nested=True)
        )
    if gateway and message.nonce is not None:
        base["nonce"] = message.nonce
    return base


def _open_fields(message: LocalMessage) -> Json:
    channel, guild = message.channel, message.channel.guild
    fields: Json = {
        "id": str(message.id),
        "channel_id": str(channel.id),
        "channel_type": channel.type,
        "type": message.type,
        "author": user_payload(message.author),
        "timestamp": message.created_at.isoformat(),
        "edited_timestamp": None if message.edited_at is None else message.edited_at.isoformat(),
        "tts": False,
        "mention_everyone": message.mention_everyone,
        "mentions": [_mentioned(message, user_id) for user_id in message.mention_ids],
        "mention_roles": [str(role_id) for role_id in message.mention_role_ids],
        "pinned": False,
        "flags": message.flags,
        "reactions": [_reaction(message, emoji) for emoji in message.reactions],
        **message.extra,
    }
    if message.reference_id is not None:
        fields["message_reference"] = {
            "type": 0,
            "message_id": str(message.reference_id),
            "channel_id": str(channel.id),
            **({"guild_id": str(guild.id)} if guild else {}),
        }
    if message.forwarded is not None:
        fields["message_reference"] = _forward_reference(message.forwarded)
    if message.from_interaction:
        fields["webhook_id"] = fields["application_id"] = str(message.author_id)
        fields["interaction_metadata"] = message.interaction_metadata
    if message.thread is not None:
        fields["thread"] = channel_payload(message.thread)
    return fields


def _forward_reference(forwarded: Forwarded) -> Json:
    guild = {"guild_id": str(forwarded.guild_id)} if forwarded.guild_id is not None else {}
    ids = {"message_id": str(forwarded.message_id), "channel_id": str(forwarded.channel_id)}
    return {"type": FORWARD, **ids, **guild}


def snapshot_of(message: LocalMessage) -> Json:
    """The copy of a message that a forward carries: what Discord's message snapshot object lists, and no author."""
    whole = _open_fields(message) | _content_fields(message)
    listed = ("type", "timestamp", "edited_timestamp", "flags", "mentions", "mention_roles")
    return {key: whole[key] for key in (*listed, "content", "attachments", "embeds", "components")}


def _mentioned(message: LocalMessage, user_id: int) -> Json:
    guild = message.channel.guild
    world = message.channel.world
    member = guild.member(user_id) if guild else None
    extra = {"member": member_payload(member, with_user=False)} if member else {}
    return {**user_payload(world.users[user_id]), **extra}


def _reaction(message: LocalMessage, emoji: str) -> Json:
    users = message.reactions[emoji]
    return {
        "emoji": {"id": None, "name": emoji},
        "count": len(users),
        "count_details": {"burst": 0, "normal": len(users)},
        "me": message.channel.world.bot_user.id in users,
        "me_burst": False,
        "burst_colors": [],
    }


def _blank() -> Json:
    return {"content": "", "attachments": [], "embeds": [], "components": []}


def _content_fields(message: LocalMessage) -> Json:
    """Text, files and parts; a file that an embed or a V2 part shows is not listed a second time."""
    by_name = {attachment.filename: attachment for attachment in message.attachments}
    shown: set[str] = set()
    embeds = copy.deepcopy(message.embeds)
    components = copy.deepcopy(message.components)
    for node in (*embeds, *components):
        _resolve(node, by_name, shown)
    listed = [a for a in message.attachments if a.filename not in shown]
    snapshots = {} if message.forwarded is None else {"message_snapshots": [{"message": message.forwarded.snapshot}]}
    return {
        "content": message.content,
        **snapshots,
        "attachments": [] if message.is_v2 else [attachment_payload(a) for a in listed],
        "embeds": embeds,
        "components": components,
    }


def _resolve(node: object, by_name: dict[str, Attachment], shown: set[str]) -> None:
    """Turn `attachment://name` into addresses, wherever it stands."""
    if isinstance(node, list):
        for child in node:
            _resolve(child, by_name, shown)
    if not isinstance(node, dict):
        return
    url = node.get("url")
    if isinstance(url, str) and url.startswith(PREFIX):
        attachment = by_name.get(plain_name(unquote(url.removeprefix(PREFIX))))
        if attachment is not None:
            shown.add(attachment.filename)
            node |= {"url": attachment.url, "proxy_url": attachment.url, "attachment_id": str(attachment.id)}
            node |= {"content_type": attachment.content_type, "loading_state": 2, "placeholder": ""}
    for child in list(node.values()):
        _resolve(child, by_name, shown)
