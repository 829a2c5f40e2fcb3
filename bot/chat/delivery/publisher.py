"""Implement `Publisher` with discord.py: post clips, find posted clips, show status messages."""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import discord

from bot.chat.components.buttons import result_buttons
from bot.chat.components.interactions import DISCORD_ERRORS, is_gone, is_refusal
from bot.chat.delivery.age_limits import leaves_age_limit
from bot.chat.delivery.attachment_links import refresh_link
from bot.chat.delivery.attachments import Attachments
from bot.chat.delivery.delete_message import delete_message
from bot.chat.delivery.first_status import FirstStatus, find_message, order_of
from bot.chat.delivery.lost_places import LostPlaces
from bot.chat.delivery.post_errors import classify_post_error
from bot.chat.delivery.status_messages import StatusMessages
from bot.chat.delivery.take_posts import attachment_of, send_takes
from bot.chat.delivery.upload import Upload
from bot.chat.discord_errors import pause_s
from bot.chat.text import job_text
from bot.foreground import ForegroundGate
from bot.i18n import use_locale
from bot.jobs.job import Job
from bot.jobs.kept import AGE_RESTRICTED
from bot.jobs.provider_errors import Unreachable
from bot.jobs.status import JobStatus
from bot.ports.clock import Clock
from bot.ports.job_store import JobStore
from bot.ports.presence import PresenceRepository
from bot.ports.provider import Picture
from bot.ports.publisher import POST_TIMEOUT_S, Delivery, MissingAccess, Posted, TakePost, UnknownOutcome

log = logging.getLogger("retake.chat")

FIND_AGAIN_S = 10.0


class DiscordPublisher:
    """Posts and edits the messages of jobs with a logged-in client."""

    def __init__(
        self,
        client: discord.Client,
        clock: Clock,
        foreground: ForegroundGate,
        pictures: Attachments,
        title_of: Callable[[Job], str],
        store: JobStore,
        presence: PresenceRepository,
    ) -> None:
        self._client = client
        self._presence = presence
        self._clock = clock
        self._foreground = foreground
        self._pictures = pictures
        self._title_of = title_of
        self.lines = StatusMessages(client, title_of, clock, LostPlaces(client, clock, store))
        self.first_status = FirstStatus(client, self.lines)

    def available(self) -> bool:
        return self._client.application_id is not None and not self._client.is_closed()

    async def show_status(self, job: Job, notice: JobStatus) -> None:
        if self.available():
            self.lines.show(job, notice)

    async def show_final_status(self, job: Job, notice: JobStatus) -> bool:
        return await self.lines.conclude(job, notice)

    async def delete_status(self, job: Job) -> bool:
        return await self.lines.clear(job)

    async def download_image(self, url: str, into: Path) -> Picture:
        return await self._pictures.download(url, into, partial(refresh_link, self._client))

    async def download_posted_clip(self, job: Job, into: Path) -> bool:
        """Download the clip from our own message. Return False if it's gone. Raise Unreachable if Discord is."""
        if job.post.message_id is None:
            return False
        channel = self._client.get_partial_messageable(
            job.post.result_channel_id or job.channel_id, guild_id=job.guild_id
        )
        try:
            message = await channel.fetch_message(job.post.message_id)
        except DISCORD_ERRORS as error:
            if is_refusal(error):
                return False
            raise Unreachable(provider="Discord") from error
        file = attachment_of(message, job)
        return file is not None and await self._pictures.clip(file.url, into)

    async def post(self, job: Job, clip: Path, nonce: str, parent: Job | None) -> Delivery:
        if (barred := await self._age_barred(job, parent)) is not None:
            return barred
        cover = "SPOILER_" if is_spoiler(job, parent) else ""
        name, alt_text = f"{cover}video-{job.code}.mp4", job_text.alt_text(job)
        with clip.open("rb", buffering=0) as raw:  # closed here: discord.py doesn't close the stream
            file = discord.File(Upload(raw, self._foreground), filename=name, description=alt_text or None)
            return await self._send_result(job, nonce, parent, [file])

    async def post_link(self, job: Job, nonce: str, parent: Job | None) -> Delivery:
        barred = await self._age_barred(job, parent)
        return barred if barred is not None else await self._send_result(job, nonce, parent, [])

    async def post_takes(self, takes: Sequence[TakePost], told: Sequence[Job], nonce: str) -> Delivery:
        parent_of = self.lines.lost_places.parent_id
        return await send_takes(self._client, self._foreground, self._title_of, takes, told, nonce, parent_of)

    async def _send_result(self, job: Job, nonce: str, parent: Job | None, files: list[discord.File]) -> Delivery:
        channel = self._client.get_partial_messageable(job.channel_id, guild_id=job.guild_id)
        with use_locale(job.locale):
            text, view = job_text.result_text(job, self._title_of(job), parent), result_buttons(job)
        try:
            async with asyncio.timeout(POST_TIMEOUT_S):
                message = await channel.send(
                    text,
                    nonce=nonce,
                    view=view,
                    allowed_mentions=job_text.requester_only(job),
                    reference=order_of(job),  # type: ignore[arg-type]  # None is what the library's own default is
                    suppress_embeds=True,
                    files=files,
                )
        except DISCORD_ERRORS as error:
            return await classify_post_error(self._client, job, error, self.lines.lost_places.parent_id)
        return Posted(message_id=message.id, channel_id=message.channel.id)

    async def _age_barred(self, job: Job, parent: Job | None) -> Delivery | None:
        """Return what keeps a remix of an age-restricted video from being posted, or None."""
        if parent is None or parent.channel_id == job.channel_id:
            return None
        try:
            leaves = await leaves_age_limit(self._client, parent.channel_id, job.channel_id)
        except DISCORD_ERRORS:
            return UnknownOutcome()
        return MissingAccess(missing=(AGE_RESTRICTED,)) if leaves else None

    async def delete_post(self, job: Job) -> bool:
        try:
            await delete_message(
                self._client,
                guild_id=job.guild_id,
                channel_id=job.post.result_channel_id or job.channel_id,
                message_id=job.post.message_id or 0,
            )
        except DISCORD_ERRORS as error:
            log.info("a result was not deleted", extra={"job": job.code, "why": type(error).__name__})
            return False
        return True

    async def is_withdrawn(self, job: Job) -> bool:
        if job.source_message_id is None:
            return False
        channel = self._client.get_partial_messageable(job.channel_id, guild_id=job.guild_id)
        try:
            await channel.fetch_message(job.source_message_id)
        except DISCORD_ERRORS as error:
            return is_gone(error)
        return False

    async def upload_limit_bytes(self, job: Job) -> int:
        guild = self._client.get_guild(job.guild_id)
        if guild is None and (seen := await self._presence.upload_limit_bytes(job.guild_id)) is not None:
            return seen
        if guild is None and self.available():  # no gateway has seen it yet
            with contextlib.suppress(*DISCORD_ERRORS):
                guild = await self._client.fetch_guild(job.guild_id, with_counts=False)
        return guild.filesize_limit if guild is not None else discord.utils.DEFAULT_FILE_SIZE_LIMIT_BYTES

    async def find_post(self, job: Job, since: float) -> Posted | UnknownOutcome | None:
        try:
            message = await find_message(self._client, job, since - 60.0, with_file=True)
        except DISCORD_ERRORS as error:
            return None if is_gone(error) else UnknownOutcome(retry_after_s=pause_s(error, FIND_AGAIN_S))
        return Posted(message_id=message.id, channel_id=job.channel_id) if message is not None else None

    async def find_answer(self, job: Job) -> int | UnknownOutcome | None:
        return await self.first_status.find(job)


def is_spoiler(job: Job, parent: Job | None) -> bool:
    """Return whether the prompt, or that of the source, contains a spoiler, or the source is a file that is one."""
    if parent is not None and parent.imported and parent.prompt.startswith("SPOILER_"):
        return True
    return any(each is not None and each.prompt.count("||") >= 2 for each in (job, parent))
