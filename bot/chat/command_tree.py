"""The command tree: sets the locale of each command, and answers every failure with a sentence."""

import logging

import discord
from discord import app_commands

from bot.chat.components.interactions import reply_privately
from bot.chat.discord_errors import unexpected_error
from bot.chat.event_guard import log_unreadable
from bot.chat.text.escape import error_text
from bot.i18n import _, set_locale
from bot.jobs.errors import RetakeError
from bot.jobs.ids import new_code
from bot.ports.patience import mark_answering

log = logging.getLogger("retake.client")


class CommandTree(app_commands.CommandTree[discord.Client]):
    """Runs commands in the locale of the member who used them."""

    async def interaction_check(self, interaction: discord.Interaction[discord.Client], /) -> bool:
        mark_answering()
        set_locale(interaction.locale.value)  # the command, its autocomplete and its errors run in this task
        return True

    async def _call(self, interaction: discord.Interaction[discord.Client]) -> None:
        try:
            await super()._call(interaction)
        except app_commands.AppCommandError:
            raise
        except Exception as error:  # noqa: BLE001
            # Kept alive: discord.py's task. A failing command is an AppCommandError; these options can't be read.
            log_unreadable("INTERACTION_CREATE", interaction.data, error)

    async def on_error(
        self, interaction: discord.Interaction[discord.Client], error: app_commands.AppCommandError, /
    ) -> None:
        cause = error.original if isinstance(error, app_commands.CommandInvokeError) else error
        if isinstance(cause, RetakeError) and type(cause) is not RetakeError:
            await reply_privately(interaction, error_text(cause))
        elif isinstance(cause, app_commands.CommandSignatureMismatch | app_commands.CommandNotFound):
            await reply_privately(interaction, _("This command has just changed. Reload Discord and try again."))
        else:
            code = new_code()
            log.error("a command failed", exc_info=cause, extra={"code": code})
            await reply_privately(interaction, error_text(unexpected_error(cause, code)))
