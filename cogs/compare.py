"""`/compare`: make one prompt with two models, and vote without knowing which is which."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import RetakeBot
from bot.jobs.job import Kind
from bot.ordering.quote import Request
from cogs._options import ASPECTS, model_choices

Interaction = discord.Interaction[RetakeBot]


class Compare(commands.Cog):
    def __init__(self, bot: RetakeBot) -> None:
        self._services = bot.services

    @app_commands.command(description="Make a prompt with two models and vote without knowing which is which")
    @app_commands.describe(
        prompt="Prompt: what the videos should show",
        a="One model",
        b="Another model",
        aspect="Aspect ratio",
        seconds="Duration in seconds",
    )
    @app_commands.choices(aspect=ASPECTS)
    @app_commands.guild_only()
    async def compare(
        self,
        interaction: Interaction,
        prompt: app_commands.Range[str, 3, 2000],
        a: str,
        b: str,
        aspect: str | None = None,
        seconds: app_commands.Range[int, 1, 60] | None = None,
    ) -> None:
        request = Request(kind=Kind.GENERATE, prompt=prompt, model=a, rival=b, aspect=aspect, seconds=seconds)
        await self._services.submission.from_interaction(interaction, request)

    @compare.autocomplete("a")
    @compare.autocomplete("b")
    async def _models(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        settings = await self._services.job_service.settings(interaction.guild_id or 0)
        return model_choices(self._services.offers, typed, settings)


async def setup(bot: RetakeBot) -> None:
    await bot.add_cog(Compare(bot))
