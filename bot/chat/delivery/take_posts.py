"""Post several takes as one message, and remove single ones from it."""

import asyncio
import contextlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import discord

from bot.chat.components.buttons import comparison_buttons, result_buttons, take_buttons
from bot.chat.components.interactions import DISCORD_ERRORS
from bot.chat.delivery.post_errors import classify_post_error
from bot.chat.delivery.post_obstacles import ParentOf
from bot.chat.delivery.upload import Upload
from bot.chat.text import job_text
from bot.chat.text.comparison_text import comparison_text
from bot.chat.text.takes_text import takes_text
from bot.foreground import ForegroundGate
from bot.i18n import use_locale
from bot.jobs.job import Job
from bot.ports.publisher import POST_TIMEOUT_S, Delivery, Posted, TakePost


async def send_takes(
    client: discord.Client,
    foreground: ForegroundGate,
    title_of: Callable[[Job], str],
    takes: Sequence[TakePost],
    told: Sequence[Job],
    nonce: str,
    parent_of: ParentOf,
) -> Delivery:
    """Post the clips of takes as one message. A repeated call with the same nonce posts it once.

    `parent_of` returns the parent of a private thread.
    """
    jobs, first = [take.job for take in takes], takes[0].job
    channel = client.get_partial_messageable(first.channel_id, guild_id=first.guild_id)
    with use_locale(first.locale):
        text, view = content_of(jobs, told, {}, title_of), view_of(jobs)
    with contextlib.ExitStack() as opened:  # discord.py doesn't close the streams
        files = [_file(take.job, take.clip, opened, foreground) for take in takes if take.clip is not None]
        try:
            async with asyncio.timeout(POST_TIMEOUT_S):
                message = await channel.send(
                    text,
                    nonce=nonce,
                    view=view,
                    allowed_mentions=job_text.requester_only(first),
                    suppress_embeds=True,
                    files=files,
                )
        except DISCORD_ERRORS as error:
            return await classify_post_error(client, first, error, parent_of)
    return Posted(message_id=message.id, channel_id=message.channel.id)


def _file(job: Job, clip: Path, opened: contextlib.ExitStack, foreground: ForegroundGate) -> discord.File:
    raw = opened.enter_context(clip.open("rb", buffering=0))
    cover = "SPOILER_" if job.prompt.count("||") >= 2 else ""
    alt_text = job_text.alt_text(job) or None
    return discord.File(Upload(raw, foreground), filename=f"{cover}{_name(job)}", description=alt_text)


def _name(job: Job) -> str:
    return f"video-{job.code}.mp4"


def content_of(
    jobs: Sequence[Job], told: Sequence[Job], votes: Mapping[str, int], title_of: Callable[[Job], str]
) -> str:
    """Return the content of a message with these takes; of a comparison only if there are two to compare."""
    if jobs[0].bundle.compared and len(jobs) > 1:
        return comparison_text(jobs, votes, title_of)
    return takes_text(jobs, told, title_of(jobs[0]))


def view_of(jobs: Sequence[Job]) -> discord.ui.View:
    """Return the buttons of a message with these takes. A single one has those of any video."""
    if jobs[0].bundle.hidden:
        return comparison_buttons(jobs)
    return take_buttons(jobs) if len(jobs) > 1 else result_buttons(jobs[0])


def attachment_of(message: discord.Message, job: Job) -> discord.Attachment | None:
    """Return the file of a job's clip in its message, or None. Where the name isn't known, it's the only file."""
    named = [file for file in message.attachments if file.filename.endswith(_name(job))]
    if named or job.bundle.bundle_id is not None:
        return named[0] if named else None
    return next(iter(message.attachments), None)


async def remove_take(client: discord.Client, job: Job, others: Sequence[Job], title: str) -> None:
    """Remove the clip of a take from a message that keeps the others. Raise Discord's errors."""
    channel = client.get_partial_messageable(job.post.result_channel_id or job.channel_id, guild_id=job.guild_id)
    message = await channel.fetch_message(job.post.message_id or 0)
    gone = attachment_of(message, job)
    with use_locale(job.locale):
        text, view = takes_text(others, (), title), view_of(others)
    kept = [file for file in message.attachments if gone is None or file.id != gone.id]
    await message.edit(content=text, attachments=kept, view=view, allowed_mentions=discord.AllowedMentions.none())
