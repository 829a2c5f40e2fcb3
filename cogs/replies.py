"""Replies to our videos are requests. With the ping on, their text is readable without a privileged intent."""

import discord
from discord.ext import commands

from bot.client import RetakeBot


class Replies(commands.Cog):
    def __init__(self, bot: RetakeBot) -> None:
        self._services = bot.services

    @commands.Cog.listener()
    async def on_message(self, message: discord.Message) -> None:
        await self._services.reply_events.on_message(message)

    @commands.Cog.listener()
    async def on_ready(self) -> None:
        await self._services.reply_events.catch_up()

    @commands.Cog.listener()
    async def on_shard_resumed(self, shard_id: int) -> None:
        self._services.reply_events.set_connected(True)

    @commands.Cog.listener()
    async def on_shard_disconnect(self, shard_id: int) -> None:
        self._services.reply_events.set_connected(False)


async def setup(bot: RetakeBot) -> None:
    await bot.add_cog(Replies(bot))
