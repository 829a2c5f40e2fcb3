"""Details of a video, and the actions that its requester has there. Only the reader sees them."""

import asyncio
import logging
from pathlib import Path
from typing import Any

import discord

from bot.catalogue.offers import Offers
from bot.chat.components.buttons import JobAction, buttons
from bot.chat.components.interactions import DISCORD_ERRORS, Interaction, reply_privately
from bot.chat.permissions.video_access import AccessLevel, VideoAccess
from bot.chat.text import list_text
from bot.i18n import _
from bot.jobs.errors import FileTooLarge, NoFile, NotYours, TooLate
from bot.jobs.job import Job
from bot.ordering.service import JobService
from bot.ports.job_store import JobStore

log = logging.getLogger("retake.chat")


class JobDetails:
    """Shows a member the details of a video; lets its requester lock it, cancel it or get the file."""

    def __init__(
        self, *, store: JobStore, offers: Offers, clips: Path, job_service: JobService, video_access: VideoAccess
    ) -> None:
        self._store = store
        self._offers = offers
        self._clips = clips
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
        if job is not None and job.post.delivered_at is not None:
            own = JobAction.UNLOCK if job.no_remix else JobAction.LOCK
            view = buttons(job, own if job.user_id == member.id else JobAction.REPORT)
            await interaction.response.send_message(text, view=view, ephemeral=True)
        else:
            await interaction.response.send_message(text, ephemeral=True)

    async def on_button(self, interaction: Interaction, member: discord.Member, job: Job, verb: JobAction) -> None:
        """Handle a button that only the job's requester may press. Raise BadWish."""
        if member.id != job.user_id:
            raise NotYours
        match verb:
            case JobAction.LOCK | JobAction.UNLOCK:
                await self._toggle_remixable(interaction, member, job, no_remix=verb is JobAction.LOCK)
            case JobAction.STOP:
                if await self._job_service.cancel(job.id) is None:
                    raise TooLate
                stopped = _("I cancelled {code}. Its status message says whether it was charged.")
                await reply_privately(interaction, stopped.format(code=job.code))
            case JobAction.POST:
                if await self._job_service.retry_delivery(job.id) is None:
                    raise TooLate
                trying = _("I'm posting {code} in {channel} again.")
                await reply_privately(interaction, trying.format(code=job.code, channel=f"<#{job.channel_id}>"))
            case _:
                await self._send_kept_clip(interaction, job)

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

    async def _send_kept_clip(self, interaction: Interaction, job: Job) -> None:
        """Send the requester the file in an ephemeral message."""
        clip = self._clips / (job.clip.clip_file or f"{job.id}.mp4")
        if not await asyncio.to_thread(clip.is_file):
            raise NoFile
        size = (await asyncio.to_thread(clip.stat)).st_size
        if size > interaction.filesize_limit:
            raise FileTooLarge(size_mb=round(size / 1e6), limit_mb=interaction.filesize_limit // 1_048_576)
        await interaction.response.defer(ephemeral=True, thinking=True)
        file = discord.File(clip, filename=f"video-{job.code}.mp4")
        try:
            text = _("Here's the file of {code}. Only you can see it.").format(code=job.code)
            await interaction.followup.send(text, file=file, ephemeral=True)
        except DISCORD_ERRORS as error:
            log.info("a file was not handed over", extra={"job": job.code, "why": type(error).__name__})
        finally:
            file.close()


def is_host(interaction: discord.Interaction[Any]) -> bool:
    """Return whether the user owns this bot's application, alone or in a team. No request is made."""
    application = interaction.client.application
    if application is None:
        return False
    team = application.team
    owners = {member.id for member in team.members} if team is not None else {application.owner.id}
    return interaction.user.id in owners
