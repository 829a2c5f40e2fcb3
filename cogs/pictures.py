"""The menu `Make a video of this`: make a video from the picture in a message."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import RetakeBot

Interaction = discord.Interaction[RetakeBot]


class Pictures(commands.Cog):
    def __init__(self, bot: RetakeBot) -> None:
        self._bot = bot
        self._services = bot.services
        self._menu = app_commands.ContextMenu(name="Make a video of this", callback=self.animate_message)

    async def cog_load(self) -> None:
        self._bot.tree.add_command(self._menu)

    async def cog_unload(self) -> None:
        self._bot.tree.remove_command(self._menu.name, type=self._menu.type)

    async def animate_message(self, interaction: Interaction, message: discord.Message) -> None:
        """Apps ▸ Make a video of this."""
        await self._services.picture_videos.open(interaction, message)


async def setup(bot: RetakeBot) -> None:
    await bot.add_cog(Pictures(bot))
