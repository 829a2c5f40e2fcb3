"""Buttons that work for ever: a custom id names a job and a verb, and is looked up anew at every press.

Views hold nothing but these dynamic items and have no timeout: discord.py then stores nothing for them, and
never takes the pattern out of its registry. Source: reference/discord.md 2.
"""

import re
from enum import StrEnum
from typing import Any, Protocol, Self

import discord

from bot.jobs.model import Job


class Verb(StrEnum):
    """What a button asks for; its value stands in the custom id."""

    CANCEL = "cancel"
    REMIX = "remix"
    AGAIN = "again"
    DETAILS = "details"
    DELETE = "delete"
    EDIT = "edit"  # edit the prompt and try again
    RETRY = "retry"
    RESEND = "resend"  # send again although it may cost twice
    GIVE_UP = "giveup"


_LOOKS = {
    Verb.CANCEL: ("Cancel", discord.ButtonStyle.secondary),
    Verb.REMIX: ("Remix", discord.ButtonStyle.primary),
    Verb.AGAIN: ("Again", discord.ButtonStyle.secondary),
    Verb.DETAILS: ("Details", discord.ButtonStyle.secondary),
    Verb.DELETE: ("Delete", discord.ButtonStyle.danger),
    Verb.EDIT: ("Edit and retry", discord.ButtonStyle.primary),
    Verb.RETRY: ("Retry", discord.ButtonStyle.primary),
    Verb.RESEND: ("Send again, may cost twice", discord.ButtonStyle.danger),
    Verb.GIVE_UP: ("Give up", discord.ButtonStyle.secondary),
}


class Presses(Protocol):
    """Who answers a press."""

    async def pressed(self, interaction: discord.Interaction[Any], job_id: str, verb: Verb) -> None: ...


class HasPresses(Protocol):
    presses: Presses


class JobButton(
    discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]],
    template=r"v1:(?P<job>[0-9A-Za-z]{22}):(?P<verb>[a-z]{1,16})",
):
    """One button of one job."""

    def __init__(self, job_id: str, verb: Verb) -> None:
        self.job_id = job_id
        self.verb = verb
        label, style = _LOOKS[verb]
        super().__init__(discord.ui.Button(label=label, style=style, custom_id=f"v1:{job_id}:{verb}"))

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        return cls(match["job"], Verb(match["verb"]))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        bot: HasPresses = interaction.client
        await bot.presses.pressed(interaction, self.job_id, self.verb)


def buttons(job: Job, *verbs: Verb) -> discord.ui.View:
    """A row of a job's buttons."""
    view = discord.ui.View(timeout=None)
    for verb in verbs:
        view.add_item(JobButton(job.id, verb))
    return view


def result_buttons(job: Job) -> discord.ui.View:
    return buttons(job, Verb.REMIX, Verb.AGAIN, Verb.DETAILS, Verb.DELETE)


def is_ours(message: discord.Message, job_id: str) -> bool:
    """Whether a message carries a button of this job."""
    rows = (row for row in message.components if isinstance(row, discord.ActionRow))
    return any((child.custom_id or "").startswith(f"v1:{job_id}:") for row in rows for child in row.children)
