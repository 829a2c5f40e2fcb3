"""`/remix`, `/extend` and the menu `Remix video`: make a video from an earlier one."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.chat.components.interactions import place_of
from bot.chat.requests.attached_pictures import attached_pictures
from bot.chat.requests.forwards import job_shown_in, original_id
from bot.client import RetakeBot
from bot.i18n import N_
from bot.jobs.errors import SourceNotFound
from bot.jobs.job import Job, Kind
from bot.jobs.rejections import TwoSources
from bot.ordering.quote import Request
from cogs._options import ASPECTS, IMPROVE, REFERENCE, model_choices, video_choices

Interaction = discord.Interaction[RetakeBot]
VIDEO = N_("A code such as K7Q2, or a message link; by default the newest video here")


class Remix(commands.Cog):
    def __init__(self, bot: RetakeBot) -> None:
        self._bot = bot
        self._services = bot.services
        self._menu = app_commands.ContextMenu(name="Remix video", callback=self.remix_message)

    async def cog_load(self) -> None:
        self._bot.tree.add_command(self._menu)

    async def cog_unload(self) -> None:
        self._bot.tree.remove_command(self._menu.name, type=self._menu.type)

    @app_commands.command(description="Remix a video: change it with a prompt")
    @app_commands.describe(
        prompt="Prompt: what should change",
        video=VIDEO,
        model="Model; by default the one that suits the video",
        aspect="Aspect ratio",
        seconds="Duration in seconds",
        file="A video of your own: mp4, WebM or mov",
        last_image="Image for the last frame",
        reference1=REFERENCE,
        reference2=REFERENCE,
        reference3=REFERENCE,
        improve=IMPROVE,
    )
    @app_commands.choices(aspect=ASPECTS)
    @app_commands.guild_only()
    async def remix(
        self,
        interaction: Interaction,
        prompt: app_commands.Range[str, 3, 2000],
        video: str | None = None,
        model: str | None = None,
        aspect: str | None = None,
        seconds: app_commands.Range[int, 1, 60] | None = None,
        file: discord.Attachment | None = None,
        last_image: discord.Attachment | None = None,
        reference1: discord.Attachment | None = None,
        reference2: discord.Attachment | None = None,
        reference3: discord.Attachment | None = None,
        improve: bool = False,
    ) -> None:
        if file is not None and video is not None:
            raise TwoSources
        pictures = attached_pictures(last_image, (reference1, reference2, reference3))
        source = await (self._source(interaction, video) if file is None else self._uploaded(interaction, file))
        request = Request(
            kind=Kind.REMIX, prompt=prompt, model=model, aspect=aspect, seconds=seconds, source=source,
            pictures=pictures,
        )  # fmt: skip
        await self._submit(interaction, request, improve=improve)

    @app_commands.command(description="Extend a video: continue it with a prompt")
    @app_commands.describe(prompt="Prompt: what happens next", video=VIDEO, seconds="Seconds to add", improve=IMPROVE)
    @app_commands.guild_only()
    async def extend(
        self,
        interaction: Interaction,
        prompt: app_commands.Range[str, 3, 2000],
        video: str | None = None,
        seconds: app_commands.Range[int, 1, 60] | None = None,
        improve: bool = False,
    ) -> None:
        source = await self._source(interaction, video)
        request = Request(kind=Kind.EXTEND, prompt=prompt, seconds=seconds, source=source)
        await self._submit(interaction, request, improve=improve)

    async def _submit(self, interaction: Interaction, request: Request, *, improve: bool) -> None:
        """Make the video, or offer better words for it first."""
        if improve:
            await self._services.improvements.from_interaction(interaction, request)
        else:
            await self._services.submission.from_interaction(interaction, request)

    async def _source(self, interaction: Interaction, video: str | None) -> Job:
        if not isinstance(interaction.user, discord.Member) or interaction.channel_id is None:
            raise SourceNotFound
        here = discord.Object(id=interaction.channel_id)
        return await self._services.video_lookup.resolve(video, interaction.user, here, imports=True)

    async def _uploaded(self, interaction: Interaction, file: discord.Attachment) -> Job:
        if not isinstance(interaction.user, discord.Member) or interaction.channel_id is None:
            raise SourceNotFound
        return await self._services.video_imports.of_file(file, interaction.user, interaction.channel_id)

    async def remix_message(self, interaction: Interaction, message: discord.Message) -> None:
        """Apps ▸ Remix video."""
        member = interaction.user
        if not isinstance(member, discord.Member):
            raise SourceNotFound
        job = await job_shown_in(self._services.store, self._services.repositories.gallery, message)
        if job is None or (job.imported and original_id(message) is None):
            job = await self._services.video_imports.of_message(message, member, place_of(interaction))
        await self._services.job_actions.ask_prompt(interaction, member, job)

    @remix.autocomplete("model")
    async def _models(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        settings = await self._services.job_service.settings(interaction.guild_id or 0)
        return model_choices(self._services.offers, typed, settings)

    @remix.autocomplete("video")
    @extend.autocomplete("video")
    async def _videos(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        return await video_choices(self._services.video_lookup, interaction, typed)


async def setup(bot: RetakeBot) -> None:
    await bot.add_cog(Remix(bot))
