"""What a person does by hand: speak, answer, edit, delete, react. Refused where their client would not let them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bot.sandbox.discord.application import forwarding, message_rules
from bot.sandbox.discord.errors import ApiError, Json, Refused
from bot.sandbox.discord.state.blobs import Upload
from bot.sandbox.discord.state.channels import LocalMessage
from bot.sandbox.discord.state.permissions import can, reads, sees

if TYPE_CHECKING:
    from bot.sandbox.discord.state.channels import Channel
    from bot.sandbox.discord.state.members import Member
    from bot.sandbox.discord.state.world import World

MOST_CHARACTERS = 2000


def visible_messages(member: "Member", channel: "Channel") -> list[LocalMessage]:
    """The messages of a channel that this person finds there, oldest first."""
    if not reads(channel, member.user):
        return []
    return [m for m in channel.messages if m.ephemeral_to in (None, member.id)]


def must_see(member: "Member", message: LocalMessage) -> None:
    """Refused for a message that this person cannot find."""
    hidden = message.deleted or message.ephemeral_to not in (None, member.id)
    if hidden or not sees(message.channel, member.user):
        raise Refused("not_visible", f"{member.name} cannot see message {message.id}.")


def say(world: "World", member: "Member", channel: "Channel", text: str, attachments: Sequence[Upload]) -> LocalMessage:
    return _posted(world, member, channel, text, attachments, None, None)


def reply(
    world: "World", member: "Member", message: LocalMessage, text: str, ping: bool, attachments: Sequence[Upload]
) -> LocalMessage:
    must_see(member, message)
    if message.ephemeral_to is not None:
        raise Refused("ephemeral", "Nobody can reply to an ephemeral message.")
    allowed: Json = {"parse": ["users", "roles", "everyone"], "replied_user": ping}
    return _posted(world, member, message.channel, text, attachments, message, allowed)


def _posted(
    world: "World",
    member: "Member",
    channel: "Channel",
    text: str,
    attachments: Sequence[Upload],
    answered: LocalMessage | None,
    allowed: Json | None,
) -> LocalMessage:
    if len(text) > MOST_CHARACTERS:
        raise Refused("max_length", f"A message has at most {MOST_CHARACTERS} characters.")
    limit = channel.guild.upload_limit_bytes if channel.guild else world.upload_limit_bytes
    if any(len(upload.data) > limit for upload in attachments):
        raise Refused("too_large", f"A file is above {limit} bytes.")
    try:
        message_rules.may_post(channel, member.user, files=bool(attachments), reply=answered is not None)
        if channel.is_thread and member.id not in channel.thread_members:
            channel.join(member)
        draft = message_rules.MessageDraft(
            content=text,
            attachments=[world.attach(upload, channel.id) for upload in attachments],
            reference_id=answered.id if answered else None,
            allowed_mentions=allowed,
        )
        return message_rules.post(world, channel, member.user, draft)
    except ApiError as error:
        raise Refused(str(error.code), error.message) from error


def forward(world: "World", member: "Member", message: LocalMessage, channel: "Channel") -> LocalMessage:
    """Forward a message that this person reads to a channel where they may write."""
    must_see(member, message)
    try:
        message_rules.may_post(channel, member.user, files=False, reply=False)
        draft = message_rules.MessageDraft(forwarded=forwarding.forwarded_from(message, member.user))
        return message_rules.post(world, channel, member.user, draft)
    except ApiError as error:
        raise Refused(str(error.code), error.message) from error


def edit(world: "World", member: "Member", message: LocalMessage, text: str) -> LocalMessage:
    must_see(member, message)
    if message.author is not member.user:
        raise Refused("not_yours", "Only the author can edit a message.")
    return message_rules.edit(world, message, message_rules.MessageEdit(content=text))


def delete(world: "World", member: "Member", message: LocalMessage) -> None:
    must_see(member, message)
    mine = message.author is member.user or message.ephemeral_to == member.id
    if not mine and not can(message.channel, member.user, "manage_messages"):
        raise Refused("50013", "Deleting another's message takes Manage Messages.")
    message_rules.delete(world, message)


def react(world: "World", member: "Member", message: LocalMessage, emoji: str) -> None:
    must_see(member, message)
    needed = ("read_message_history",) if emoji in message.reactions else ("read_message_history", "add_reactions")
    if not can(message.channel, member.user, *needed):
        raise Refused("50013", "Reacting takes Add Reactions.")
    message_rules.react(world, message, member.user, emoji)


def unreact(world: "World", member: "Member", message: LocalMessage, emoji: str) -> None:
    must_see(member, message)
    message_rules.unreact(world, message, member.user, emoji)


def clear_reactions(world: "World", member: "Member", message: LocalMessage, emoji: str | None) -> None:
    must_see(member, message)
    if not can(message.channel, member.user, "manage_messages"):
        raise Refused("50013", "Removing others' reactions takes Manage Messages.")
    message_rules.clear_reactions(world, message, emoji)
