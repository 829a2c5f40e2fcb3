"""Channels as lines that a person can read. Changes nothing."""

from typing import TYPE_CHECKING

from bot.sandbox.discord.application.components import BUTTON, SELECTS, TEXT, walk
from bot.sandbox.discord.client.user_actions import visible_messages
from bot.sandbox.discord.state.channels import Channel, LocalMessage

if TYPE_CHECKING:
    from bot.sandbox.discord.state.members import Member
    from bot.sandbox.discord.state.world import World

DUMPED_LINES = 20


def transcript(channel: Channel, viewer: "Member | None" = None) -> list[str]:
    """A channel's messages, one or more lines each; with a viewer only what that person sees."""
    messages = channel.messages if viewer is None else visible_messages(viewer, channel)
    return [line for message in messages for line in lines(message)]


def lines(message: LocalMessage) -> list[str]:
    """`12:00:01 Retake -> alice: text`, then its files, embeds and buttons."""
    marks = []
    if message.ephemeral_to is not None:
        marks.append("only for " + message.channel.world.users[message.ephemeral_to].name)
    if message.edited_at is not None:
        marks.append("edited")
    if message.deleted:
        marks.append("deleted")
    world = message.channel.world
    answered = world.messages.get(message.reference_id or 0)
    who = message.author.name + (f" -> {answered.author.name}" if answered else "")
    text = "is thinking…" if message.loading else message.content.replace("\n", "\n           ")
    head = f"{message.created_at:%H:%M:%S}  {who}: {text}" + (f"  ({', '.join(marks)})" if marks else "")
    found = [head, *_parts(message)]
    if message.reactions:
        found.append("           " + " ".join(f"{e} {len(users)}" for e, users in message.reactions.items()))
    return found


def _parts(message: LocalMessage) -> list[str]:
    found = []
    for file in message.attachments:
        alt = f" · {file.description}" if file.description else ""
        found.append(f"           📎 {file.filename} ({file.size} bytes){alt}")
    for embed in message.embeds:
        found.append(f"           ▌ {embed.get('title') or ''} {embed.get('description') or ''}".rstrip())
        found += [f"           ▌ {item['name']}: {item['value']}" for item in embed.get("fields") or []]
    found += [f"           {c['content']}" for c in walk(message.components) if c.get("type") == TEXT]
    buttons = [
        f"[{component.get('label') or (component.get('emoji') or {}).get('name')}]"
        if component["type"] == BUTTON
        else f"<{component.get('placeholder') or component['custom_id']}>"
        for component in walk(message.components)
        if component.get("type") in (BUTTON, *SELECTS)
    ]
    return found + (["           " + " ".join(buttons)] if buttons else [])


def dump(world: "World") -> str:
    """Return the last lines of every channel with messages, for a failed wait."""
    parts = []
    for channel in world.channels.values():
        if channel.log:
            shown = [line for message in channel.log for line in lines(message)]
            parts += [f"#{channel.name}", *shown[-DUMPED_LINES:]]
    return "\n".join(parts) or "(nothing was shown anywhere)"
