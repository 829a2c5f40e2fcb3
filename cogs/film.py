"""`/film`: make a film shot by shot, or join finished videos into one."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import RetakeBot
from bot.i18n import N_
from bot.jobs.film_errors import FilmOptions
from bot.jobs.film_plan import Transition
from bot.ordering.films import TITLE_MAX
from cogs._options import ASPECTS, model_choices, video_choices

Interaction = discord.Interaction[RetakeBot]
TRANSITIONS = [
    app_commands.Choice(name=N_("cut"), value=Transition.CUT.value),
    app_commands.Choice(name=N_("crossfade"), value=Transition.CROSSFADE.value),
]
VIDEO = N_("A code such as K7Q2, or a message link")


class Film(commands.Cog):
    def __init__(self, bot: RetakeBot) -> None:
        self._services = bot.services

    @app_commands.command(description="Make a film of 2 to 8 shots, or join finished videos into one for free")
    @app_commands.describe(
        video1=VIDEO,
        video2=VIDEO,
        video3=VIDEO,
        video4=VIDEO,
        video5=VIDEO,
        video6=VIDEO,
        video7=VIDEO,
        video8=VIDEO,
        title="Title of the film",
        model="Model of new shots; by default this server's",
        aspect="Aspect ratio of new shots",
        seconds="Duration of each new shot in seconds",
        transition="How one follows another; by default with a cut",
    )
    @app_commands.choices(aspect=ASPECTS, transition=TRANSITIONS)
    @app_commands.guild_only()
    async def film(
        self,
        interaction: Interaction,
        video1: str | None = None,
        video2: str | None = None,
        video3: str | None = None,
        video4: str | None = None,
        video5: str | None = None,
        video6: str | None = None,
        video7: str | None = None,
        video8: str | None = None,
        title: app_commands.Range[str, 1, TITLE_MAX] | None = None,
        model: str | None = None,
        aspect: str | None = None,
        seconds: app_commands.Range[int, 1, 60] | None = None,
        transition: str = Transition.CUT.value,
    ) -> None:
        videos = [each for each in (video1, video2, video3, video4, video5, video6, video7, video8) if each]
        if not videos:
            plan = self._services.film_dialog.plan
            how = Transition(transition)
            await plan(interaction, title=title, model=model, aspect=aspect, seconds=seconds, transition=how)
            return
        if model is not None or aspect is not None or seconds is not None:
            raise FilmOptions
        await self._services.films.join(interaction, videos, title, Transition(transition))

    @film.autocomplete("model")
    async def _models(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        settings = await self._services.job_service.settings(interaction.guild_id or 0)
        return model_choices(self._services.offers, typed, settings)

    @film.autocomplete("video1")
    @film.autocomplete("video2")
    @film.autocomplete("video3")
    @film.autocomplete("video4")
    @film.autocomplete("video5")
    @film.autocomplete("video6")
    @film.autocomplete("video7")
    @film.autocomplete("video8")
    async def _videos(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        return await video_choices(self._services.video_lookup, interaction, typed)


async def setup(bot: RetakeBot) -> None:
    await bot.add_cog(Film(bot))
