"""`/history`, `/jobs`, `/models`, `/help` and the menu `Video details`: ephemeral lists."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.chat.requests.forwards import job_shown_in
from bot.client import RetakeBot
from bot.jobs.errors import SourceNotFound

Interaction = discord.Interaction[RetakeBot]


class Lists(commands.Cog):
    def __init__(self, bot: RetakeBot) -> None:
        self._bot = bot
        self._services = bot.services
        self._menu = app_commands.ContextMenu(name="Video details", callback=self.details_of_message)

    async def cog_load(self) -> None:
        self._bot.tree.add_command(self._menu)

    async def cog_unload(self) -> None:
        self._bot.tree.remove_command(self._menu.name, type=self._menu.type)

    @app_commands.command(description="Finished videos on this server that you can see")
    @app_commands.describe(member="Only videos by this member", page="Page number, newest videos first")
    @app_commands.guild_only()
    async def history(
        self,
        interaction: Interaction,
        member: discord.User | None = None,
        page: app_commands.Range[int, 1, 10_000] = 1,
    ) -> None:
        await self._services.lists.show(interaction, "history", member.id if member is not None else 0, page - 1)

    @app_commands.command(description="Your running and recent videos: cancel one, or get its file")
    @app_commands.guild_only()
    async def jobs(self, interaction: Interaction) -> None:
        await self._services.lists.show(interaction, "jobs", 0, 0)

    @app_commands.command(description="Available models with prices and render times")
    @app_commands.guild_only()
    async def models(self, interaction: Interaction) -> None:
        await self._services.lists.show(interaction, "models", 0, 0)

    @app_commands.command(description="How to make videos, and what this server allows")
    @app_commands.guild_only()
    async def help(self, interaction: Interaction) -> None:
        await self._services.help_pages.show(interaction)

    async def details_of_message(self, interaction: Interaction, message: discord.Message) -> None:
        """Apps ▸ Video details."""
        job = await job_shown_in(self._services.store, self._services.repositories.gallery, message)
        if not isinstance(interaction.user, discord.Member):
            raise SourceNotFound
        await self._services.job_details.show_details(interaction, interaction.user, job)


async def setup(bot: RetakeBot) -> None:
    await bot.add_cog(Lists(bot))
