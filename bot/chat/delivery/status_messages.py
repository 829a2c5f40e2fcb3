"""Status messages: edited when something changes; the latest status wins."""

import asyncio
import logging
from collections.abc import Callable

import discord

from bot.background import TaskSet
from bot.chat.components.buttons import JobAction, buttons
from bot.chat.components.interactions import DISCORD_ERRORS
from bot.chat.text import job_text
from bot.i18n import use_locale
from bot.jobs.job import Job
from bot.jobs.provider_errors import NotSent, PolicyRefused, RateLimited, SourceGone
from bot.jobs.status import Cancelled, CannotPost, DecisionNeeded, Ended, JobStatus, Parked

log = logging.getLogger("retake.chat")

EDIT_EVERY_S = 5.0
LATER_EVERY_S = 15.0  # after the first minute


def view_for(job: Job, notice: JobStatus) -> discord.ui.View | None:
    """Return the buttons of a status message, in the requester's language."""
    with use_locale(job.locale):
        return _view_for(job, notice)


def _view_for(job: Job, notice: JobStatus) -> discord.ui.View | None:
    match notice:
        case DecisionNeeded():
            return buttons(job, JobAction.RESEND, JobAction.GIVE_UP)
        case Ended(error=PolicyRefused()):
            return buttons(job, JobAction.EDIT)
        case Ended(error=NotSent() | RateLimited()):
            return buttons(job, JobAction.RETRY, JobAction.MODEL)
        case Ended(error=SourceGone()):
            return buttons(job, JobAction.OTHER)
        case Ended() | Cancelled() | CannotPost() | Parked():
            return None
        case _:
            return buttons(job, JobAction.CANCEL)


class StatusMessages:
    """Edits status messages with one task per job. A newer status replaces one that wasn't sent yet."""

    def __init__(self, client: discord.Client, title_of: Callable[[Job], str], monotonic: Callable[[], float]) -> None:
        self._client = client
        self._title_of = title_of
        self._monotonic = monotonic
        self._shown: dict[str, tuple[str, float, float]] = {}  # by job: text, first and last edit
        self._next: dict[str, tuple[Job, JobStatus]] = {}
        self._tasks = TaskSet()

    def text(self, job: Job, notice: JobStatus) -> str:
        """Return the text of a status, in the requester's language."""
        with use_locale(job.locale):
            return job_text.status_text(job, self._title_of(job), notice)

    def show(self, job: Job, notice: JobStatus) -> None:
        """Schedule an edit if one is due."""
        if job.post.status_message_id is None or not self._is_due(job, self.text(job, notice)):
            return
        self._next[job.id] = (job, notice)
        if self._tasks.get(job.id) is None:
            self._tasks.start(self._send_edits(job.id), name=f"status-{job.code}", key=job.id)

    def _is_due(self, job: Job, line: str) -> bool:
        """Return whether an edit is due: a new phase at once, new numbers at intervals."""
        shown, first, last = self._shown.get(job.id, ("", self._monotonic(), 0.0))
        if line == shown:
            return False
        if line.split(" ")[:2] != shown.split(" ")[:2]:
            return True
        now = self._monotonic()
        return now - last >= (EDIT_EVERY_S if now - first < 60.0 else LATER_EVERY_S)

    async def _send_edits(self, job_id: str) -> None:
        while (pending := self._next.pop(job_id, None)) is not None:
            job, notice = pending
            line, now = self.text(job, notice), self._monotonic()
            _, first, _ = self._shown.get(job_id, ("", now, now))
            self._shown[job_id] = (line, first, now)
            try:
                await self._edit(job, line, view_for(job, notice))
            except DISCORD_ERRORS as error:
                log.debug("a status edit was dropped", extra={"job": job.code, "why": type(error).__name__})

    async def _edit(self, job: Job, line: str, view: discord.ui.View | None) -> None:
        if job.post.status_message_id is not None:
            await self._message(job, job.post.status_message_id).edit(content=line, view=view)

    def _message(self, job: Job, message_id: int) -> discord.PartialMessage:
        channel = self._client.get_partial_messageable(job.channel_id, guild_id=job.guild_id)
        return channel.get_partial_message(message_id)

    async def _drop_pending(self, job: Job) -> None:
        """Drop pending edits so that none follows the final status."""
        self._next.pop(job.id, None)
        self._shown.pop(job.id, None)
        task = self._tasks.get(job.id)
        if task is not None:
            await asyncio.wait([task])

    async def conclude(self, job: Job, notice: JobStatus) -> bool:
        """Show the final status. Return False if it should be retried."""
        await self._drop_pending(job)
        try:
            await self._edit(job, self.text(job, notice), view_for(job, notice))
        except (discord.NotFound, discord.Forbidden):
            return True  # the message was deleted or access was lost: the job ends without it
        except DISCORD_ERRORS as error:
            log.info("the final status is retried later", extra={"job": job.code, "why": type(error).__name__})
            return False
        return True

    async def clear(self, job: Job) -> bool:
        """Delete the status message. Return False if it should be retried."""
        await self._drop_pending(job)
        if job.post.status_message_id is None:
            return True
        try:
            await self._message(job, job.post.status_message_id).delete()
        except (discord.NotFound, discord.Forbidden):
            return True
        except DISCORD_ERRORS:
            return False
        return True
