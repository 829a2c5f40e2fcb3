"""`/usage`: an ephemeral usage report."""

import io

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import RetakeBot
from bot.jobs.errors import BadWish

Interaction = discord.Interaction[RetakeBot]


class Usage(commands.Cog):
    def __init__(self, bot: RetakeBot) -> None:
        self._usage = bot.services.usage

    @app_commands.command(description="Your usage and limits; for server managers, the whole server's with a chart")
    @app_commands.describe(days="How many days to look back")
    @app_commands.guild_only()
    async def usage(self, interaction: Interaction, days: app_commands.Range[int, 1, 92] = 30) -> None:
        member = interaction.user
        if not isinstance(member, discord.Member):
            raise BadWish
        await interaction.response.defer(ephemeral=True, thinking=True)
        manages = interaction.permissions.manage_guild or interaction.permissions.administrator
        report = await self._usage.build(member, days, manages=manages)
        files = []
        if report.png is not None:
            files.append(discord.File(io.BytesIO(report.png), "usage.png", description=report.text[:1024]))
        if report.table is not None:
            files.append(discord.File(io.BytesIO(report.table), "usage.csv"))
        await interaction.followup.send(
            report.text[:2000], files=files, ephemeral=True, allowed_mentions=discord.AllowedMentions.none()
        )


async def setup(bot: RetakeBot) -> None:
    await bot.add_cog(Usage(bot))
