"""What only its reader sees: details of a video, and what one does with one's own from there."""

import asyncio
import logging
from typing import Any

import discord

from bot.chat.components.buttons import JobAction, buttons
from bot.chat.components.interactions import DISCORD_ERRORS, Interaction, reply_privately
from bot.chat.permissions.video_access import AccessLevel, VideoAccess
from bot.chat.text import list_text
from bot.i18n import _
from bot.jobs.errors import FileTooLarge, NoFile, NotYours, TooLate
from bot.jobs.job import Job
from bot.ordering.service import JobService
from bot.worker.context import JobContext
from bot.worker.engine import Worker

log = logging.getLogger("retake.chat")


class JobDetails:
    """Tells a member about a video, and lets its requester mark it, stop it or have its file."""

    def __init__(self, context: JobContext, job_service: JobService, engine: Worker, video_access: VideoAccess) -> None:
        self._context = context
        self._job_service = job_service
        self._engine = engine
        self._video_access = video_access

    async def details(
        self, job: Job | None, member: discord.Member, here: discord.abc.Snowflake, *, for_host: bool
    ) -> str:
        """The details as this member may read them. Raises SourceNotFound."""
        job = await self._video_access.allowed(job, member, here, AccessLevel.SEE)
        store = self._context.store
        parent = await store.job(job.parent_id) if job.parent_id else None
        if parent is not None and await self._video_access.level(parent, member, here) < AccessLevel.SEE:
            parent = None
        remixes = sum(1 for child in await store.children(job.id) if child.post.delivered_at is not None)
        return list_text.details(job, self._context.offers.title_of(job), parent, remixes=remixes, for_host=for_host)

    async def show_details(self, interaction: Interaction, member: discord.Member, job: Job | None) -> None:
        """Answer with the details; a requester also finds the way to mark the video. Raises SourceNotFound."""
        here = discord.Object(id=interaction.channel_id or 0)
        text = await self.details(job, member, here, for_host=is_host(interaction))
        if job is not None and job.post.delivered_at is not None:
            own = JobAction.UNLOCK if job.no_remix else JobAction.LOCK
            view = buttons(job, own if job.user_id == member.id else JobAction.REPORT)
            await interaction.response.send_message(text, view=view, ephemeral=True)
        else:
            await interaction.response.send_message(text, ephemeral=True)

    async def on_button(self, interaction: Interaction, member: discord.Member, job: Job, verb: JobAction) -> None:
        """A button in a list of one's own: for the job's requester alone. Raises BadWish."""
        if member.id != job.user_id:
            raise NotYours
        match verb:
            case JobAction.LOCK | JobAction.UNLOCK:
                await self._toggle_remixable(interaction, member, job, no_remix=verb is JobAction.LOCK)
            case JobAction.STOP:
                if await self._job_service.cancel(job.id) is None:
                    raise TooLate
                self._engine.wake_up()
                stopped = _("I stopped {code}. The line in its channel says whether it costs.")
                await reply_privately(interaction, stopped.format(code=job.code))
            case JobAction.POST:
                if await self._job_service.retry_delivery(job.id) is None:
                    raise TooLate
                self._engine.wake_up()
                trying = _("I am trying to post {code} in {channel} again.")
                await reply_privately(interaction, trying.format(code=job.code, channel=f"<#{job.channel_id}>"))
            case _:
                await self._send_kept_clip(interaction, job)

    async def _toggle_remixable(
        self, interaction: Interaction, member: discord.Member, job: Job, *, no_remix: bool
    ) -> None:
        if not await self._job_service.set_remixable(job, no_remix=no_remix):
            raise TooLate
        changed = await self._context.store.job(job.id)
        here = discord.Object(id=interaction.channel_id or 0)
        text = await self.details(changed, member, here, for_host=is_host(interaction))
        await interaction.response.edit_message(
            content=text, view=buttons(job, JobAction.UNLOCK if no_remix else JobAction.LOCK)
        )

    async def _send_kept_clip(self, interaction: Interaction, job: Job) -> None:
        """Give the requester the file, for their eyes only."""
        clip = self._context.files.clips / (job.clip.clip_file or f"{job.id}.mp4")
        if not await asyncio.to_thread(clip.is_file):
            raise NoFile
        size = (await asyncio.to_thread(clip.stat)).st_size
        if size > interaction.filesize_limit:
            raise FileTooLarge(size_mb=round(size / 1e6), limit_mb=interaction.filesize_limit // 1_048_576)
        await interaction.response.defer(ephemeral=True, thinking=True)
        file = discord.File(clip, filename=f"video-{job.code}.mp4")
        try:
            text = _("The file of {code}, for you alone.").format(code=job.code)
            await interaction.followup.send(text, file=file, ephemeral=True)
        except DISCORD_ERRORS as error:
            log.info("a file was not handed over", extra={"job": job.code, "why": type(error).__name__})
        finally:
            file.close()


def is_host(interaction: discord.Interaction[Any]) -> bool:
    """Whether the asker owns this bot's application, alone or in a team. Known since the login, never fetched."""
    application = interaction.client.application
    if application is None:
        return False
    team = application.team
    owners = {member.id for member in team.members} if team is not None else {application.owner.id}
    return interaction.user.id in owners
