"""Buttons and forms of films that are made shot by shot. Stateless: the custom ids name the plan."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol, Self

import discord

from bot.chat.components.buttons import FILM
from bot.chat.components.modal_fields import read_fields
from bot.chat.components.prompt_modal import MIN_LENGTH, OPEN_FOR_S, editable
from bot.i18n import N_, _

_MODAL = re.compile(r"v1g:(?P<film>[0-9A-Za-z]{22}):(?P<form>plan|edit\d{2,4})")
PLAN, EDIT = "plan", "edit"
PLAN_MAX = 4000  # characters of a text field


class FilmAction(StrEnum):
    """What a button does. The value is part of the custom id."""

    START = "start"
    RUN = "run"  # start, and make all shots without asking
    KEEP = "keep"
    AGAIN = "again"
    EDIT = "edit"
    BACK = "back"  # to the shot before
    STOP = "stop"
    JOIN = "join"  # a film that couldn't be joined; the id is the job's


_LOOKS = {
    FilmAction.START: (N_("Start"), discord.ButtonStyle.primary),
    FilmAction.RUN: (N_("Start and run through"), discord.ButtonStyle.secondary),
    FilmAction.KEEP: (N_("Keep"), discord.ButtonStyle.primary),
    FilmAction.AGAIN: (N_("Again"), discord.ButtonStyle.secondary),
    FilmAction.EDIT: (N_("Edit"), discord.ButtonStyle.secondary),
    FilmAction.BACK: (N_("Back"), discord.ButtonStyle.secondary),
    FilmAction.STOP: (N_("Stop here"), discord.ButtonStyle.danger),
    FilmAction.JOIN: (N_("Join again"), discord.ButtonStyle.primary),
}


class FilmHandler(Protocol):
    """Handles the buttons."""

    async def on_film_button(self, interaction: discord.Interaction[Any], film_id: str, action: FilmAction) -> None: ...


class FilmButton(discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]], template=FILM):
    """A button of a plan."""

    def __init__(self, film_id: str, action: FilmAction) -> None:
        self.film_id = film_id
        self.action = action
        label, style = _LOOKS[action]
        super().__init__(discord.ui.Button(label=_(label), style=style, custom_id=f"v1f:{film_id}:{action}"))

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        return cls(match["film"], FilmAction(match["action"]))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        handler: FilmHandler = interaction.client
        await handler.on_film_button(interaction, self.film_id, self.action)


def film_view(film_id: str, *actions: FilmAction) -> discord.ui.View:
    view = discord.ui.View(timeout=None)
    for action in actions:
        view.add_item(FilmButton(film_id, action))
    return view


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
