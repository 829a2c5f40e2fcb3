"""`/settings panel` and `/settings audit`, for server managers."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import RetakeBot

Interaction = discord.Interaction[RetakeBot]


class Settings(commands.Cog):
    """Discord hides these from other members by default; every use is checked again."""

    settings = app_commands.Group(
        name="settings",
        description="Video settings of this server",
        default_permissions=discord.Permissions(manage_guild=True),
        guild_only=True,
    )

    def __init__(self, bot: RetakeBot) -> None:
        self._panel = bot.services.settings_panel

    @settings.command(description="View and change the settings")
    async def panel(self, interaction: Interaction) -> None:
        await self._panel.show(interaction)

    @settings.command(description="Settings changes, with who made them")
    async def audit(self, interaction: Interaction) -> None:
        await self._panel.audit(interaction)


async def setup(bot: RetakeBot) -> None:
    await bot.add_cog(Settings(bot))
