"""Buttons of films. Stateless: the custom ids name the plan, or the film that couldn't be joined."""

import re
from enum import StrEnum
from typing import Any, Protocol, Self

import discord

from bot.chat.components.buttons import FILM
from bot.i18n import N_, _


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
