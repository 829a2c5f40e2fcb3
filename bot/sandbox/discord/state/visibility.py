"""Whether the application may read a message without the message content intent. Source: discord.md 2."""

import re

from bot.sandbox.discord.state.channels import LocalMessage
from bot.sandbox.discord.state.world import World

MENTION = re.compile(r"<@!?(\d+)>")


def bot_reads(world: World, message: LocalMessage, *, intent: bool) -> bool:
    """Its own, a direct one, one that names it, or a pinging reply to a regular message of its own."""
    bot = world.bot_user
    if intent or message.author is bot or message.channel.guild is None:
        return True
    if bot not in message.mentions:
        return False
    if str(bot.id) in MENTION.findall(message.content):
        return True
    answered = world.messages.get(message.reference_id or 0)
    return answered is not None and answered.author is bot and not answered.from_interaction
