"""The server's styles in the settings panel: their form, and what it changes."""

import discord

from bot.catalogue.options import COMMON_ASPECTS, COMMON_RESOLUTIONS
from bot.chat.settings_panel.forms import Entry, Form, FormValues
from bot.chat.styles import Styles
from bot.i18n import _
from bot.jobs.errors import TooLate
from bot.jobs.server_settings import ServerSettings
from bot.jobs.style import MOST_OF_SERVER, NAME_MAX, SERVERS, WORDS_MAX, Style
from bot.ports.clock import Clock
from bot.ports.styles import StyleRepository


class StyleForms:
    """Opens the form of a style, and saves and deletes the server's styles. The caller has checked the manager."""

    def __init__(self, styles: StyleRepository, checks: Styles, clock: Clock) -> None:
        self._styles = styles
        self._checks = checks
        self._clock = clock

    async def form(self, guild_id: int, style_id: int | None) -> Form:
        """Return the form of a style, or of a new one. Raise TooLate if it was deleted."""
        if style_id is None:
            return _form(None)
        return _form(await self._found(guild_id, style_id))

    async def save(self, member: discord.Member, filled: FormValues, settings: ServerSettings) -> None:
        """Save a submitted form. Raise BadWish."""
        values, guild_id = filled.values, member.guild.id
        style_id = (await self._found(guild_id, int(filled.about))).id if filled.about.isdigit() else 0
        style = Style(
            guild_id=guild_id,
            user_id=SERVERS,
            name=values.get("name", ""),
            words=values.get("words", ""),
            model=values.get("model", "").strip() or None,
            aspect=values.get("aspect") or None,
            resolution=values.get("resolution") or None,
            id=style_id,
        )
        checked = self._checks.checked(style, settings)
        await self._styles.save(checked, by_id=member.id, now=self._clock.now(), most=MOST_OF_SERVER)

    async def delete(self, member: discord.Member, style_id: int) -> None:
        """Delete a style. Raise TooLate if it's gone already."""
        style = await self._found(member.guild.id, style_id)
        await self._styles.delete(style, by_id=member.id, now=self._clock.now())

    async def _found(self, guild_id: int, style_id: int) -> Style:
        for style in await self._styles.of_server(guild_id):
            if style.id == style_id:
                return style
        raise TooLate


def _form(style: Style | None) -> Form:
    now = style or Style(guild_id=0, user_id=SERVERS, name="", words="")
    hint = _("{prompt} stands for the member's words; without it, they follow")
    model = _("As in /models. Empty: the member's or the server's choice")
    entries = [
        Entry("name", _("Name"), now.name, longest=NAME_MAX),
        Entry("words", _("Words"), now.words, hint, long=True, longest=WORDS_MAX),
        Entry("model", _("Model"), now.model or "", model),
        Entry("aspect", _("Aspect"), now.aspect or "", options=COMMON_ASPECTS),
        Entry("resolution", _("Resolution"), now.resolution or "", options=COMMON_RESOLUTIONS),
    ]
    return Form("style", _("Style"), entries, str(style.id) if style is not None else "")
