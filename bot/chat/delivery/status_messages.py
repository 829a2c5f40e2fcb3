"""Status messages: edited when something changes; the latest status wins."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

import discord

from bot.background import TaskSet
from bot.chat.components.buttons import JobAction, buttons
from bot.chat.components.film_buttons import FilmAction, film_view
from bot.chat.components.interactions import DISCORD_ERRORS, is_refusal
from bot.chat.delivery.lost_places import LostPlaces
from bot.chat.delivery.post_errors import is_blocked
from bot.chat.text import job_text
from bot.i18n import use_locale
from bot.jobs.film_errors import FilmNotJoined, FilmPartGone
from bot.jobs.job import Job
from bot.jobs.provider_errors import AccountTrouble, NotSent, PolicyRefused, PolicyStopped, RateLimited, SourceGone
from bot.jobs.status import (
    Cancelled,
    Cancelling,
    CannotPost,
    DecisionNeeded,
    DiscordTrouble,
    Ended,
    JobStatus,
    Parked,
    Transcoding,
    Undoable,
)
from bot.ports.clock import Clock

log = logging.getLogger("retake.chat")

SentT = TypeVar("SentT")

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
        case Ended(error=PolicyRefused() | PolicyStopped()):
            return buttons(job, JobAction.EDIT)
        case Ended(error=NotSent() | RateLimited()):
            return buttons(job, JobAction.RETRY, JobAction.MODEL)
        case Ended(error=AccountTrouble()):
            return buttons(job, JobAction.MODEL)
        case Ended(error=SourceGone()):
            return buttons(job, JobAction.OTHER)
        case Ended(error=FilmNotJoined() | FilmPartGone()):
            return film_view(job.id, FilmAction.JOIN)
        case CannotPost():
            return buttons(job, JobAction.POST, JobAction.GET)
        case Ended() | Cancelling() | Cancelled() | Parked() | DiscordTrouble() | Transcoding():
            return None
        case Undoable():
            return buttons(job, JobAction.UNDO)
        case _:
            return buttons(job, JobAction.CANCEL)


def _key(job: Job) -> str:
    """Return what stands for a job's status message: takes of one order share theirs."""
    return job.bundle.bundle_id or job.id


class StatusMessages:
    """Edits status messages with one task per message. A newer status replaces one that wasn't sent yet."""

    def __init__(
        self, client: discord.Client, title_of: Callable[[Job], str], clock: Clock, lost_places: LostPlaces
    ) -> None:
        self._client = client
        self._title_of = title_of
        self._monotonic = clock.monotonic
        self._shown: dict[str, tuple[str, float, float]] = {}  # by message: text, first and last edit
        self._next: dict[str, tuple[Job, JobStatus]] = {}
        self._without_prompt: set[str] = set()  # jobs whose prompt this server's rules block
        self._tasks = TaskSet()
        self.lost_places = lost_places

    def text(self, job: Job, notice: JobStatus) -> str:
        """Return the text of a status, in the requester's language."""
        with use_locale(job.locale):
            with_prompt = job.id not in self._without_prompt
            return job_text.status_text(job, self._title_of(job), notice, with_prompt=with_prompt)

    async def send(self, job: Job, notice: JobStatus, send: Callable[[str], Awaitable[SentT]]) -> SentT:
        """Send the text of a status, without the prompt if AutoMod blocks it. Raise Discord's errors."""
        try:
            return await send(self.text(job, notice))
        except discord.HTTPException as error:
            if job.id in self._without_prompt or not is_blocked(error):
                raise
        self._without_prompt.add(job.id)
        return await send(self.text(job, notice))

    def show(self, job: Job, notice: JobStatus) -> None:
        """Schedule an edit if one is due."""
        if job.post.status_message_id is None or not self._is_due(job, self.text(job, notice)):
            return
        key = _key(job)
        self._next[key] = (job, notice)
        if self._tasks.get(key) is None:
            self._tasks.start(self._send_edits(key), name=f"status-{job.code}", key=key)

    def _is_due(self, job: Job, line: str) -> bool:
        """Return whether an edit is due: a new phase at once, new numbers at intervals."""
        shown, first, last = self._shown.get(_key(job), ("", self._monotonic(), 0.0))
        if line == shown:
            return False
        if line.split(" ")[:2] != shown.split(" ")[:2]:
            return True
        now = self._monotonic()
        return now - last >= (EDIT_EVERY_S if now - first < 60.0 else LATER_EVERY_S)

    async def _send_edits(self, key: str) -> None:
        while (pending := self._next.pop(key, None)) is not None:
            job, notice = pending
            now = self._monotonic()
            _, first, _ = self._shown.get(key, ("", now, now))
            self._shown[key] = (self.text(job, notice), first, now)
            try:
                await self._edit(job, notice)
            except DISCORD_ERRORS as error:
                if is_refusal(error):
                    await self.lost_places.show(job, notice, self.text(job, notice), view_for(job, notice))
                log.debug("a status edit was dropped", extra={"job": job.code, "why": type(error).__name__})

    async def _edit(self, job: Job, notice: JobStatus) -> None:
        if job.post.status_message_id is None:
            return
        message, view = self._message(job, job.post.status_message_id), view_for(job, notice)
        await self.send(job, notice, lambda text: message.edit(content=text, view=view))

    def _message(self, job: Job, message_id: int) -> discord.PartialMessage:
        channel = self._client.get_partial_messageable(job.channel_id, guild_id=job.guild_id)
        return channel.get_partial_message(message_id)

    async def _drop_pending(self, job: Job) -> None:
        """Drop pending edits so that none follows the final status."""
        self._next.pop(_key(job), None)
        self._shown.pop(_key(job), None)
        task = self._tasks.get(_key(job))
        if task is not None:
            await asyncio.wait([task])

    async def conclude(self, job: Job, notice: JobStatus) -> bool:
        """Show the final status. Return False if it should be retried."""
        await self._drop_pending(job)
        try:
            await self._edit(job, notice)
        except DISCORD_ERRORS as error:
            if is_refusal(error):  # the message was deleted or access was lost: the job ends without it
                await self.lost_places.show(job, notice, self.text(job, notice), view_for(job, notice))
                return True
            log.info("the final status is retried later", extra={"job": job.code, "why": type(error).__name__})
            return False
        self._without_prompt.discard(job.id)
        return True

    async def clear(self, job: Job) -> bool:
        """Delete the status message. Return False if it should be retried."""
        await self._drop_pending(job)
        self._without_prompt.discard(job.id)
        if job.post.status_message_id is None:
            return True
        try:
            await self._message(job, job.post.status_message_id).delete()
        except DISCORD_ERRORS as error:
            return is_refusal(error)
        return True
