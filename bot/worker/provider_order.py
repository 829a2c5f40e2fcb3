"""Build a provider's order and task from a job's row. Sends nothing to the provider."""

import hashlib
import json

from bot.i18n import fact
from bot.jobs.errors import UnknownModel
from bot.jobs.job import Job, Kind
from bot.jobs.provider_errors import SourceGone
from bot.media.ffmpeg import FfmpegFailed
from bot.media.frames import last_frame
from bot.ports.provider import Picture, ProviderOrder, RemixMethod, Source, Task
from bot.worker.context import JobContext

_METHODS: dict[str | None, RemixMethod] = {None: "native", "native": "native", "edit": "edit", "image": "image"}


async def order_of(context: JobContext, job: Job, parent: Job | None) -> ProviderOrder:
    """Build the order of a job; `parent` is the finished video that a remix or an extension starts from.

    Raise UnknownModel or SourceGone.
    """
    offer = context.offers.for_job(job.account, job.model)
    if offer is None:
        raise UnknownModel(asked=job.model, offered=fact("none"))
    method = _METHODS[job.rung]
    follows = parent is not None and job.kind is not Kind.GENERATE
    picture = _picture(context, job)
    return ProviderOrder(
        job_id=job.id,
        kind=job.kind,
        prompt=job.prompt,
        model=offer.model,
        aspect=job.aspect,
        seconds=job.seconds,
        resolution=job.resolution,
        picture=picture,
        source=await _source(context, parent, method, picture) if parent is not None and follows else None,
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


def _picture(context: JobContext, job: Job) -> Picture | None:
    if job.image_file is None:
        return None
    name, _, mime = job.image_file.partition(";")
    return Picture(path=context.files.pictures / name, mime=mime)


async def _source(context: JobContext, parent: Job, method: RemixMethod, picture: Picture | None) -> Source:
    """Build the source. `picture` is the member's own and replaces the last frame. Raise SourceGone."""
    model = context.offers.model_for(parent.account, parent.model)
    clip = context.files.clip(parent)
    from_picture = method == "image" and picture is not None
    wants_clip = not from_picture and (method != "native" or model.takes_video_s is not None)
    if wants_clip and not clip.exists() and not await context.publisher.download_posted_clip(parent, clip):
        raise SourceGone(provider=parent.account)
    return Source(
        task=task_of(parent),
        account=parent.account,
        model=parent.model,
        family=model.family,
        aspect=parent.aspect,
        seconds=parent.seconds,
        resolution=parent.resolution,
        clip=clip if clip.exists() else None,
        clip_seconds=parent.clip.clip_seconds,
        last_frame=picture if from_picture else await _last_frame(context, parent, method),
    )


async def _last_frame(context: JobContext, parent: Job, method: RemixMethod) -> Picture | None:
    if method != "image":
        return None
    path = context.files.pictures / f"{parent.id}.last.jpg"
    try:
        await last_frame(context.files.clip(parent), path)
    except FfmpegFailed as error:
        raise SourceGone(provider=parent.account) from error
    return Picture(path=path, mime="image/jpeg")
