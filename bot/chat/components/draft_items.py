"""The button and the form to edit a refused request. Stateless: the custom ids name the stored draft."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, Self

import discord

from bot.catalogue.model import FollowUpRule, Model
from bot.chat.components.buttons import DRAFT, FEWER
from bot.chat.components.modal_fields import read_fields
from bot.chat.components.picture_fields import PictureChanges, add_picture_fields, read_picture_changes
from bot.chat.components.prompt_modal import MIN_LENGTH, OPEN_FOR_S, add_choice, editable
from bot.i18n import _, pgettext
from bot.jobs.bundle_errors import TooManyTakes
from bot.jobs.errors import BadWish
from bot.jobs.job import Kind
from bot.jobs.pictures import first_file, pictures_from_json
from bot.ports.drafts import RefusedRequest

_MODAL = re.compile(r"v1e:(?P<draft>\d{1,18})")


class DraftHandler(Protocol):
    """Handles the buttons."""

    async def on_draft_button(self, interaction: discord.Interaction[Any], draft_id: int) -> None: ...

    async def on_fewer_button(self, interaction: discord.Interaction[Any], draft_id: int, takes: int) -> None: ...


class DraftButton(discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]], template=DRAFT):
    """*Edit and retry* beside the sentence that refused a request."""

    def __init__(self, draft_id: int) -> None:
        self.draft_id = draft_id
        style = discord.ButtonStyle.primary
        super().__init__(discord.ui.Button(label=_("Edit and retry"), style=style, custom_id=f"v1d:{draft_id}"))

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        return cls(int(match["draft"]))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        handler: DraftHandler = interaction.client
        await handler.on_draft_button(interaction, self.draft_id)


class FewerButton(discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]], template=FEWER):
    """Requests as many takes as there is room for, beside the sentence that refused more."""

    def __init__(self, draft_id: int, takes: int, label: str = "") -> None:
        self.draft_id = draft_id
        self.takes = takes
        style, custom_id = discord.ButtonStyle.success, f"v1d:{draft_id}:{takes}"
        super().__init__(discord.ui.Button(label=label or str(takes), style=style, custom_id=custom_id))

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        return cls(int(match["draft"]), int(match["takes"]))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        handler: DraftHandler = interaction.client
        await handler.on_fewer_button(interaction, self.draft_id, self.takes)


def draft_view(draft_id: int, error: BadWish) -> discord.ui.View:
    """Return the buttons below the sentence of an error: *Edit and retry*, and what it offers instead."""
    view = discord.ui.View(timeout=None)
    if isinstance(error, TooManyTakes):
        label = pgettext("fact", str(error.facts["fewer"]))
        view.add_item(FewerButton(draft_id, int(error.facts["fits"]), label))
    view.add_item(DraftButton(draft_id))
    return view


class DraftModal(discord.ui.Modal):
    """Shows the words of a refused request to edit, and the options of its model if that is known."""

    def __init__(self, draft_id: int, draft: RefusedRequest, model: Model | None) -> None:
        super().__init__(title=_("Edit and retry"), custom_id=f"v1e:{draft_id}", timeout=OPEN_FOR_S)
        longest = model.prompt_max if model is not None else 2000
        field: discord.ui.TextInput[Any] = discord.ui.TextInput(
            custom_id="prompt",
            style=discord.TextStyle.paragraph,
            default=editable(draft.prompt),
            min_length=MIN_LENGTH,
            max_length=min(4000, max(longest, len(draft.prompt))),  # the words are kept even if they are too many
            required=True,
        )
        self.add_item(discord.ui.Label(text=_("Prompt"), component=field))
        rule: Model | FollowUpRule | None = model
        if model is not None and draft.kind is not Kind.GENERATE:
            rule = model.remix if draft.kind is Kind.REMIX else model.extend
        if rule is not None:
            add_choice(self, _("Aspect"), "aspect", rule.aspects, draft.aspect)
            add_choice(self, _("Seconds"), "seconds", tuple(str(each) for each in rule.seconds), str(draft.seconds))
        pictures = pictures_from_json(draft.pictures)
        add_picture_fields(self, pictures, first=draft.image_url is not None or first_file(pictures) is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class EditedDraft:
    """A submitted form. Nothing is validated. An option is None if it was left empty or isn't in the form."""

    draft_id: int
    prompt: str
    aspect: str | None
    seconds: int | None
    pictures: PictureChanges


def read_draft_modal(data: Mapping[str, Any]) -> EditedDraft | None:
    """Read a submitted form. Return None if it isn't this one."""
    found = _MODAL.fullmatch(str(data.get("custom_id", "")))
    if found is None:
        return None
    values = read_fields(data.get("components", []))
    seconds = values.get("seconds", "")
    return EditedDraft(
        draft_id=int(found["draft"]),
        prompt=values.get("prompt", ""),
        aspect=values.get("aspect") or None,
        pictures=read_picture_changes(data),
        seconds=int(seconds) if seconds.isascii() and seconds.isdigit() and len(seconds) < 5 else None,
    )
