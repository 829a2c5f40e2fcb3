"""Rules for posting, editing and deleting messages, for people, the bot and interactions."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.sandbox.discord.application import automod
from bot.sandbox.discord.errors import Json, no, wrong
from bot.sandbox.discord.state.attachments import Attachment
from bot.sandbox.discord.state.channels import Forwarded, LocalMessage
from bot.sandbox.discord.state.event_kinds import Kind
from bot.sandbox.discord.state.message_flags import (
    COMPONENTS_V2,
    DEFAULT,
    EPHEMERAL,
    HAS_SNAPSHOT,
    LOADING,
    REPLY,
    SUPPRESS_EMBEDS,
)
from bot.sandbox.discord.state.permissions import can, reads, sees, writes
from bot.sandbox.discord.state.visibility import MENTION

if TYPE_CHECKING:
    from bot.sandbox.discord.state.channels import Channel
    from bot.sandbox.discord.state.users import User
    from bot.sandbox.discord.state.world import World

NOT_FOR_MESSAGES = ("forum", "category")


@dataclass(kw_only=True)
class MessageDraft:
    """A message to post. `allowed_mentions` None parses all mentions."""

    content: str = ""
    embeds: list[Json] = field(default_factory=list)
    components: list[Json] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    reference_id: int | None = None
    fail_if_not_exists: bool = True
    forwarded: Forwarded | None = None
    allowed_mentions: Json | None = None
    flags: int = 0
    nonce: str | int | None = None
    enforce_nonce: bool = False
    type: int = DEFAULT
    interaction_id: int | None = None
    interaction_metadata: Json | None = None
    ephemeral_to: int | None = None
    extra: Json = field(default_factory=dict)

    @property
    def empty(self) -> bool:
        something = self.embeds or self.components or self.attachments or self.extra or self.forwarded
        return not (self.content.strip() or something or self.flags & LOADING)


def may_post(channel: "Channel", author: "User", *, files: bool, reply: bool) -> None:
    """ApiError where this author may not post here."""
    if channel.kind in NOT_FOR_MESSAGES:
        raise no(50008)
    if not sees(channel, author):
        raise no(50001)
    if channel.locked and not can(channel, author, "manage_threads"):
        raise no(50083 if channel.archived else 160005)
    if not writes(channel, author) or (files and not can(channel, author, "attach_files")):
        raise no(50013)
    if reply and not reads(channel, author):
        raise no(160002)


def duplicate(world: "World", author: "User", draft: MessageDraft) -> LocalMessage | None:
    """The message that already carries this nonce, if it must be unique; 10008 where it was deleted since."""
    if draft.nonce is None or not draft.enforce_nonce:
        return None
    message_id, at = world.nonces.get((author.id, str(draft.nonce)), (0, 0.0))
    if not message_id or world.clock.now() - at > world.nonce_window_s:
        return None
    message = world.messages[message_id]
    if message.deleted:
        raise no(10008)
    return message


def post(world: "World", channel: "Channel", author: "User", draft: MessageDraft) -> LocalMessage:
    """Post a message and publish it. Raise ApiError if it is empty or replies to a missing message."""
    if draft.empty:
        raise no(50006)
    if draft.ephemeral_to is None:
        automod.check_message(channel, author, draft.content, draft.embeds, draft.components)
    answered = _answered(world, channel, draft)
    if channel.archived:
        channel.unarchive()
    message = LocalMessage(
        id=world.ids.next(),
        channel=channel,
        author=author,
        content=draft.content.strip(),
        attachments=draft.attachments,
        embeds=draft.embeds,
        components=draft.components,
        reference_id=answered.id if answered else None,
        forwarded=draft.forwarded,
        ephemeral_to=draft.ephemeral_to,
        flags=draft.flags | (EPHEMERAL if draft.ephemeral_to else 0) | (HAS_SNAPSHOT if draft.forwarded else 0),
        nonce=draft.nonce,
        type=REPLY if answered and draft.type == DEFAULT else draft.type,
        created_at=world.clock.utc(),
        interaction_id=draft.interaction_id,
        interaction_metadata=draft.interaction_metadata,
        extra=draft.extra,
    )
    find_mentions(world, message, draft.allowed_mentions, answered)
    world.messages[message.id] = message
    channel.log.append(message)
    if draft.nonce is not None:
        world.nonces[author.id, str(draft.nonce)] = (message.id, world.clock.now())
    world.publish("message", channel=channel, message=message)
    return message


def _answered(world: "World", channel: "Channel", draft: MessageDraft) -> LocalMessage | None:
    if draft.reference_id is None:
        return None
    answered = world.messages.get(draft.reference_id)
    if answered is not None and not answered.deleted and answered.channel is channel:
        return answered
    if draft.fail_if_not_exists:
        raise wrong("message_reference", "REPLIES_UNKNOWN_MESSAGE", "Unknown message")
    return None


def find_mentions(world: "World", message: LocalMessage, allowed: Json | None, answered: LocalMessage | None) -> None:
    """Fill in the mentions in the text that `allowed_mentions` allows."""
    parse = ["users", "roles", "everyone"] if allowed is None else allowed.get("parse") or []
    only = {str(user_id) for user_id in (allowed or {}).get("users") or []}
    named = dict.fromkeys(MENTION.findall(message.content))
    message.mentions = [
        world.users[int(user_id)]
        for user_id in named
        if int(user_id) in world.users and ("users" in parse or user_id in only)
    ]
    replied = answered is not None and (allowed is None or bool(allowed.get("replied_user")))
    if replied and answered is not None and answered.author not in message.mentions:
        message.mentions.append(answered.author)
    guild = message.channel.guild
    only_roles = {str(role_id) for role_id in (allowed or {}).get("roles") or []}
    message.mention_role_ids = [
        role.id
        for role in (guild.roles if guild else [])
        if role.mention in message.content and ("roles" in parse or str(role.id) in only_roles)
    ]
    shouts = "@everyone" in message.content or "@here" in message.content
    may = can(message.channel, message.author, "mention_everyone")
    message.mention_everyone = shouts and "everyone" in parse and may


@dataclass(kw_only=True)
class MessageEdit:
    """An edit; None leaves a part as it is."""

    content: str | None = None
    embeds: list[Json] | None = None
    components: list[Json] | None = None
    attachments: list[Attachment] | None = None
    allowed_mentions: Json | None = None
    flags: int | None = None


def edit(world: "World", message: LocalMessage, change: MessageEdit) -> LocalMessage:
    """Apply an edit and publish it; add the old text to `edits`. Raise ApiError if the message would be empty."""
    if _left_empty(message, change):
        raise no(50006)
    if message.ephemeral_to is None:
        automod.check_message(message.channel, message.author, change.content, change.embeds, change.components)
    if change.content is not None:
        if not message.loading:
            message.edits.append(message.content)
        message.content = change.content.strip()
        answered = world.messages.get(message.reference_id or 0)
        pinged = answered if answered is not None and answered.author in message.mentions else None
        find_mentions(world, message, change.allowed_mentions, pinged if change.allowed_mentions is None else answered)
    if change.embeds is not None:
        message.embeds = change.embeds
    if change.components is not None:
        message.components = change.components
    if change.attachments is not None:
        message.attachments = change.attachments
    if change.flags is not None:
        settable = SUPPRESS_EMBEDS | COMPONENTS_V2
        message.flags = message.flags & ~SUPPRESS_EMBEDS | change.flags & settable
    if not message.loading:
        message.edited_at = world.clock.utc()
    message.flags &= ~LOADING
    _publish(world, "edited", message)
    return message


def _left_empty(message: LocalMessage, change: MessageEdit) -> bool:
    pairs = (
        (change.content, message.content),
        (change.embeds, message.embeds),
        (change.components, message.components),
        (change.attachments, message.attachments),
    )
    return not message.extra and not any(old if new is None else new for new, old in pairs)


def delete(world: "World", message: LocalMessage) -> None:
    message.deleted = True
    _publish(world, "deleted", message)


def react(world: "World", message: LocalMessage, user: "User", emoji: str) -> None:
    users = message.reactions.setdefault(emoji, [])
    if user.id in users:
        return
    users.append(user.id)
    _publish_reaction(world, "reacted", message, user, emoji)


def unreact(world: "World", message: LocalMessage, user: "User", emoji: str) -> None:
    users = message.reactions.get(emoji, [])
    if user.id not in users:
        return
    users.remove(user.id)
    if not users:
        del message.reactions[emoji]
    _publish_reaction(world, "unreacted", message, user, emoji)


def clear_reactions(world: "World", message: LocalMessage, emoji: str | None) -> None:
    """Take every reaction off a message, or those with one emoji, as a moderator can."""
    for each in [emoji] if emoji is not None else list(message.reactions):
        message.reactions.pop(each, None)
    world.publish("reactions_cleared", channel=message.channel, message=message, emoji=emoji)


def _publish(world: "World", kind: Kind, message: LocalMessage) -> None:
    world.publish(kind, channel=message.channel, message=message)


def _publish_reaction(world: "World", kind: Kind, message: LocalMessage, user: "User", emoji: str) -> None:
    world.publish(kind, channel=message.channel, message=message, user=user, emoji=emoji)
