"""Put an extension that was made from a last frame behind the video that it continues."""

import asyncio
from pathlib import Path

from bot.i18n import _, use_locale
from bot.jobs.job import Job
from bot.jobs.provider_errors import ClipMissing, ImportGone, RateLimited, Unreachable
from bot.jobs.status import Joining
from bot.media.ffmpeg import FfmpegFailed
from bot.media.join import join
from bot.worker.clip_check import CheckedClip
from bot.worker.context import JobContext, log
from bot.worker.provider_order import fetch_clip
from bot.worker.transitions import extend_lease, retry_later, wait_for_discord

JOIN_LEASE_S = 2000.0  # also waits for other runs of ffmpeg
MAX_SOURCE_TRIES = 6


async def join_to_source(context: JobContext, job: Job, part: Path, checked: CheckedClip) -> CheckedClip | None:
    """Replace a checked file by the source and the file, joined. Return any other job's file as it is.

    Return None, with the job rescheduled, if Discord must hand over the source and doesn't yet. The file is left alone,
    with a note, if there is no source any more or the two can't be joined: what was paid is posted in any case.
    """
    if not job.joins_source or job.parent_id is None:
        return checked
    source = await context.store.job(job.parent_id)
    if source is None or await context.store.has_withdrawn(source):
        return _alone(job, checked)
    try:
        clip = await fetch_clip(context, source)
    except (ClipMissing, ImportGone):
        return _alone(job, checked)
    except (RateLimited, Unreachable) as error:
        if context.publisher.available() and job.tries + 1 >= MAX_SOURCE_TRIES:
            return _alone(job, checked)
        await _wait(context, job, part, error)
        return None
    return await _joined(context, job, source, (clip, part), checked)


async def _joined(
    context: JobContext, job: Job, source: Job, clips: tuple[Path, Path], checked: CheckedClip
) -> CheckedClip:
    await context.publisher.show_status(job, Joining(source_code=source.code))
    await extend_lease(context, job, JOIN_LEASE_S)
    part = clips[1]
    into = part.with_name(f"{part.name}.joined.part")
    try:
        facts = await join(clips, into)
        await asyncio.to_thread(into.replace, part)
    except FfmpegFailed as error:
        log.warning("could not join an extension to its source", extra={"job": job.code, "why": str(error)[-200:]})
        return _alone(job, checked)
    finally:
        await asyncio.to_thread(into.unlink, missing_ok=True)
    return CheckedClip(facts=facts, note=checked.note)


async def _wait(context: JobContext, job: Job, part: Path, error: RateLimited | Unreachable) -> None:
    await asyncio.to_thread(part.unlink, missing_ok=True)
    if context.publisher.available():
        await retry_later(context, job, why=type(error).__name__)
    else:
        await wait_for_discord(context, job)


def _alone(job: Job, checked: CheckedClip) -> CheckedClip:
    with use_locale(job.locale):
        said = _("I couldn't add this to the video that it continues, so it's only the new part.")
    return CheckedClip(facts=checked.facts, note=" ".join(filter(None, (checked.note, said))))
