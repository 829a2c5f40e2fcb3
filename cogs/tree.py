"""`/tree`: the family tree of a video as a picture and text."""

import io

import discord
from discord import app_commands
from discord.ext import commands

from bot.chat.permissions.video_access import AccessLevel
from bot.client import RetakeBot
from bot.jobs.errors import SourceNotFound
from cogs._options import video_choices

Interaction = discord.Interaction[RetakeBot]


class Tree(commands.Cog):
    def __init__(self, bot: RetakeBot) -> None:
        self._services = bot.services

    @app_commands.command(description="Show which videos a video was remixed from and into")
    @app_commands.describe(video="A code such as K7Q2, or a message link; by default the newest video here")
    @app_commands.guild_only()
    async def tree(self, interaction: Interaction, video: str | None = None) -> None:
        viewer = interaction.user
        if not isinstance(viewer, discord.Member) or interaction.channel_id is None:
            raise SourceNotFound
        here = discord.Object(id=interaction.channel_id)
        job = await self._services.video_lookup.resolve(video, viewer, here, AccessLevel.SEE)
        await interaction.response.defer(ephemeral=True, thinking=True)
        family = await self._services.family_trees.build(job, viewer, here)
        files = [discord.File(io.BytesIO(family.png), f"family-{job.code}.png", description=family.whole[:1024])]
        if "family.txt" in family.text:
            files.append(discord.File(io.BytesIO(family.whole.encode()), "family.txt"))
        await interaction.followup.send(family.text, files=files, ephemeral=True, suppress_embeds=True)

    @tree.autocomplete("video")
    async def _videos(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        return await video_choices(self._services.video_lookup, interaction, typed)


async def setup(bot: RetakeBot) -> None:
    await bot.add_cog(Tree(bot))
