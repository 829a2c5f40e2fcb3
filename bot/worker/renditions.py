"""Choose what to post for a clip: the clip itself, a remuxed or smaller rendition, or a link."""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path

from bot.i18n import N_, _, use_locale
from bot.jobs.job import Job
from bot.jobs.kept import OVER_LIMIT, Kept, KeptReason, limit_text, size_text
from bot.jobs.provider_errors import ProviderError
from bot.jobs.status import Transcoding
from bot.media.ffmpeg import FfmpegFailed
from bot.media.mp4.reader import NotAVideo, VideoFacts, read_facts
from bot.media.transcode import CannotTranscode, TranscodeFailed, choose_treatment, remux, transcode
from bot.ports.object_storage import ObjectStorageUnavailable
from bot.ports.provider import Ready
from bot.worker.context import JobContext, log
from bot.worker.provider_order import task_of
from bot.worker.transitions import extend_lease
from bot.worker.upload_limit import upload_limit

TRANSCODE_LEASE_S = 3600.0  # waiting for an encoder, and up to five runs
MAX_LINK_LIFE_S = 7 * 86_400.0  # longest expiry of a signed S3 link
_MAX_LINK_LENGTH = 700  # characters, so that the rest of the message fits
_LOST_CREDENTIALS = N_("Only the original has the content credentials.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendition:
    """A file to post with a note about it. `path` is None if only a link can be posted."""

    path: Path | None
    note: str | None = field(default=None, repr=False)  # may hold a signed link: for the message only, never stored


@dataclass(frozen=True, slots=True, kw_only=True)
class NoRendition:
    """Nothing can be posted, so the clip is kept."""

    kept: Kept


async def rendition_for(
    context: JobContext, job: Job, *, holder: Job | None = None, takes: int = 1
) -> Rendition | NoRendition:
    """Return the clip itself if it fits and plays, else the best rendition, else a link.

    `holder` is the job whose step this is, if it's another one; `takes` is how many clips share one message.
    """
    clip = context.files.clip(job)
    limit_bytes = await upload_limit(context, job, takes)
    size_bytes = await asyncio.to_thread(_size, clip)
    try:
        facts = await asyncio.to_thread(read_facts, clip)
    except NotAVideo:  # it was a video when it was downloaded
        return Rendition(path=clip) if size_bytes <= limit_bytes else _too_large(size_bytes, limit_bytes)
    if choose_treatment(facts, size_bytes, limit_bytes) == "keep":
        return Rendition(path=clip)
    path = context.files.rendition(job, limit_bytes)
    try:
        if not await asyncio.to_thread(path.exists):
            path = await _make(context, job, holder or job, facts, size_bytes, limit_bytes)
    except (CannotTranscode, FfmpegFailed) as error:
        log.warning("could not make a rendition", extra={"job": job.code, "why": type(error).__name__})
        if size_bytes <= limit_bytes:
            return Rendition(path=clip)  # it may not play in every client
        poor = isinstance(error, CannotTranscode) and not isinstance(error, TranscodeFailed)
        return await _link_rendition(context, job, size_bytes, limit_bytes, poor=poor)
    return Rendition(path=path, note=await _rendition_note(context, job, facts, size_bytes, limit_bytes))


async def _make(
    context: JobContext, job: Job, holder: Job, facts: VideoFacts, size_bytes: int, limit_bytes: int
) -> Path:
    """Remux or transcode the clip. Raise CannotTranscode or FfmpegFailed."""
    await extend_lease(context, holder, TRANSCODE_LEASE_S)
    clip, part = context.files.clip(job), context.files.part(job)
    try:
        if (
            choose_treatment(facts, size_bytes, limit_bytes) == "remux"
            and await remux(clip, part, facts) <= limit_bytes
        ):
            return await asyncio.to_thread(context.files.save_rendition, job, limit_bytes)
        if size_bytes > limit_bytes:
            await context.publisher.show_status(job, Transcoding(size_bytes=size_bytes, limit_bytes=limit_bytes))
        result = await transcode(clip, part, facts, limit_bytes)
        why = f"{size_bytes} -> {result.size_bytes} of {limit_bytes} bytes, {result.height}p, {result.passes} passes"
        log.info("transcoded", extra={"job": job.code, "why": why})
        return await asyncio.to_thread(context.files.save_rendition, job, limit_bytes)
    finally:
        await asyncio.to_thread(part.unlink, missing_ok=True)


async def _rendition_note(
    context: JobContext, job: Job, facts: VideoFacts, size_bytes: int, limit_bytes: int
) -> str | None:
    """Return the note below a rendition, or None if it looks like the original."""
    sentences = []
    with use_locale(job.locale):
        if size_bytes > limit_bytes:
            smaller = _("{over}. This is a smaller copy; you can get the original from /jobs for {days} days.")
            sentences.append(smaller.format(over=_over_limit_text(size_bytes, limit_bytes), days=context.kept_days))
            if (link := await _storage_link(context, job)) is not None:
                sentences.append(_("[Download the original]({link}).").format(link=link))
        if facts.has_credentials:
            sentences.append(_(_LOST_CREDENTIALS))
    return " ".join(sentences) or None


async def _link_rendition(
    context: JobContext, job: Job, size_bytes: int, limit_bytes: int, *, poor: bool
) -> Rendition | NoRendition:
    """Return a link to the original: in the object storage, or else at the provider until it expires there.

    `poor`: a smaller copy could be made, but would look bad.
    """
    url = await _storage_link(context, job)
    ready = await _public_link(context, job) if url is None else None
    if url is None and ready is None:
        return _too_large(size_bytes, limit_bytes)
    with use_locale(job.locale):
        watch = _("[Watch the video]({url}).").format(url=url) if ready is None else _provider_link_text(ready)
        bad = N_("{over}, and a smaller copy would look bad. {watch} You can get the file from /jobs for {days} days.")
        failed = N_(
            "{over}, and I couldn't make a smaller copy. {watch} You can get the file from /jobs for {days} days."
        )
        linked = _(bad if poor else failed)
        over = _over_limit_text(size_bytes, limit_bytes)
        return Rendition(path=None, note=linked.format(over=over, watch=watch, days=context.kept_days))


def _provider_link_text(ready: Ready) -> str:
    if ready.expires_at is None:
        return _("[Watch it at the provider]({url}).").format(url=ready.url)
    until = _("[Watch it at the provider]({url}) until <t:{until}:f>.")
    return until.format(url=ready.url, until=int(ready.expires_at))


async def _storage_link(context: JobContext, job: Job) -> str | None:
    """Upload the clip and return a link to it. Return None without object storage, or if that is unavailable."""
    if context.object_storage is None:
        return None
    try:
        await context.object_storage.upload(job, context.files.clip(job))
        url = await context.object_storage.presigned_url(job, min(MAX_LINK_LIFE_S, context.kept_days * 86_400.0))
    except ObjectStorageUnavailable as error:
        log.warning("could not upload the original to the object storage", extra={"job": job.code, "why": str(error)})
        return None
    return url if len(url) <= _MAX_LINK_LENGTH and ")" not in url else None


async def _public_link(context: JobContext, job: Job) -> Ready | None:
    """Poll the task for its link. Return None if the link needs a key or is too long. Links are never stored."""
    provider = context.provider(job)
    if provider is None or job.task.task_id is None:
        return None
    try:
        state = await provider.check(task_of(job))
    except ProviderError:
        return None
    link: Ready | None = state if isinstance(state, Ready) else None
    while link is not None:
        if not (link.authorised or link.base64_json) and len(link.url) <= _MAX_LINK_LENGTH and ")" not in link.url:
            return link
        link = link.fallback
    return None


def _too_large(size_bytes: int, limit_bytes: int) -> NoRendition:
    return NoRendition(kept=Kept(reason=KeptReason.OVER_LIMIT, size_bytes=size_bytes, limit_bytes=limit_bytes))


def _over_limit_text(size_bytes: int, limit_bytes: int) -> str:
    return _(OVER_LIMIT).format(size=size_text(size_bytes), limit=limit_text(limit_bytes))


def _size(path: Path) -> int:
    return path.stat().st_size
