"""Joining and leaving servers: the welcome, and the deletion of a server's data some days after it was left."""

import discord
from discord.ext import commands

from bot.client import RetakeBot


class Privacy(commands.Cog):
    def __init__(self, bot: RetakeBot) -> None:
        self._welcome = bot.services.welcome
        self._clock = bot.services.clock
        self._retention = bot.services.repositories.retention
        self._presence = bot.services.presence

    @commands.Cog.listener()
    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """Start the grace period: the removal may have been a mistake."""
        self._presence.leave(guild.id)
        await self._retention.record_leaving(guild.id, self._clock.now())

    @commands.Cog.listener()
    async def on_guild_join(self, guild: discord.Guild) -> None:
        self._presence.see(guild)
        await self._retention.record_joining(guild.id)
        await self._welcome.greet(guild)

    @commands.Cog.listener()
    async def on_guild_available(self, guild: discord.Guild) -> None:
        """Handle a server that the bot was in before: discord.py sends this instead of a join."""
        self._presence.see(guild)
        await self._retention.record_joining(guild.id)
        await self._welcome.greet(guild)

    @commands.Cog.listener()
    async def on_guild_update(self, before: discord.Guild, after: discord.Guild) -> None:
        """Store another upload limit: boosts have changed it."""
        if before.filesize_limit != after.filesize_limit:
            self._presence.see(after)

    @commands.Cog.listener()
    async def on_shard_resumed(self, shard_id: int) -> None:
        self._presence.set_connected(shard_id, True)

    @commands.Cog.listener()
    async def on_shard_disconnect(self, shard_id: int) -> None:
        self._presence.set_connected(shard_id, False)


async def setup(bot: RetakeBot) -> None:
    await bot.add_cog(Privacy(bot))
