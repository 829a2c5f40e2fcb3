"""Options that several commands share."""

import discord
from discord import app_commands

from bot.catalogue.offers import Offers, describe_offer
from bot.catalogue.options import COMMON_ASPECTS, COMMON_RESOLUTIONS
from bot.chat.requests.video_lookup import VideoLookup
from bot.chat.styles import Styles
from bot.client import RetakeBot
from bot.i18n import N_
from bot.jobs.server_settings import ServerSettings
from bot.ordering.quote import OFF_HERE

MOST_CHOICES = 25
REFERENCE = N_("Image of what to show: a person, a thing or a place")
IMPROVE = N_("Offer better words first; you decide before the video is paid for")
_NAMES = {"16:9": "16:9 landscape", "9:16": "9:16 portrait", "1:1": "1:1 square"}
ASPECTS = [app_commands.Choice(name=_NAMES.get(each, each), value=each) for each in COMMON_ASPECTS]
RESOLUTIONS = [app_commands.Choice(name=each, value=each) for each in COMMON_RESOLUTIONS]


def model_choices(offers: Offers, typed: str, rules: ServerSettings) -> list[app_commands.Choice[str]]:
    """Return autocomplete choices of the models that a server has enabled, with prices."""
    found = offers.excluding(rules.models_off, OFF_HERE, rules.models_on).search(typed, limit=MOST_CHOICES)
    return [app_commands.Choice(name=describe_offer(offer), value=offer.key) for offer in found]


async def video_choices(
    lookup: VideoLookup, interaction: discord.Interaction[RetakeBot], typed: str
) -> list[app_commands.Choice[str]]:
    """Return autocomplete choices of the videos that a member may use here."""
    if not isinstance(interaction.user, discord.Member) or interaction.channel_id is None:
        return []
    found = await lookup.suggestions(typed, interaction.user, discord.Object(id=interaction.channel_id))
    return [app_commands.Choice(name=line, value=job_id) for line, job_id in found]


async def style_choices(
    styles: Styles, interaction: discord.Interaction[RetakeBot], typed: str, *, own: bool = False
) -> list[app_commands.Choice[str]]:
    """Return autocomplete choices of the styles that a member can use; with `own`, of their own ones."""
    found = await styles.choices(interaction.guild_id or 0, interaction.user.id, typed, own=own)
    return [app_commands.Choice(name=line, value=name) for line, name in found]
