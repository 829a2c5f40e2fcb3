"""The prompt and model forms.

Stateless: the custom id names the job and the action, so any process can read a submission.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import discord

from bot.catalogue.model import FollowUpRule, Model
from bot.chat.components.buttons import JobAction
from bot.chat.components.modal_fields import read_fields
from bot.chat.components.picture_fields import PictureChanges, add_picture_fields, read_picture_changes
from bot.i18n import _
from bot.jobs.clean_text import clean_lines
from bot.jobs.job import Job, Kind
from bot.jobs.money import dollars
from bot.jobs.pictures import JobPicture
from bot.jobs.server_settings import DELETED_PROMPT
from bot.ordering.quote import Quote

MODAL_ID = re.compile(r"v1m:(?P<job>[0-9A-Za-z]{22}):(?P<verb>remix|edit|model)")
MIN_LENGTH = 3  # characters of a prompt
OPEN_FOR_S = 15 * 60.0  # without a timeout discord.py would keep every form that was dismissed


class PromptModal(discord.ui.Modal):
    """Asks for a prompt and the model's options.

    With `quote`, the source's options are preselected as the remix would map them. `pictures` are those of a job
    that is edited.
    """

    def __init__(
        self,
        job: Job,
        model: Model,
        verb: JobAction,
        quote: Quote | None = None,
        pictures: Sequence[JobPicture] = (),
    ) -> None:
        anew = verb is JobAction.EDIT
        super().__init__(
            title=_("Edit and retry") if anew else _("Remix {code}").format(code=job.code),
            custom_id=f"v1m:{job.id}:{verb}",
            timeout=OPEN_FOR_S,
        )
        self.add_item(
            discord.ui.Label(
                text=_("Prompt"),
                description=None if anew else _("What should change in the new video?"),
                component=discord.ui.TextInput(
                    custom_id="prompt",
                    style=discord.TextStyle.paragraph,
                    default=editable(job.prompt) if anew else None,
                    min_length=MIN_LENGTH,
                    max_length=min(2000, model.prompt_max),
                    required=True,
                ),
            )
        )
        rule: Model | FollowUpRule = model
        if anew:  # a remix has other options than a new video
            follow = {Kind.REMIX: model.remix, Kind.EXTEND: model.extend}.get(job.kind)
            rule = follow if follow is not None and job.rung != "image" else model
        elif model.remix is not None and (quote is None or quote.step.rung != "image"):
            rule = model.remix
        aspect, seconds = (job.aspect, job.seconds) if quote is None else (quote.choice.aspect, quote.choice.seconds)
        add_choice(self, _("Aspect"), "aspect", rule.aspects, aspect)
        add_choice(self, _("Seconds"), "seconds", tuple(str(each) for each in rule.seconds), str(seconds))
        if anew:
            add_picture_fields(self, pictures, first=job.image_url is not None or job.image_file is not None)


def add_choice(modal: discord.ui.Modal, label: str, name: str, values: tuple[str, ...], chosen: str | None) -> None:
    """Add a menu of an option's values to a form, unless there is no choice."""
    if len(values) < 2:
        return
    options = [discord.SelectOption(label=each, value=each, default=each == chosen) for each in values[:25]]
    select: discord.ui.Select[Any] = discord.ui.Select(custom_id=name, options=options, required=False, min_values=0)
    modal.add_item(discord.ui.Label(text=label, component=select))


def editable(prompt: str) -> str | None:
    """Return a prompt as the field's value, or None if it was deleted.

    Discord accepts no value that is shorter than the field's minimum.
    """
    shown = clean_lines(prompt)
    return shown if len(shown) >= MIN_LENGTH and prompt != DELETED_PROMPT else None


class ModelModal(discord.ui.Modal):
    """Asks for another model. `quotes` are the models that can make the video, with prices."""

    def __init__(self, job: Job, quotes: Sequence[Quote]) -> None:
        super().__init__(title=_("Other model"), custom_id=f"v1m:{job.id}:{JobAction.MODEL}", timeout=OPEN_FOR_S)
        options = [
            discord.SelectOption(
                label=each.step.offer.model.title[:100],
                value=each.step.offer.key,
                description=f"≈ {dollars(each.price_micros)} · {each.step.offer.account}"[:100],
                default=each is quotes[0],
            )
            for each in quotes[:25]
        ]
        select: discord.ui.Select[Any] = discord.ui.Select(custom_id="model", options=options)
        self.add_item(discord.ui.Label(text=_("Model"), component=select))


@dataclass(frozen=True, slots=True, kw_only=True)
class Submitted:
    """A submitted prompt form. Nothing is validated."""

    job_id: str
    verb: JobAction
    prompt: str
    aspect: str | None
    seconds: int | None
    model: str | None = None
    pictures: PictureChanges = field(default_factory=PictureChanges)


def read_modal(data: Mapping[str, Any]) -> Submitted | None:
    """Read a submitted form. Return None if it isn't one of these."""
    found = MODAL_ID.fullmatch(str(data.get("custom_id", "")))
    if found is None:
        return None
    values = read_fields(data.get("components", []))
    seconds = values.get("seconds", "")
    return Submitted(
        job_id=found["job"],
        verb=JobAction(found["verb"]),
        prompt=values.get("prompt", ""),
        aspect=values.get("aspect") or None,
        model=values.get("model") or None,
        pictures=read_picture_changes(data),
        seconds=int(seconds) if seconds.isascii() and seconds.isdigit() and len(seconds) < 5 else None,
    )
