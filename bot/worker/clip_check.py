"""Check a downloaded file: read it as an mp4, convert it to one, or find that it isn't the whole clip."""

import asyncio
import json
from dataclasses import dataclass
from pathlib import Path

from bot.i18n import _, use_locale
from bot.jobs.job import Job, Kind
from bot.media.convert import CONVERT_TIMEOUT_S, convert, find_container
from bot.media.ffmpeg import FfmpegFailed
from bot.media.mp4.reader import NotAVideo, VideoFacts, read_facts
from bot.worker.context import JobContext, log
from bot.worker.transitions import extend_lease

CONVERT_LEASE_S = 2 * CONVERT_TIMEOUT_S  # also waits for other conversions
SHORT_SHARE = 0.5  # of the seconds that were asked for, or added by an extension; providers round by less
INCOMPLETE = json.dumps({"incomplete": True})  # the facts of a job whose clip wasn't whole when it was downloaded


class Incomplete(Exception):
    """The file isn't the whole clip. It is worth one more download."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedClip:
    """A clip that can be posted, with what must be said about it."""

    facts: VideoFacts
    note: str | None = None


async def check_clip(context: JobContext, job: Job, part: Path) -> CheckedClip:
    """Return the facts of a downloaded file. Replace the file if it had to be converted.

    Raise Incomplete if the clip ends early or is much too short. Once the job's facts say so, what there is of it is
    taken, with a note. Raise NotAVideo if it can't be read or converted.
    """
    again = job.facts == INCOMPLETE
    try:
        facts = await asyncio.to_thread(read_facts, part)
    except NotAVideo:
        container = await asyncio.to_thread(find_container, part)
        if container is None:
            raise
        cut_off = container == "mov"
        if cut_off and not again:
            raise Incomplete from None
        facts = await _convert(context, job, part, container)
        if cut_off:
            return CheckedClip(facts=facts, note=_ends_early(job, facts))
    note = await _too_short(context, job, facts)
    if note is not None and not again:
        raise Incomplete
    return CheckedClip(facts=facts, note=note)


async def _convert(context: JobContext, job: Job, part: Path, container: str) -> VideoFacts:
    await extend_lease(context, job, CONVERT_LEASE_S)
    converted = part.with_name(f"{part.name}.part")
    try:
        facts = await convert(part, converted, container)
        await asyncio.to_thread(converted.replace, part)
    except FfmpegFailed as error:
        raise NotAVideo from error
    finally:
        await asyncio.to_thread(converted.unlink, missing_ok=True)
    log.info("converted the clip", extra={"job": job.code, "why": container})
    return facts


def _ends_early(job: Job, facts: VideoFacts) -> str:
    with use_locale(job.locale):
        sentence = _("The provider's file ends early, also when I download it again. {seconds} s of it can be played.")
        return sentence.format(seconds=f"{facts.duration_s:.1f}")


async def _too_short(context: JobContext, job: Job, facts: VideoFacts) -> str | None:
    """Return what to say about a clip that is much shorter than what was asked for; None for a whole one.

    Where nobody said how much an extension adds, it is measured against the video that it continues.
    """
    made = f"{facts.duration_s:.1f}"
    if job.seconds:
        if facts.duration_s >= SHORT_SHARE * job.seconds:
            return None
        with use_locale(job.locale):
            return _("The provider made {seconds} s, not {asked} s.").format(seconds=made, asked=job.seconds)
    if job.kind is not Kind.EXTEND or job.joins_source or job.parent_id is None:
        return None
    source = await context.store.job(job.parent_id)
    if source is None or facts.duration_s >= SHORT_SHARE * (source.clip.clip_seconds or 0):
        return None
    with use_locale(job.locale):
        sentence = _("The provider's clip has {seconds} s, less than the video that it continues.")
        return sentence.format(seconds=made)
