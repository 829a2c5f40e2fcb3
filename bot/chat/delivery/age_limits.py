"""Keep remixes of age-restricted videos in age-restricted channels."""

import discord

from bot.chat.components.interactions import DISCORD_ERRORS, is_refusal

CHANNELS = discord.TextChannel | discord.Thread | discord.VoiceChannel | discord.StageChannel | discord.ForumChannel


async def leaves_age_limit(client: discord.Client, source_id: int, here_id: int) -> bool:
    """Return whether a remix here of a video from the other channel would leave age-restricted channels.

    A client without the gateway asks Discord, and what Discord doesn't show counts as leaving them. Raise Discord's
    errors where it gives no clear answer.
    """
    if client.is_ready():
        return bool(_known(client, source_id)) and _known(client, here_id) is False
    if await _asked(client, source_id) is False:
        return False
    return await _asked(client, here_id) is not True


def _known(client: discord.Client, channel_id: int) -> bool | None:
    """Return what the gateway has told of a channel, or None."""
    channel = client.get_channel(channel_id)
    return channel.is_nsfw() if isinstance(channel, CHANNELS) else None


async def _asked(client: discord.Client, channel_id: int) -> bool | None:
    """Ask Discord. A thread is as its parent is. None: Discord doesn't show the channel."""
    try:
        channel = await client.fetch_channel(channel_id)
        if isinstance(channel, discord.Thread):
            channel = await client.fetch_channel(channel.parent_id)
    except discord.InvalidData:
        return None
    except DISCORD_ERRORS as error:
        if is_refusal(error):
            return None
        raise
    return channel.is_nsfw() if isinstance(channel, CHANNELS) else None
