"""Buttons of jobs and lists. A custom id names a job and an action, so a button works after any restart.

Views contain only these dynamic items and have no timeout: discord.py then keeps no state for them and never
unregisters their pattern. Source: reference/discord.md 2.
"""

import re
from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Any, Protocol, Self

import discord

from bot.i18n import N_, _
from bot.jobs.bundle import chosen_of
from bot.jobs.job import Job, Kind


class JobAction(StrEnum):
    """What a button does. The value is part of the custom id."""

    CANCEL = "cancel"
    REMIX = "remix"
    AGAIN = "again"
    DETAILS = "details"
    DELETE = "delete"
    EDIT = "edit"  # edit the prompt and retry
    RETRY = "retry"
    MODEL = "model"  # the same request with another model
    RESEND = "resend"  # resend although it may cost twice
    GIVE_UP = "giveup"
    OTHER = "other"  # the next remix method
    YES = "yes"  # the answers to a confirmation
    NO = "no"
    IMPROVE = "improve"  # offer better words for what a confirmation asks about
    LOCK = "lock"  # not for remixing
    UNLOCK = "unlock"
    POST = "post"  # post a kept clip
    GET = "get"  # send a clip that is still on disk
    STOP = "stop"  # cancel, from /jobs
    REPORT = "report"  # report to the server's moderators
    UNDO = "undo"  # take an order back before it's sent
    ERASE = "erase"  # delete, after the question
    RESTORE = "restore"  # post a video again that was just deleted
    VOTE = "vote"  # for a take of a comparison
    REVEAL = "reveal"  # name the models of a comparison
    TAKE = "take"  # make one of several takes the video that others start from


_LOOKS = {
    JobAction.CANCEL: (N_("Cancel"), discord.ButtonStyle.secondary),
    JobAction.REMIX: (N_("Remix"), discord.ButtonStyle.primary),
    JobAction.AGAIN: (N_("Again"), discord.ButtonStyle.secondary),
    JobAction.DETAILS: (N_("Details"), discord.ButtonStyle.secondary),
    JobAction.DELETE: (N_("Delete"), discord.ButtonStyle.danger),
    JobAction.EDIT: (N_("Edit and retry"), discord.ButtonStyle.primary),
    JobAction.RETRY: (N_("Retry"), discord.ButtonStyle.primary),
    JobAction.MODEL: (N_("Other model"), discord.ButtonStyle.secondary),
    JobAction.RESEND: (N_("Send again (may cost twice)"), discord.ButtonStyle.danger),
    JobAction.GIVE_UP: (N_("Give up"), discord.ButtonStyle.secondary),
    JobAction.OTHER: (N_("Try another remix method"), discord.ButtonStyle.primary),
    JobAction.YES: (N_("Remix"), discord.ButtonStyle.primary),
    JobAction.NO: (N_("Not now"), discord.ButtonStyle.secondary),
    JobAction.IMPROVE: (N_("Improve"), discord.ButtonStyle.secondary),
    JobAction.LOCK: (N_("Not for remixing"), discord.ButtonStyle.secondary),
    JobAction.UNLOCK: (N_("Allow remixing"), discord.ButtonStyle.secondary),
    JobAction.POST: (N_("Post"), discord.ButtonStyle.primary),
    JobAction.GET: (N_("Get"), discord.ButtonStyle.secondary),
    JobAction.STOP: (N_("Cancel"), discord.ButtonStyle.secondary),
    JobAction.REPORT: (N_("Report"), discord.ButtonStyle.secondary),
    JobAction.UNDO: (N_("Undo"), discord.ButtonStyle.secondary),
    JobAction.ERASE: (N_("Delete"), discord.ButtonStyle.danger),
    JobAction.RESTORE: (N_("Undo"), discord.ButtonStyle.secondary),
    JobAction.VOTE: ("👍", discord.ButtonStyle.secondary),
    JobAction.REVEAL: (N_("Reveal"), discord.ButtonStyle.primary),
    JobAction.TAKE: (N_("Choose"), discord.ButtonStyle.secondary),
}
ANSWERS = (JobAction.YES, JobAction.NO, JobAction.IMPROVE)  # to a confirmation
PREFIX = re.compile(r"v1[dfmpw]?:")
FILM = re.compile(r"v1f:(?P<film>[0-9A-Za-z]{22}):(?P<action>start|run|keep|again|edit|back|stop|join)")
DRAFT = re.compile(r"v1d:(?P<draft>\d{1,18})")
IMPROVE = re.compile(r"v1w:(?P<draft>\d{1,18}):(?P<action>make|edit|more|mine)")
FEWER = re.compile(r"v1d:(?P<draft>\d{1,18}):(?P<takes>[1-3])")
_JOB = re.compile(rf"v1:(?P<job>[0-9A-Za-z]{{22}}):(?P<verb>{'|'.join(JobAction)})")
_PAGE = re.compile(r"v1p:(?P<kind>history|jobs|models):(?P<member>\d{1,20}):(?P<page>\d{1,5})")


class ComponentHandler(Protocol):
    """Handles the buttons."""

    async def on_job_button(self, interaction: discord.Interaction[Any], job_id: str, verb: JobAction) -> None: ...

    async def on_page_button(
        self, interaction: discord.Interaction[Any], kind: str, member_id: int, page: int
    ) -> None: ...


class JobButton(discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]], template=_JOB):
    """A button of a job."""

    def __init__(
        self, job_id: str, verb: JobAction, *, named: str = "", row: int | None = None, label: str | None = None
    ) -> None:
        self.job_id = job_id
        self.verb = verb
        usual, style = _LOOKS[verb]
        label = label or _(usual)
        super().__init__(
            discord.ui.Button(label=f"{label} {named}".strip(), style=style, custom_id=f"v1:{job_id}:{verb}", row=row)
        )

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        return cls(match["job"], JobAction(match["verb"]))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        job_actions: ComponentHandler = interaction.client
        await job_actions.on_job_button(interaction, self.job_id, self.verb)


class PageButton(discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]], template=_PAGE):
    """Turns a page of an ephemeral list. `member` is a user id, or 0 for all members."""

    def __init__(self, kind: str, member_id: int, page: int, label: str = "", *, row: int | None = None) -> None:
        self.kind = kind
        self.member_id = member_id
        self.page = page
        custom_id = f"v1p:{kind}:{member_id}:{page}"
        super().__init__(discord.ui.Button(label=label or _("Page"), custom_id=custom_id, row=row))

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        return cls(match["kind"], int(match["member"]), int(match["page"]))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        job_actions: ComponentHandler = interaction.client
        await job_actions.on_page_button(interaction, self.kind, self.member_id, self.page)


def buttons(job: Job, *verbs: JobAction) -> discord.ui.View:
    """Return a view with buttons of a job."""
    view = discord.ui.View(timeout=None)
    for verb in verbs:
        view.add_item(JobButton(job.id, verb))
    return view


def result_buttons(job: Job, *, row: int | None = None) -> discord.ui.View:
    view = discord.ui.View(timeout=None)
    again = () if job.kind is Kind.FILM else (JobAction.AGAIN,)
    for verb in (JobAction.REMIX, *again, JobAction.DETAILS, JobAction.DELETE):
        view.add_item(JobButton(job.id, verb, row=row))
    return view


def take_buttons(jobs: Sequence[Job]) -> discord.ui.View:
    """Return the buttons of a message with several takes: one for each, and those of any video below."""
    view, chosen = result_buttons(jobs[0], row=1), chosen_of(jobs)
    for job in jobs:
        view.add_item(_numbered(job, JobAction.TAKE, chosen=job is chosen))
    return view


def comparison_buttons(jobs: Sequence[Job]) -> discord.ui.View:
    """Return the buttons of a comparison whose models are hidden."""
    view = discord.ui.View(timeout=None)
    for job in jobs:
        view.add_item(JobButton(job.id, JobAction.VOTE, row=0, label=f"👍 {job.bundle.bundle_place}"))
    view.add_item(JobButton(jobs[0].id, JobAction.REVEAL, row=0))
    view.add_item(JobButton(jobs[0].id, JobAction.DETAILS, row=1))
    view.add_item(JobButton(jobs[0].id, JobAction.DELETE, row=1))
    return view


def which_buttons(jobs: Sequence[Job], verb: JobAction) -> discord.ui.View:
    """Return a button for each take, which does `verb` with it."""
    view = discord.ui.View(timeout=None)
    for job in jobs:
        view.add_item(_numbered(job, verb, chosen=False))
    return view


def _numbered(job: Job, verb: JobAction, *, chosen: bool) -> JobButton:
    item = JobButton(job.id, verb, row=0, label=str(job.bundle.bundle_place))
    item.item.style = discord.ButtonStyle.success if chosen else discord.ButtonStyle.secondary
    return item


def page_buttons(view: discord.ui.View, kind: str, member_id: int, page: int, pages: int) -> discord.ui.View:
    """Add buttons to the previous and next page."""
    if page > 0:
        view.add_item(PageButton(kind, member_id, page - 1, _("◀ Newer") if kind != "models" else "◀", row=1))
    if page + 1 < pages:
        view.add_item(PageButton(kind, member_id, page + 1, _("Older ▶") if kind != "models" else "▶", row=1))
    return view


def custom_ids(message: discord.Message) -> Iterator[str]:
    """Yield the custom ids of a message's components."""
    rows = (row for row in message.components if isinstance(row, discord.ActionRow))
    return (child.custom_id or "" for row in rows for child in row.children)


def is_ours(message: discord.Message, job_id: str) -> bool:
    """Return whether a message has a button of this job."""
    return any(each.startswith(f"v1:{job_id}:") for each in custom_ids(message))


def is_result(message: discord.Message) -> bool:
    """Return whether a message of ours is a result: a file, or a link with the same buttons."""
    return bool(message.attachments) or any(
        each.endswith((f":{JobAction.AGAIN}", f":{JobAction.REMIX}")) for each in custom_ids(message)
    )


def job_of_buttons(message: discord.Message) -> str | None:
    """Return the id of the job whose buttons a message has, or None."""
    return next((found["job"] for each in custom_ids(message) if (found := _JOB.fullmatch(each))), None)


def is_forged(message: discord.Message | None, custom_id: str) -> bool:
    """Return whether a pressed custom id isn't on the message or isn't readable. discord.py ignores such presses."""
    if PREFIX.match(custom_id) is None:
        return False
    known = any(pattern.fullmatch(custom_id) for pattern in (_JOB, _PAGE, DRAFT, FEWER, IMPROVE, FILM))
    return not known or message is None or custom_id not in custom_ids(message)
