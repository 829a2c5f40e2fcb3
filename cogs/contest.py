"""`/contest start` and `/contest end`, for server managers."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.chat.contests.contests import THEME_MAX
from bot.client import RetakeBot

Interaction = discord.Interaction[RetakeBot]
MOST_HOURS = 720


class Contest(commands.Cog):
    """Discord hides these from other members by default; every use is checked again."""

    contest = app_commands.Group(
        name="contest",
        description="Contests between the members' videos",
        default_permissions=discord.Permissions(manage_guild=True),
        guild_only=True,
    )

    def __init__(self, bot: RetakeBot) -> None:
        self._contests = bot.services.contests

    @contest.command(description="Start a contest in this channel")
    @app_commands.describe(theme="What the videos should be about", hours="How many hours it runs")
    async def start(
        self,
        interaction: Interaction,
        theme: app_commands.Range[str, 1, THEME_MAX],
        hours: app_commands.Range[int, 1, MOST_HOURS],
    ) -> None:
        await self._contests.start(interaction, theme, hours)

    @contest.command(description="End the contest of this server now")
    async def end(self, interaction: Interaction) -> None:
        await self._contests.end(interaction)


async def setup(bot: RetakeBot) -> None:
    await bot.add_cog(Contest(bot))
