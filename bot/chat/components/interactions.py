"""Helpers for answering an interaction: private replies, acknowledgement, the member and the channel it came from."""

import logging
from typing import Any

import aiohttp
import discord

from bot.jobs.errors import SourceNotFound
from bot.jobs.job import Job

log = logging.getLogger("retake.chat")

Interaction = discord.Interaction[Any]
# Errors that Discord or the network can cause. Bugs of ours are not among them.
DISCORD_ERRORS = (discord.HTTPException, discord.RateLimited, aiohttp.ClientError, TimeoutError, OSError)


async def reply_privately(interaction: Interaction, sentence: str) -> None:
    """Answer with an ephemeral message. Log a failure instead of raising it."""
    try:
        if interaction.response.is_done():
            await interaction.followup.send(sentence, ephemeral=True)
        else:
            await interaction.response.send_message(sentence, ephemeral=True)
    except DISCORD_ERRORS as error:
        log.info("an answer was not delivered", extra={"why": type(error).__name__})


async def acknowledge(interaction: Interaction) -> None:
    """Acknowledge a component interaction without an answer. Log a failure: the action itself has been carried out.

    After a 5xx Discord may have accepted the acknowledgement and answer the retry with 40060.
    """
    try:
        await interaction.response.defer()
    except DISCORD_ERRORS as error:
        log.info("an interaction was not acknowledged", extra={"why": type(error).__name__})


def member_of(interaction: Interaction, job: Job) -> discord.Member:
    """Return the interaction's user as a member of the job's server. Raise SourceNotFound if they are not one."""
    if job.guild_id != interaction.guild_id or not isinstance(interaction.user, discord.Member):
        raise SourceNotFound
    return interaction.user


def place_of(interaction: Interaction) -> discord.abc.Snowflake:
    """Return the channel that the interaction came from, as a bare id."""
    return discord.Object(id=interaction.channel_id or 0)
