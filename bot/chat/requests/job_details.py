"""Details of a video, and the actions that its requester has there. Only the reader sees them."""

import logging
from typing import Any

import discord

from bot.background import TaskSet
from bot.catalogue.offers import Offers
from bot.chat.components.buttons import JobAction, buttons
from bot.chat.components.interactions import DISCORD_ERRORS, Interaction, reply_privately
from bot.chat.permissions.video_access import AccessLevel, VideoAccess
from bot.chat.requests.file_handover import FileHandover
from bot.chat.text import job_text, list_text
from bot.chat.text.kept_text import kept_text
from bot.i18n import _
from bot.jobs.errors import NotYours, TooLate
from bot.jobs.job import Job, State
from bot.jobs.kept import kept_from
from bot.ordering.service import JobService
from bot.ports.clock import Clock
from bot.ports.job_store import JobStore

log = logging.getLogger("retake.chat")

REPORT_EVERY_S, REPORT_TRIES = 1.0, 60


class JobDetails:
    """Shows a member the details of a video; lets its requester lock it, cancel it or get the file."""

    def __init__(
        self,
        *,
        store: JobStore,
        clock: Clock,
        offers: Offers,
        files: FileHandover,
        job_service: JobService,
        video_access: VideoAccess,
    ) -> None:
        self._store = store
        self._clock = clock
        self._offers = offers
        self._files = files
        self._tasks = TaskSet()
        self._job_service = job_service
        self._video_access = video_access

    async def details(
        self, job: Job | None, member: discord.Member, here: discord.abc.Snowflake, *, for_host: bool
    ) -> str:
        """Return the details as this member may read them. Raise SourceNotFound."""
        job = await self._video_access.allowed(job, member, here, AccessLevel.SEE)
        parent = await self._store.job(job.parent_id) if job.parent_id else None
        if parent is not None and await self._video_access.level(parent, member, here) < AccessLevel.SEE:
            parent = None
        remixes = sum(1 for child in await self._store.children(job.id) if child.post.delivered_at is not None)
        return list_text.details(job, self._offers.title_for(job), parent, remixes=remixes, for_host=for_host)

    async def show_details(self, interaction: Interaction, member: discord.Member, job: Job | None) -> None:
        """Answer with the details, and for the requester a button to lock the video. Raise SourceNotFound."""
        here = discord.Object(id=interaction.channel_id or 0)
        text = await self.details(job, member, here, for_host=is_host(interaction))
        if job is None or (action := _offered(job, member)) is None:
            await interaction.response.send_message(text, ephemeral=True)
        else:
            await interaction.response.send_message(text, view=buttons(job, action), ephemeral=True)

    async def on_button(self, interaction: Interaction, member: discord.Member, job: Job, verb: JobAction) -> None:
        """Handle a button that only the job's requester may press. Raise BadWish."""
        if member.id != job.user_id:
            raise NotYours
        match verb:
            case JobAction.LOCK | JobAction.UNLOCK:
                await self._toggle_remixable(interaction, member, job, no_remix=verb is JobAction.LOCK)
            case JobAction.STOP:
                cancelled = await self._job_service.cancel(job.id)
                if cancelled is None:
                    raise TooLate
                if cancelled.state is State.CANCELLED:
                    stopped = _("I cancelled {code}. Its status message says whether it was charged.")
                else:
                    stopped = _("I'm cancelling {code}. Its status message will say whether it was charged.")
                await reply_privately(interaction, stopped.format(code=job.code))
            case JobAction.POST:
                await self._post_again(interaction, job)
            case _:
                await self._files.send(interaction, job)

    async def _toggle_remixable(
        self, interaction: Interaction, member: discord.Member, job: Job, *, no_remix: bool
    ) -> None:
        if not await self._job_service.set_remixable(job, no_remix=no_remix):
            raise TooLate
        changed = await self._store.job(job.id)
        here = discord.Object(id=interaction.channel_id or 0)
        text = await self.details(changed, member, here, for_host=is_host(interaction))
        await interaction.response.edit_message(
            content=text, view=buttons(job, JobAction.UNLOCK if no_remix else JobAction.LOCK)
        )

    async def _post_again(self, interaction: Interaction, job: Job) -> None:
        """Post a kept video again, and tell the requester how it ended. Raise TooLate if it's no longer kept."""
        if await self._job_service.retry_delivery(job.id) is None:
            raise TooLate
        trying = _("I'm posting {code} in {channel} again.")
        await reply_privately(interaction, trying.format(code=job.code, channel=f"<#{job.channel_id}>"))
        self._tasks.start(self._report(interaction, job), name=f"post-again-{job.code}")

    async def _report(self, interaction: Interaction, job: Job) -> None:
        """Replace the private answer to *Post* by the result."""
        for _step in range(REPORT_TRIES):
            await self._clock.sleep(REPORT_EVERY_S)
            now = await self._store.job(job.id)
            if now is None or now.state not in (State.DELIVERING, State.DOWNLOADING):
                break
        else:
            now = None
        text, view = _posted_text(job, now), buttons(job, JobAction.POST, JobAction.GET)
        try:
            if now is not None and now.state is State.KEPT:
                await interaction.edit_original_response(content=text, view=view)
            else:
                await interaction.edit_original_response(content=text)
        except DISCORD_ERRORS as error:
            log.info("an answer was not delivered", extra={"why": type(error).__name__})

    async def close(self) -> None:
        await self._tasks.close()


def _offered(job: Job, member: discord.Member) -> JobAction | None:
    """Return what this member can do with a video from its details. A member's own video isn't ours to report."""
    if job.user_id == member.id and (job.imported or job.post.delivered_at is not None):
        return JobAction.UNLOCK if job.no_remix else JobAction.LOCK
    return JobAction.REPORT if job.post.delivered_at is not None else None


def _posted_text(job: Job, now: Job | None) -> str:
    """Return what became of a video that was posted again; `now` is None if that isn't known yet."""
    if now is not None and now.state is State.DELIVERED:
        return _("Posted: {link}").format(link=job_text.jump(now) or job.code)
    if now is not None and now.state is State.KEPT:
        failed = _("I couldn't post {code} ({missing}).")
        return failed.format(code=job.code, missing=kept_text(kept_from(now)))
    return _("I haven't been able to post {code} yet. I'll keep trying; /jobs shows how it goes.").format(code=job.code)


def is_host(interaction: discord.Interaction[Any]) -> bool:
    """Return whether the user owns this bot's application, alone or in a team. No request is made."""
    application = interaction.client.application
    if application is None:
        return False
    team = application.team
    owners = {member.id for member in team.members} if team is not None else {application.owner.id}
    return interaction.user.id in owners
