"""Buttons and form of the words that a writer offers. Stateless: the custom ids name the stored draft."""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Protocol, Self

import discord

from bot.chat.components.buttons import IMPROVE
from bot.chat.components.modal_fields import read_fields
from bot.chat.components.prompt_modal import MIN_LENGTH, OPEN_FOR_S, editable
from bot.i18n import N_, _
from bot.jobs.money import dollars
from bot.jobs.rewrite import LONGEST
from bot.ports.drafts import RefusedRequest

_MODAL = re.compile(r"v1x:(?P<draft>\d{1,18})")


class ImproveAction(StrEnum):
    """What a button does. The value is part of the custom id."""

    MAKE = "make"  # with the words that are shown
    EDIT = "edit"
    MORE = "more"  # ask the writer once more
    MINE = "mine"  # make it with the member's own words


_LOOKS = {
    ImproveAction.MAKE: (N_("Make it"), discord.ButtonStyle.primary),
    ImproveAction.EDIT: (N_("Edit"), discord.ButtonStyle.secondary),
    ImproveAction.MORE: (N_("Once more"), discord.ButtonStyle.secondary),
    ImproveAction.MINE: (N_("Keep mine"), discord.ButtonStyle.secondary),
}


class ImproveHandler(Protocol):
    """Handles the buttons."""

    async def on_improve_button(
        self, interaction: discord.Interaction[Any], draft_id: int, action: ImproveAction
    ) -> None: ...


class ImproveButton(discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]], template=IMPROVE):
    """A button below the words of a writer."""

    def __init__(self, draft_id: int, action: ImproveAction, price: str = "") -> None:
        self.draft_id = draft_id
        self.action = action
        label, style = _LOOKS[action]
        custom_id = f"v1w:{draft_id}:{action}"
        super().__init__(discord.ui.Button(label=f"{_(label)} {price}".strip(), style=style, custom_id=custom_id))

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        return cls(int(match["draft"]), ImproveAction(match["action"]))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        handler: ImproveHandler = interaction.client
        await handler.on_improve_button(interaction, self.draft_id, self.action)


def improve_view(draft_id: int, price_micros: int, *, own: bool, cost_micros: int = 0) -> discord.ui.View:
    """Return the buttons. `own`: the words that are shown are the member's. `cost_micros`: of asking once more."""
    view = discord.ui.View(timeout=None)
    view.add_item(ImproveButton(draft_id, ImproveAction.MAKE, f"≈ {dollars(price_micros)}"))
    view.add_item(ImproveButton(draft_id, ImproveAction.EDIT))
    view.add_item(ImproveButton(draft_id, ImproveAction.MORE, f"≈ {dollars(cost_micros)}" if cost_micros else ""))
    if not own:
        view.add_item(ImproveButton(draft_id, ImproveAction.MINE))
    return view


class ImproveModal(discord.ui.Modal):
    """Shows the words to edit. They're shown again, with the price, before anything is made of them."""

    def __init__(self, draft_id: int, draft: RefusedRequest) -> None:
        super().__init__(title=_("Edit the prompt"), custom_id=f"v1x:{draft_id}", timeout=OPEN_FOR_S)
        field: discord.ui.TextInput[Any] = discord.ui.TextInput(
            custom_id="prompt",
            style=discord.TextStyle.paragraph,
            default=editable(draft.prompt),
            min_length=MIN_LENGTH,
            max_length=LONGEST,
            required=True,
        )
        self.add_item(discord.ui.Label(text=_("Prompt"), component=field))


def read_improve_modal(data: Mapping[str, Any]) -> tuple[int, str] | None:
    """Return the draft's id and the edited words of a submitted form. Return None if it isn't this one."""
    found = _MODAL.fullmatch(str(data.get("custom_id", "")))
    if found is None:
        return None
    return int(found["draft"]), read_fields(data.get("components", [])).get("prompt", "")
