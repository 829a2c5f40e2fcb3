"""What a forward takes of its original. Source: Discord's "Message Reference Types" and "Message Snapshot Object"."""

from typing import TYPE_CHECKING

from bot.sandbox.discord.errors import no
from bot.sandbox.discord.payloads.messages import snapshot_of
from bot.sandbox.discord.state.channels import Forwarded, LocalMessage
from bot.sandbox.discord.state.permissions import reads

if TYPE_CHECKING:
    from bot.sandbox.discord.state.users import User


def forwarded_from(message: LocalMessage, sender: "User") -> Forwarded:
    """Return what a forward of a message shows. 10008 for an ephemeral one, 50001 where the sender can't read it."""
    if message.deleted or message.ephemeral_to is not None:
        raise no(10008)
    if not reads(message.channel, sender):
        raise no(50001)
    if message.forwarded is not None:
        return message.forwarded
    guild = message.channel.guild
    return Forwarded(
        message_id=message.id,
        channel_id=message.channel.id,
        guild_id=guild.id if guild is not None else None,
        snapshot=snapshot_of(message),
    )
