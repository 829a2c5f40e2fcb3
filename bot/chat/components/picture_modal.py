"""The form *Make a video of this*. Stateless: its custom id names the stored draft with the picture's link."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import discord

from bot.chat.components.modal_fields import read_fields
from bot.chat.components.picture_fields import SentFile, read_files
from bot.chat.components.prompt_modal import MIN_LENGTH, OPEN_FOR_S
from bot.i18n import N_, _
from bot.jobs.money import dollars
from bot.jobs.pictures import MOST_REFERENCES
from bot.ordering.quote import Quote

_MODAL = re.compile(r"v1g:(?P<draft>\d{1,18})")
_LONGEST = 2000


class Use(StrEnum):
    """What the pictures of a form are for. The value is that of the menu's option."""

    FRAMES = "frames"
    REFERENCES = "references"


_USES = {Use.FRAMES: N_("First frame, then last frame"), Use.REFERENCES: N_("References of what to show")}


class PictureModal(discord.ui.Modal):
    """Asks for a prompt, a model, more pictures, and what they are for. `quotes` are the models, the default first."""

    def __init__(self, draft_id: int, quotes: Sequence[Quote]) -> None:
        super().__init__(title=_("Make a video of this"), custom_id=f"v1g:{draft_id}", timeout=OPEN_FOR_S)
        prompt: discord.ui.TextInput[Any] = discord.ui.TextInput(
            custom_id="prompt", style=discord.TextStyle.paragraph, min_length=MIN_LENGTH, max_length=_LONGEST
        )
        files: discord.ui.FileUpload[Any] = discord.ui.FileUpload(
            custom_id="files", required=False, min_values=0, max_values=MOST_REFERENCES
        )
        self._ask(_("Prompt"), prompt, _("What should happen in the video?"))
        self._ask(_("Model"), _menu("model", [_model_option(each, default=each is quotes[0]) for each in quotes[:25]]))
        self._ask(_("More pictures"), files, _("The last frame, or more references"))
        uses = [
            discord.SelectOption(label=_(words)[:100], value=use, default=use is Use.FRAMES)
            for use, words in _USES.items()
        ]
        self._ask(_("Use the pictures as"), _menu("use", uses))

    def _ask(self, label: str, field: discord.ui.Item[Any], description: str | None = None) -> None:
        self.add_item(discord.ui.Label(text=label, description=description, component=field))


def _menu(name: str, options: list[discord.SelectOption]) -> discord.ui.Select[Any]:
    return discord.ui.Select(custom_id=name, options=options)


def _model_option(quote: Quote, *, default: bool) -> discord.SelectOption:
    offer = quote.step.offer
    return discord.SelectOption(
        label=offer.model.title[:100],
        value=offer.key,
        description=f"≈ {dollars(quote.price_micros)} · {offer.account}"[:100],
        default=default,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureForm:
    """A submitted form. Nothing is validated."""

    draft_id: int
    prompt: str
    model: str | None
    use: Use
    files: tuple[SentFile, ...]


def read_picture_modal(data: Mapping[str, Any]) -> PictureForm | None:
    """Read a submitted form. Return None if it isn't this one."""
    found = _MODAL.fullmatch(str(data.get("custom_id", "")))
    if found is None:
        return None
    values = read_fields(data.get("components", []))
    return PictureForm(
        draft_id=int(found["draft"]),
        prompt=values.get("prompt", ""),
        model=values.get("model") or None,
        use=Use.REFERENCES if values.get("use") == Use.REFERENCES else Use.FRAMES,
        files=read_files(data),
    )
