"""Send a requester the file of a video that is still on disk, or a copy that fits, in a message that only they see."""

import asyncio
import logging
from pathlib import Path

import discord

from bot.chat.components.buttons import JobAction
from bot.chat.components.interactions import DISCORD_ERRORS, Interaction
from bot.chat.text.escape import error_text
from bot.i18n import _
from bot.jobs.errors import BadWish, FilesUnreachable, FileTooLarge, NoFile
from bot.jobs.ids import new_code
from bot.jobs.job import Job
from bot.jobs.rejections import AlreadySending
from bot.media.ffmpeg import FfmpegFailed
from bot.media.mp4.reader import NotAVideo, read_facts
from bot.media.transcode import CannotTranscode, transcode
from bot.ports.clock import Clock
from bot.ports.file_store import FileStore
from bot.ports.job_store import JobStore
from bot.ports.object_storage import ObjectStorageUnavailable

log = logging.getLogger("retake.chat")

LOOK_TIMEOUT_S = 1.5  # Discord waits 3 s for the first answer
ONE_PRESS_S = 30.0  # a second press within this time is the same request
GUARANTEED_BYTES = 10 << 20  # Discord takes at least this everywhere. Source: reference/discord.md 3
_MIB = 1 << 20


class FileHandover:
    """Answers the button *Get*, even if the channel of the video is gone or blocks it."""

    def __init__(self, *, store: JobStore, clock: Clock, clips: Path, file_store: FileStore) -> None:
        self._store = store
        self._clock = clock
        self._clips = clips
        self._file_store = file_store
        self._sending: set[str] = set()

    async def send(self, interaction: Interaction, job: Job) -> None:
        """Send the file once. Raise NoFile, FilesUnreachable or AlreadySending; other failures are in the answer."""
        clip = self._clips / (job.clip.clip_file or f"{job.id}.mp4")
        if not await self._exists(clip):
            raise NoFile
        flag = f"press:{job.id}:{JobAction.GET}:{interaction.user.id}"
        if flag in self._sending or not await self._store.set_flag_once_per(flag, self._clock.now(), ONE_PRESS_S):
            raise AlreadySending(code=job.code)
        self._sending.add(flag)  # a large file takes longer than ONE_PRESS_S
        sent = False
        try:
            await interaction.response.defer(ephemeral=True, thinking=True)
            if await self._fetched(interaction, clip):
                sent = await self._answer(interaction, job, clip)
        except DISCORD_ERRORS as error:
            log.info("a file was not handed over", extra={"job": job.code, "why": type(error).__name__})
        finally:
            self._sending.discard(flag)
        if not sent:
            await self._store.set_flag(flag, "", 0.0)  # nothing was sent: the next press counts

    async def _exists(self, clip: Path) -> bool:
        """Return whether a file is kept. Raise FilesUnreachable."""
        try:
            async with asyncio.timeout(LOOK_TIMEOUT_S):
                return await self._file_store.exists(clip)
        except (ObjectStorageUnavailable, TimeoutError) as error:
            raise FilesUnreachable from error

    async def _fetched(self, interaction: Interaction, clip: Path) -> bool:
        """Return whether a file is on this disk now. If not, the deferred answer says why."""
        trouble: BadWish = NoFile()
        try:
            if await self._file_store.fetch(clip):
                return True
        except ObjectStorageUnavailable:
            trouble = FilesUnreachable()
        await interaction.edit_original_response(content=error_text(trouble))
        return False

    async def _answer(self, interaction: Interaction, job: Job, clip: Path) -> bool:
        """Fill in the deferred answer. Return whether it has the file."""
        size_bytes = (await asyncio.to_thread(clip.stat)).st_size
        limit_bytes = interaction.filesize_limit
        try:
            error = await self._upload(interaction, job, clip, size_bytes, limit_bytes)
            if error is not None and _is_too_large(error) and min(size_bytes, limit_bytes) > GUARANTEED_BYTES:
                limit_bytes = GUARANTEED_BYTES  # Discord may take less than it reports
                error = await self._upload(interaction, job, clip, size_bytes, limit_bytes)
        except (CannotTranscode, FfmpegFailed, NotAVideo):
            trouble = FileTooLarge(size_mb=round(size_bytes / 1e6), limit_mb=limit_bytes // _MIB)
            await interaction.edit_original_response(content=error_text(trouble))
            return False
        if error is not None:
            log.info("a file was not handed over", extra={"job": job.code, "why": type(error).__name__})
            await interaction.edit_original_response(content=_failure(error, job))
        return error is None

    async def _upload(
        self, interaction: Interaction, job: Job, clip: Path, size_bytes: int, limit_bytes: int
    ) -> Exception | None:
        """Put the clip, or a copy that fits, into the answer. Return Discord's error if it doesn't take it.

        The answer is edited: an edit that the library repeats can't send a file twice.
        """
        text = _("Here's the file of {code}. Only you can see it.").format(code=job.code)
        copy = None
        try:
            if size_bytes > limit_bytes:
                copy = await self._smaller(job, clip, limit_bytes)
                smaller = _("It's a smaller copy: the original has {size} MB.")
                text = f"{text} {smaller.format(size=round(size_bytes / 1e6))}"
            file = discord.File(copy or clip, filename=f"video-{job.code}.mp4")
            try:
                await interaction.edit_original_response(content=text, attachments=[file])
            except DISCORD_ERRORS as error:
                return error
            finally:
                file.close()
            return None
        finally:
            if copy is not None:
                await asyncio.to_thread(copy.unlink, missing_ok=True)

    async def _smaller(self, job: Job, clip: Path, limit_bytes: int) -> Path:
        """Make a copy that fits. Raise CannotTranscode, FfmpegFailed or NotAVideo."""
        facts = await asyncio.to_thread(read_facts, clip)
        part = self._clips / f"{job.id}.{new_code()}.part"
        try:
            await transcode(clip, part, facts, limit_bytes)
        except BaseException:
            await asyncio.to_thread(part.unlink, missing_ok=True)
            raise
        return part


def _is_too_large(error: Exception) -> bool:
    return isinstance(error, discord.HTTPException) and error.status == 413


def _failure(error: Exception, job: Job) -> str:
    if _is_too_large(error):
        refused = _("Discord refused the file of {code} as too large. Press Get to try again, or ask the host for it.")
        return refused.format(code=job.code)
    trouble = _("Discord is having trouble, so I couldn't send the file of {code}. Press Get to try again.")
    return trouble.format(code=job.code)
