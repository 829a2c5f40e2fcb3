"""Join the videos of a film. It costs nothing, so a crash only means to start it again."""

import asyncio
from pathlib import Path
from typing import Unpack

from bot.jobs.errors import BadWish
from bot.jobs.film_errors import FilmNotJoined, FilmPartGone, FilmTooLong
from bot.jobs.film_plan import FilmPart
from bot.jobs.job import MAX_JOINED_S, Job, JobChanges, Outcome, State
from bot.jobs.provider_errors import ClipMissing, ImportGone, RateLimited, Unreachable
from bot.jobs.status import JoiningFilm
from bot.media.ffmpeg import FfmpegFailed
from bot.media.join import TooLongToJoin, join
from bot.worker.context import JobContext, log
from bot.worker.joining import JOIN_LEASE_S, MAX_SOURCE_TRIES
from bot.worker.provider_order import fetch_clip
from bot.worker.stored_clips import is_checked, store_clip
from bot.worker.transitions import extend_lease, finish_with_error, reschedule, retry_later, wait_for_discord

BUSY_CHECK_S = 3.0  # films are joined one at a time, so that other jobs find an encoder


async def run(context: JobContext, job: Job) -> Job | None:
    """Fetch the parts of a film, join them and save the result. Return None if it has to wait."""
    if context.stopping or context.joining_film.locked():
        await reschedule(context, job, 0.0 if context.stopping else BUSY_CHECK_S)
        return None
    async with context.joining_film:
        if await is_checked(context, job):
            return await _save(context, job)
        return await _join(context, job)


async def _join(context: JobContext, job: Job) -> Job | None:
    parts = await context.store.film_parts(job.id)
    await context.publisher.show_status(job, JoiningFilm(count=len(parts)))
    await extend_lease(context, job, JOIN_LEASE_S)
    into = context.files.part(job)
    try:
        cuts = [cut for _part, cut in parts]
        clips = [await _clip(context, part) for part, _cut in parts]
        facts = await join(clips, into, starts=[cut.from_s for cut in cuts], fades=[cut.fade_s for cut in cuts])
    except (RateLimited, Unreachable) as error:
        return await _wait(context, job, error)
    except FilmPartGone as error:
        return await _reject(context, job, error)
    except FfmpegFailed as error:
        await asyncio.to_thread(into.unlink, missing_ok=True)
        log.warning("could not join a film", extra={"job": job.code, "why": str(error)[-200:]})
        return await _reject(context, job, _reason(parts, error))
    size_bytes, digest = await asyncio.to_thread(context.files.finish, job)
    return await _save(
        context, job, clip_file=context.files.clip(job).name, clip_bytes=size_bytes, clip_sha256=digest,
        clip_seconds=facts.duration_s,
    )  # fmt: skip


def _reason(parts: list[tuple[Job, FilmPart]], error: FfmpegFailed) -> BadWish:
    if not isinstance(error, TooLongToJoin):
        return FilmNotJoined()
    seconds = round(sum((part.clip.clip_seconds or 0.0) - cut.from_s for part, cut in parts))
    return FilmTooLong(seconds=seconds, limit=MAX_JOINED_S // 60)


async def _clip(context: JobContext, part: Job) -> Path:
    """Return the clip of a part. Raise FilmPartGone; RateLimited or Unreachable if Discord doesn't hand it over now."""
    if part.post.deleted_at is not None or await context.store.has_withdrawn(part):
        raise FilmPartGone(code=part.code)
    try:
        return await fetch_clip(context, part)
    except (ClipMissing, ImportGone) as error:
        raise FilmPartGone(code=part.code) from error


async def _wait(context: JobContext, job: Job, error: RateLimited | Unreachable) -> Job | None:
    if not context.publisher.available():
        await wait_for_discord(context, job)
        return None
    if job.tries + 1 >= MAX_SOURCE_TRIES:
        parts = [part for part, _cut in await context.store.film_parts(job.id)]
        missing = next((part for part in parts if not context.files.clip(part).exists()), parts[0])
        return await _reject(context, job, FilmPartGone(code=missing.code))
    await retry_later(context, job, why=type(error).__name__)
    return None


async def _reject(context: JobContext, job: Job, error: BadWish) -> Job | None:
    """End the film. If its file was lost after it was joined, it stays for the host to look up."""
    to = State.REJECTED if job.state is State.ACCEPTED else State.NEEDS_PERSON
    return await finish_with_error(context, job, to, error, money="release", outcome=Outcome.FAILED)


async def _save(context: JobContext, job: Job, **facts: Unpack[JobChanges]) -> Job | None:
    if not await store_clip(context, job, **facts):
        return None
    now = context.clock.now()
    changes: JobChanges = {**facts, "outcome": Outcome.SUCCEEDED, "finished_at": now}
    return await context.store.transition(job, State.DELIVERING, now=now, why="joined", money="capture", **changes)
