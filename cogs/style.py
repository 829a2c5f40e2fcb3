"""`/style save`, `/style list` and `/style delete`: a member's own styles."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.chat.text.style_text import deleted_style_text, saved_style_text, styles_text
from bot.client import RetakeBot
from bot.jobs.style import NAME_MAX, WORDS_MAX, Style
from cogs._options import ASPECTS, RESOLUTIONS, model_choices, style_choices

Interaction = discord.Interaction[RetakeBot]


class Styles(commands.Cog):
    """Server managers have the server's styles in `/settings`."""

    style = app_commands.Group(name="style", description="Words and options that you use often", guild_only=True)

    def __init__(self, bot: RetakeBot) -> None:
        self._services = bot.services

    @style.command(description="Save a style of your own on this server")
    @app_commands.describe(
        name="Name of the style",
        words="Words of the style; {prompt} stands for the prompt",
        model="Model of new videos in this style",
        aspect="Aspect ratio",
        resolution="Resolution",
    )
    @app_commands.choices(aspect=ASPECTS, resolution=RESOLUTIONS)
    async def save(
        self,
        interaction: Interaction,
        name: app_commands.Range[str, 1, NAME_MAX],
        words: app_commands.Range[str, 1, WORDS_MAX],
        model: str | None = None,
        aspect: str | None = None,
        resolution: str | None = None,
    ) -> None:
        guild_id = interaction.guild_id or 0
        style = Style(
            guild_id=guild_id,
            user_id=interaction.user.id,
            name=name,
            words=words,
            model=model,
            aspect=aspect,
            resolution=resolution,
        )
        saved = await self._services.styles.save_own(style, await self._services.job_service.settings(guild_id))
        await interaction.response.send_message(saved_style_text(saved), ephemeral=True)

    @style.command(name="list", description="Styles that you can use on this server")
    async def list_styles(self, interaction: Interaction) -> None:
        found = await self._services.styles.usable(interaction.guild_id or 0, interaction.user.id)
        await interaction.response.send_message(styles_text(found), ephemeral=True)

    @style.command(description="Delete one of your styles")
    @app_commands.describe(name="Name of the style")
    async def delete(self, interaction: Interaction, name: str) -> None:
        deleted = await self._services.styles.delete_own(interaction.guild_id or 0, interaction.user.id, name)
        await interaction.response.send_message(deleted_style_text(deleted), ephemeral=True)

    @save.autocomplete("model")
    async def _models(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        settings = await self._services.job_service.settings(interaction.guild_id or 0)
        return model_choices(self._services.offers, typed, settings)

    @save.autocomplete("name")
    @delete.autocomplete("name")
    async def _names(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        return await style_choices(self._services.styles, interaction, typed, own=True)


async def setup(bot: RetakeBot) -> None:
    await bot.add_cog(Styles(bot))
