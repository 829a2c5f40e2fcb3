"""`/top`, stars on videos, and the events that change what a gallery may show."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.chat.gallery.stars import is_star
from bot.chat.permissions.video_access import is_age_restricted
from bot.client import RetakeBot

Interaction = discord.Interaction[RetakeBot]
MOST_DAYS = 365


class Stars(commands.Cog):
    """Reactions are no privileged intent."""

    def __init__(self, bot: RetakeBot) -> None:
        self._stars = bot.services.stars
        self._gallery = bot.services.gallery
        self._top = bot.services.top

    @app_commands.command(description="The most starred videos on this server that you can see")
    @app_commands.describe(days="Videos of how many days")
    @app_commands.guild_only()
    async def top(self, interaction: Interaction, days: app_commands.Range[int, 1, MOST_DAYS] = 7) -> None:
        await self._top.show(interaction, days)

    @commands.Cog.listener()
    async def on_raw_reaction_add(self, event: discord.RawReactionActionEvent) -> None:
        await self._stars.on_add(event)

    @commands.Cog.listener()
    async def on_raw_reaction_remove(self, event: discord.RawReactionActionEvent) -> None:
        await self._stars.on_remove(event)

    @commands.Cog.listener()
    async def on_raw_reaction_clear(self, event: discord.RawReactionClearEvent) -> None:
        await self._stars.on_clear(event.message_id)

    @commands.Cog.listener()
    async def on_raw_reaction_clear_emoji(self, event: discord.RawReactionClearEmojiEvent) -> None:
        if is_star(event.emoji):
            await self._stars.on_clear(event.message_id)

    @commands.Cog.listener()
    async def on_ready(self) -> None:
        self._stars.catch_up()

    @commands.Cog.listener()
    async def on_guild_channel_update(self, before: discord.abc.GuildChannel, after: discord.abc.GuildChannel) -> None:
        if before.overwrites != after.overwrites or is_age_restricted(before) != is_age_restricted(after):
            self._gallery.schedule_server(after.guild.id)

    @commands.Cog.listener()
    async def on_guild_channel_delete(self, channel: discord.abc.GuildChannel) -> None:
        self._gallery.schedule_server(channel.guild.id)

    @commands.Cog.listener()
    async def on_raw_thread_delete(self, event: discord.RawThreadDeleteEvent) -> None:
        self._gallery.schedule_server(event.guild_id)

    @commands.Cog.listener()
    async def on_guild_role_update(self, before: discord.Role, after: discord.Role) -> None:
        if after.is_default() and before.permissions != after.permissions:
            self._gallery.schedule_server(after.guild.id)

    @commands.Cog.listener()
    async def on_guild_role_delete(self, role: discord.Role) -> None:
        self._gallery.schedule_server(role.guild.id)


async def setup(bot: RetakeBot) -> None:
    await bot.add_cog(Stars(bot))
