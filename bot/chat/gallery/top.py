"""`/top`: the most starred videos that a member can see."""

import discord

from bot.chat.components.interactions import Interaction
from bot.chat.permissions.video_access import VideoAccess
from bot.chat.text.top_text import top_text
from bot.jobs.errors import BadWish
from bot.ports.clock import Clock
from bot.ports.gallery import StarRepository

MOST = 10
DAY_S = 86_400.0


class TopVideos:
    """Lists the videos of the last days by their stars."""

    def __init__(self, stars: StarRepository, video_access: VideoAccess, clock: Clock) -> None:
        self._stars = stars
        self._video_access = video_access
        self._clock = clock

    async def show(self, interaction: Interaction, days: int) -> None:
        """Answer with the list, for the asker alone. A video that they can't see has no place in it."""
        viewer = interaction.user
        if not isinstance(viewer, discord.Member):
            raise BadWish
        here = discord.Object(id=interaction.channel_id or 0)
        guild_id, since = viewer.guild.id, self._clock.now() - days * DAY_S
        places = await self._stars.channels(guild_id, self._video_access.known(viewer, here), since)
        seen = await self._video_access.channels(places, viewer, here)
        found = await self._stars.top(guild_id, seen, since, MOST)
        await interaction.response.send_message(top_text(found, days), ephemeral=True, suppress_embeds=True)
