"""`/generate`: make a video from a prompt."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.chat.requests.attached_pictures import attached_pictures, check_image
from bot.client import RetakeBot
from bot.jobs.bundle import MAX_TAKES
from bot.jobs.job import Kind
from bot.ordering.quote import Request
from cogs._options import ASPECTS, IMPROVE, REFERENCE, RESOLUTIONS, model_choices, style_choices

Interaction = discord.Interaction[RetakeBot]


class Generate(commands.Cog):
    def __init__(self, bot: RetakeBot) -> None:
        self._services = bot.services

    @app_commands.command(description="Make a video from a prompt")
    @app_commands.describe(
        prompt="Prompt: what the video should show",
        model="Model; by default this server's",
        aspect="Aspect ratio",
        seconds="Duration in seconds",
        resolution="Resolution",
        image="Image for the first frame",
        style="Style: words and options to add",
        improve=IMPROVE,
        last_image="Image for the last frame",
        reference1=REFERENCE,
        reference2=REFERENCE,
        reference3=REFERENCE,
        takes="Takes: how many videos to make and choose from",
    )
    @app_commands.choices(aspect=ASPECTS, resolution=RESOLUTIONS)
    @app_commands.guild_only()
    async def generate(
        self,
        interaction: Interaction,
        prompt: app_commands.Range[str, 3, 2000],
        model: str | None = None,
        aspect: str | None = None,
        seconds: app_commands.Range[int, 1, 60] | None = None,
        resolution: str | None = None,
        image: discord.Attachment | None = None,
        style: str | None = None,
        improve: bool = False,
        last_image: discord.Attachment | None = None,
        reference1: discord.Attachment | None = None,
        reference2: discord.Attachment | None = None,
        reference3: discord.Attachment | None = None,
        takes: app_commands.Range[int, 1, MAX_TAKES] = 1,
    ) -> None:
        request = Request(
            kind=Kind.GENERATE,
            prompt=prompt,
            model=model,
            aspect=aspect,
            seconds=seconds,
            resolution=resolution,
            image_url=check_image(image),
            pictures=attached_pictures(last_image, (reference1, reference2, reference3)),
            style=style,
            takes=takes,
        )
        if improve:
            await self._services.improvements.from_interaction(interaction, request)
        else:
            await self._services.submission.from_interaction(interaction, request)

    @generate.autocomplete("model")
    async def _models(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        settings = await self._services.job_service.settings(interaction.guild_id or 0)
        return model_choices(self._services.offers, typed, settings)

    @generate.autocomplete("style")
    async def _styles(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        return await style_choices(self._services.styles, interaction, typed)


async def setup(bot: RetakeBot) -> None:
    await bot.add_cog(Generate(bot))
