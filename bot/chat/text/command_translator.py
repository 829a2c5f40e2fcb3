"""Translate command names, descriptions, options and choices for Discord."""

import discord
from discord import app_commands
from discord.app_commands import TranslationContextLocation as Location
from discord.app_commands import TranslationContextTypes

from bot.i18n import ENGLISH, _, language_of, pgettext, use_locale

# Names have contexts: the option `video` may need another word than `video` in a sentence.
_CONTEXTS = {Location.command_name: "command", Location.group_name: "command", Location.parameter_name: "option"}


class Translator(app_commands.Translator):
    """Called by discord.py for every string and locale when commands are synced."""

    async def translate(
        self, string: app_commands.locale_str, locale: discord.Locale, context: TranslationContextTypes
    ) -> str | None:
        """Return the translation, or None to keep the English text."""
        if language_of(locale.value) == ENGLISH:
            return None
        with use_locale(locale.value):
            word = _CONTEXTS.get(context.location)
            said = pgettext(word, string.message) if word is not None else _(string.message)
        return said if said != string.message else None
