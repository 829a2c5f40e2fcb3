"""Build a provider's order and task from a job's row. Sends nothing to the provider."""

import hashlib
import json
from pathlib import Path

from bot.jobs.errors import ModelRemoved
from bot.jobs.job import Job, Kind
from bot.jobs.pictures import Role
from bot.jobs.provider_errors import ClipMissing, FrameUnreadable, ImportGone, RateLimited
from bot.media.ffmpeg import FfmpegFailed
from bot.media.frames import last_frame
from bot.ports.provider import Picture, ProviderOrder, RemixMethod, Source, Task
from bot.worker.context import JobContext
from bot.worker.pictures import fetch_pictures, pictures_with
from bot.worker.transitions import DISCORD_CHECK_S

_NO_TASK = Task(task_id="", protocol="", endpoint="")  # of a member's own video, and of a film
_METHODS: dict[str | None, RemixMethod] = {None: "native", "native": "native", "edit": "edit", "image": "image"}


async def order_of(context: JobContext, job: Job, parent: Job | None) -> ProviderOrder:
    """Build the order of a job; `parent` is the finished video that a remix or an extension starts from.

    Raise ModelRemoved, ClipMissing, ImportGone or FrameUnreadable; RateLimited or Unreachable if Discord doesn't hand
    over the source now.
    """
    offer = context.offers.for_job(job.account, job.model)
    if offer is None:
        raise ModelRemoved(asked=job.model)
    method = _METHODS[job.rung]
    follows = parent is not None and job.kind is not Kind.GENERATE
    picture, more = await _picture(context, job), await context.store.pictures([job.id])
    await fetch_pictures(context, more)
    return ProviderOrder(
        job_id=job.id,
        kind=job.kind,
        prompt=job.prompt,
        model=offer.model,
        aspect=job.aspect,
        seconds=job.seconds,
        resolution=job.resolution,
        picture=picture,
        last_picture=next(iter(pictures_with(context, more, Role.LAST)), None),
        references=pictures_with(context, more, Role.REFERENCE),
        source=await _source(context, job, parent, picture) if parent is not None and follows else None,
        remix_method=method,
        user_tag=await _user_tag(context, job),
    )


def task_of(job: Job) -> Task:
    """Build the provider's task from a job's row. Raise ValueError if the job has none."""
    if job.task.task_id is None:
        raise ValueError(f"job {job.code} has no task")
    return Task(
        task_id=job.task.task_id,
        protocol=job.task.protocol or "",
        endpoint=job.task.endpoint or "",
        spare_ids=json.loads(job.task.spare_ids),
    )


async def _user_tag(context: JobContext, job: Job) -> str:
    """Return a hash of member and server. It can't be computed without this installation's salt."""
    salt, _ = await context.store.get_flag("salt") or ("", 0.0)
    return hashlib.sha256(f"{salt}:{job.guild_id}:{job.user_id}".encode()).hexdigest()[:24]


async def _picture(context: JobContext, job: Job) -> Picture | None:
    if job.image_file is None:
        return None
    name, _, mime = job.image_file.partition(";")
    path = context.files.pictures / name
    await context.file_store.fetch(path)
    return Picture(path=path, mime=mime)


async def _source(context: JobContext, job: Job, parent: Job, picture: Picture | None) -> Source:
    """Build the source. `picture` is the member's own and replaces the last frame. Raises as `order_of`."""
    model = context.offers.model_for(parent.account, parent.model)
    clip = context.files.clip(parent)
    method = _METHODS[job.rung]
    from_picture = method == "image" and picture is not None
    sends_clip = method != "native" or (model.takes_video_s is not None and not model.own_by_id)
    wants_clip = not from_picture and sends_clip
    if wants_clip:
        await fetch_clip(context, parent)
    return Source(
        task=task_of(parent) if parent.task.task_id is not None else _NO_TASK,
        account=parent.account,
        model=parent.model,
        family=model.family,
        aspect=parent.aspect,
        seconds=parent.seconds,
        resolution=parent.resolution,
        clip=clip if clip.exists() else None,
        clip_seconds=parent.clip.clip_seconds,
        last_frame=picture if from_picture else await _last_frame(context, job, clip, method),
    )


async def fetch_clip(context: JobContext, job: Job) -> Path:
    """Return the clip of a finished video, downloaded from its message if we have no copy any more.

    Raise ClipMissing or ImportGone; RateLimited or Unreachable if Discord doesn't hand it over now.
    """
    clip = context.files.clip(job)
    if await context.file_store.fetch(clip):
        return clip
    if job.imported:
        raise ImportGone
    if not context.publisher.available():
        raise RateLimited(provider="Discord", retry_after_s=DISCORD_CHECK_S)
    if not await context.publisher.download_posted_clip(job, clip):
        raise ClipMissing(provider=job.account)
    return clip


async def _last_frame(context: JobContext, job: Job, clip: Path, method: RemixMethod) -> Picture | None:
    """Write the frame under the new job's name, because several jobs may start from one clip at once."""
    if method != "image":
        return None
    path = context.files.pictures / f"{job.id}.last.jpg"
    try:
        await last_frame(clip, path)
    except FfmpegFailed as error:
        raise FrameUnreadable from error
    return Picture(path=path, mime="image/jpeg")
