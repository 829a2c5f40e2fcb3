"""Delete a posted video: asked once, and undone within a minute, because its clip is kept on disk."""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import discord

from bot.chat.components.buttons import JobAction, buttons
from bot.chat.components.interactions import (
    DISCORD_ERRORS,
    Interaction,
    acknowledge,
    is_refusal,
    reply_privately,
)
from bot.chat.delivery.delete_message import delete_message
from bot.chat.delivery.gif_posts import GifPosts
from bot.chat.delivery.publisher import DiscordPublisher
from bot.chat.delivery.take_posts import remove_take
from bot.chat.gallery.gallery import Gallery
from bot.chat.text.cost_text import cost_words
from bot.i18n import _
from bot.jobs.errors import (
    AlreadyDeleted,
    NeverPosted,
    NothingToDelete,
    NotPostedYet,
    NotYourVideo,
    TooLate,
    UndoOver,
)
from bot.jobs.ids import new_code
from bot.jobs.job import CANCELLABLE, Job
from bot.jobs.provider_errors import Unreachable
from bot.jobs.rejections import DeletionUnclear, NotDeleted
from bot.jobs.undo import UNDELETE_S
from bot.ordering.service import JobService
from bot.ports.clock import Clock
from bot.ports.file_store import FileStore
from bot.ports.job_store import JobStore
from bot.ports.object_storage import ObjectStorageUnavailable

log = logging.getLogger("retake.chat")


@dataclass(frozen=True, slots=True, kw_only=True)
class Deleted:
    """What was done, as a sentence, and the button that undoes it; None if the clip couldn't be kept."""

    text: str
    undo: JobAction | None


class VideoDeletion:
    """Deletes the result messages of videos, for their requester and for members who manage messages.

    `clips` is the folder of downloaded clips.
    """

    def __init__(
        self,
        client: discord.Client,
        *,
        clock: Clock,
        clips: Path,
        file_store: FileStore,
        job_service: JobService,
        publisher: DiscordPublisher,
        gif_posts: GifPosts,
        store: JobStore,
        title_of: Callable[[Job], str],
        gallery: Gallery,
    ) -> None:
        self._client = client
        self._clock = clock
        self._clips = clips
        self._file_store = file_store
        self._job_service = job_service
        self._publisher = publisher
        self._gif_posts = gif_posts
        self._store = store
        self._title_of = title_of
        self._gallery = gallery
        self._one_by_one = asyncio.Lock()  # takes share a message: the second edit starts from the first

    @staticmethod
    def check(member: discord.abc.Snowflake, job: Job, *, moderates: bool) -> None:
        """Raise BadWish if this member may not delete the video, or if there is none."""
        if member.id != job.user_id and not moderates:
            raise NotYourVideo
        if job.post.deleted_at is not None:
            raise AlreadyDeleted
        if job.post.message_id is None:
            raise NeverPosted if job.ended else NothingToDelete if job.state in CANCELLABLE else NotPostedYet

    async def on_button(self, interaction: Interaction, member: discord.Member, job: Job, verb: JobAction) -> None:
        """Handle *Delete*, its question's answer, and *Undo*. Raise BadWish."""
        moderates = interaction.permissions.manage_messages
        if verb is JobAction.RESTORE:
            await self._restore(interaction, member, job, moderates=moderates)
            return
        self.check(member, job, moderates=moderates)
        if verb is JobAction.DELETE:
            asked = _("Delete this video ({code})?").format(code=job.code)
            await interaction.response.send_message(asked, view=buttons(job, JobAction.ERASE), ephemeral=True)
            return
        await acknowledge(interaction)
        done = await self.delete(job)
        try:
            view = buttons(job, done.undo) if done.undo is not None else None
            await interaction.edit_original_response(content=done.text, view=view)
        except DISCORD_ERRORS as error:
            log.info("an answer was not delivered", extra={"why": type(error).__name__})

    async def delete(self, job: Job) -> Deleted:
        """Delete a video's message and keep its clip.

        Raise NotDeleted if Discord refuses; nothing is changed then. Raise DeletionUnclear if it doesn't say.
        """
        kept = await self._keep_clip(job)
        async with self._one_by_one if job.bundle.bundle_id is not None else contextlib.nullcontext():
            try:
                await self._remove(job)
            except DISCORD_ERRORS as error:
                log.info("a result was not deleted", extra={"job": job.code, "why": type(error).__name__})
                raise (NotDeleted if is_refusal(error) else DeletionUnclear) from error
            await self._job_service.record_deletion(job.id)
        await self._gif_posts.delete(job.id, job.guild_id)
        self._gallery.schedule(job.id)
        text = _("Deleted {code}. It still counts as a video ({price}).").format(code=job.code, price=cost_words(job))
        if not kept:
            return Deleted(text=text, undo=None)
        until = _("You can undo this until <t:{until}:T>.").format(until=int(self._clock.now() + UNDELETE_S))
        return Deleted(text=f"{text} {until}", undo=JobAction.RESTORE)

    async def _remove(self, job: Job) -> None:
        """Delete a video's message, or only its file if other takes are in it. Raise Discord's errors."""
        message_id = job.post.message_id or 0
        if job.bundle.hidden:  # nothing is left to compare
            await self._store.bundles.reveal(job.bundle.bundle_id or "", self._clock.now())
        others = [each for each in await self._store.bundles.of_message(message_id) if each.id != job.id]
        if others:
            await remove_take(self._client, job, others, self._title_of(others[0]))
            return
        channel_id = job.post.result_channel_id or job.channel_id
        await delete_message(self._client, guild_id=job.guild_id, channel_id=channel_id, message_id=message_id)

    async def _keep_clip(self, job: Job) -> bool:
        """Return whether the clip is kept. If not, it's downloaded from its message."""
        clip = self._clips / (job.clip.clip_file or f"{job.id}.mp4")
        part = clip.with_name(f"{job.id}.{new_code()}.part")
        try:
            if await self._file_store.exists(clip):
                if not self._file_store.is_shared:
                    await asyncio.to_thread(clip.touch)  # the newest clip isn't deleted for the disk quota
                return True
            if not await self._publisher.download_posted_clip(job, part):
                return False
            await self._file_store.save(part, clip)
        except (OSError, ObjectStorageUnavailable, Unreachable) as error:
            log.info("a clip was not kept", extra={"job": job.code, "why": type(error).__name__})
            return False
        return True

    async def _restore(self, interaction: Interaction, member: discord.Member, job: Job, *, moderates: bool) -> None:
        if member.id != job.user_id and not moderates:
            raise NotYourVideo
        if await self._job_service.restore_deleted(job.id) is None:
            raise TooLate if job.post.deleted_at is None else UndoOver
        posting = _("I'm posting {code} again. It isn't charged again.").format(code=job.code)
        await reply_privately(interaction, posting)
