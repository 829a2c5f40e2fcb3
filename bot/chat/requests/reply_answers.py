"""Answer a reply with a message below it."""

import logging

import discord

from bot.chat.components.interactions import DISCORD_ERRORS
from bot.chat.text.command_mentions import with_mentions

log = logging.getLogger("retake.chat")


async def answer_reply(
    message: discord.Message, sentence: str, *, stays_s: float | None = None, view: discord.ui.View | None = None
) -> None:
    """Send an answer, and delete it after `stays_s` seconds. One that Discord refuses is only logged.

    Commands that the sentence names become mentions.
    """
    try:
        await message.channel.send(
            with_mentions(sentence),
            reference=message.to_reference(fail_if_not_exists=False),
            mention_author=False,
            suppress_embeds=True,
            view=view,  # type: ignore[arg-type]
            delete_after=stays_s,  # type: ignore[arg-type]  # None is what the library's own default is
        )
    except DISCORD_ERRORS as error:
        log.info("an answer was not taken", extra={"why": type(error).__name__})
