"""Record when the bot leaves or rejoins a server: a server's data is deleted some days after it was left."""

import discord
from discord.ext import commands

from bot.client import RetakeBot


class Privacy(commands.Cog):
    def __init__(self, bot: RetakeBot) -> None:
        self._clock = bot.services.clock
        self._retention = bot.services.repositories.retention

    @commands.Cog.listener()
    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """Start the grace period: the removal may have been a mistake."""
        await self._retention.record_leaving(guild.id, self._clock.now())

    @commands.Cog.listener()
    async def on_guild_join(self, guild: discord.Guild) -> None:
        await self._retention.record_joining(guild.id)

    @commands.Cog.listener()
    async def on_guild_available(self, guild: discord.Guild) -> None:
        """Handle a server that the bot was in before: discord.py sends this instead of a join."""
        await self._retention.record_joining(guild.id)


async def setup(bot: RetakeBot) -> None:
    await bot.add_cog(Privacy(bot))
