"""Delete a message of ours by its ids."""

import discord

from bot.chat.components.interactions import is_gone


async def delete_message(client: discord.Client, *, guild_id: int, channel_id: int, message_id: int) -> None:
    """Delete a message. One that is gone already is no error. Raise Discord's errors."""
    channel = client.get_partial_messageable(channel_id, guild_id=guild_id)
    try:
        await channel.get_partial_message(message_id).delete()
    except discord.NotFound as error:
        if not is_gone(error):
            raise
