"""The hourly sweep, and what happens when the bot leaves a server."""

import asyncio
import contextlib

import discord
from discord.ext import commands

from bot.client import RetakeBot


class Privacy(commands.Cog):
    def __init__(self, bot: RetakeBot) -> None:
        self._clock = bot.services.context.clock
        self._memory = bot.room.repositories.memory
        self._sweep = bot.room.sweep
        self._task: asyncio.Task[None] | None = None

    async def cog_load(self) -> None:
        self._task = asyncio.create_task(self._sweep.run(), name="sweep")

    async def cog_unload(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    @commands.Cog.listener()
    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """Its data go after a while: it may have been a mistake."""
        await self._memory.left(guild.id, self._clock.now())

    @commands.Cog.listener()
    async def on_guild_join(self, guild: discord.Guild) -> None:
        await self._memory.joined(guild.id)

    @commands.Cog.listener()
    async def on_guild_available(self, guild: discord.Guild) -> None:
        """How discord.py tells of a server that was there before."""
        await self._memory.joined(guild.id)


async def setup(bot: RetakeBot) -> None:
    await bot.add_cog(Privacy(bot))
