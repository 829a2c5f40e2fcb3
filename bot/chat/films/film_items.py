"""Forms of films that are made shot by shot. Stateless: the custom ids name the plan."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import discord

from bot.chat.components.modal_fields import read_fields
from bot.chat.components.prompt_modal import MIN_LENGTH, OPEN_FOR_S, editable
from bot.i18n import _

_MODAL = re.compile(r"v1g:(?P<film>[0-9A-Za-z]{22}):(?P<form>plan|edit\d{2,4})")
PLAN, EDIT = "plan", "edit"
PLAN_MAX = 4000  # characters of a text field


class FilmModal(discord.ui.Modal):
    """Asks for the shots, one a line, or for another prompt of one shot."""

    def __init__(self, film_id: str, form: str, prompt: str = "") -> None:
        title = _("Film") if form == PLAN else _("Edit this shot")
        super().__init__(title=title, custom_id=f"v1g:{film_id}:{form}", timeout=OPEN_FOR_S)
        field: discord.ui.TextInput[Any] = discord.ui.TextInput(
            custom_id="prompt",
            style=discord.TextStyle.paragraph,
            default=editable(prompt),
            min_length=MIN_LENGTH,
            max_length=PLAN_MAX if form == PLAN else 2000,
            required=True,
        )
        if form == PLAN:
            hint = _("2 to 8 lines. Each shot continues the one before.")
            self.add_item(discord.ui.Label(text=_("One shot per line"), description=hint, component=field))
        else:
            self.add_item(discord.ui.Label(text=_("Prompt"), component=field))


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmForm:
    """A submitted form. Nothing is validated."""

    film_id: str
    form: str
    text: str


def read_film_modal(data: Mapping[str, Any]) -> FilmForm | None:
    """Read a submitted form. Return None if it isn't one of these."""
    found = _MODAL.fullmatch(str(data.get("custom_id", "")))
    if found is None:
        return None
    text = read_fields(data.get("components", [])).get("prompt", "")
    return FilmForm(film_id=found["film"], form=found["form"], text=text)
