"""Helpers for answering an interaction: private replies, acknowledgement, the member and the channel it came from."""

import logging
from typing import Any

import aiohttp
import discord

from bot.chat.text.command_mentions import with_mentions
from bot.jobs.errors import SourceNotFound
from bot.jobs.job import Job
from bot.jobs.rejections import AnswerExpired

log = logging.getLogger("retake.chat")

Interaction = discord.Interaction[Any]
# What discord.py raises for an answer that isn't JSON or doesn't have the documented fields. The request took effect.
UNREADABLE_ANSWER = (AttributeError, LookupError, TypeError, ValueError, OverflowError, discord.InvalidData)
# Errors that Discord or the network can cause. They're caught around calls of discord.py only, so that an unreadable
# answer isn't confused with a bug of ours.
DISCORD_ERRORS = (
    discord.HTTPException, discord.RateLimited, aiohttp.ClientError, TimeoutError, OSError, *UNREADABLE_ANSWER,
)  # fmt: skip


ANNOUNCED = "announced"  # in an interaction's extras
_NO_CHANNEL, _NO_MESSAGE, _NO_INTERACTION = 10003, 10008, 10062
_INTERNAL_ERROR = 40333  # a 403 that stands for a fault within Discord's own network


def is_refusal(error: Exception) -> bool:
    """Return whether Discord itself has answered 403 or 404, so that trying again is useless.

    The page of a proxy or a firewall has the same status but none of Discord's codes.
    """
    if not isinstance(error, discord.Forbidden | discord.NotFound):
        return False
    return error.code not in (0, _INTERNAL_ERROR)


def is_gone(error: Exception) -> bool:
    """Return whether Discord itself says that a message, or its channel, was deleted."""
    return isinstance(error, discord.NotFound) and error.code in (_NO_CHANNEL, _NO_MESSAGE)


def has_expired(error: Exception) -> bool:
    """Return whether Discord no longer knows the interaction, so that nobody has seen the answer."""
    return isinstance(error, discord.NotFound) and error.code == _NO_INTERACTION


async def reply_privately(interaction: Interaction, sentence: str, view: discord.ui.View | None = None) -> None:
    """Answer with an ephemeral message, in place of the announced one. Log a failure instead of raising it.

    Commands that the sentence names become mentions.
    """
    sentence = with_mentions(sentence)
    shown = view if view is not None else discord.utils.MISSING
    try:
        if interaction.extras.pop(ANNOUNCED, False):
            await interaction.edit_original_response(content=sentence, view=view)
        elif interaction.response.is_done():
            await interaction.followup.send(sentence, view=shown, ephemeral=True)
        else:
            await interaction.response.send_message(sentence, view=shown, ephemeral=True)
    except DISCORD_ERRORS as error:
        log.info("an answer was not delivered", extra={"why": type(error).__name__})


async def announce(interaction: Interaction) -> None:
    """Tell the member that an answer will follow within minutes. Raise AnswerExpired if it's too late for that."""
    if interaction.response.is_done():
        return
    try:
        await interaction.response.defer(thinking=True, ephemeral=True)
    except DISCORD_ERRORS as error:
        if has_expired(error):
            raise AnswerExpired from error
        log.info("an answer was not announced", extra={"why": type(error).__name__})
    else:
        interaction.extras[ANNOUNCED] = True


async def answer_privately(interaction: Interaction, text: str, view: discord.ui.View) -> int | None:
    """Answer with an ephemeral message, in place of the announced one if there is one. Return its id.

    Raise Discord's errors.
    """
    if not interaction.extras.pop(ANNOUNCED, False):
        return (await interaction.response.send_message(text, view=view, ephemeral=True)).message_id
    return (await interaction.edit_original_response(content=text, view=view)).id


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
